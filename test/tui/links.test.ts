import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { linkOf } from '../../src/line/link.ts'
import type { State } from '../../src/state/model/state.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import type { FakeTerminal } from '../kit/terminal/fake-terminal.ts'
import { showImage } from '../kit/terminal/shown-program.ts'

const SOURCE = 'https://example.com/weather?tag=v1#readme'
/** Would end the link and start another, or open something that is no page. */
const HOSTILE = [
  'https://a.example/\u001b]8;;https://evil.example\u0007x',
  'javascript:alert(1)',
  'file:///etc/passwd',
  'https://a.example/\u202etxt',
]

describe('addresses in documents', () => {
  test('only web addresses without a character that a terminal or a person could trip over are links', () => {
    assert.equal(linkOf(SOURCE), SOURCE)
    for (const text of [
      ...HOSTILE,
      'https://',
      'see https://example.com',
      'https://a.example/ b',
      `https://a.example/${'x'.repeat(3000)}`,
    ])
      assert.equal(linkOf(text), undefined, text)
  })

  for (const [how, links, settings] of [
    ['are links, in the summary and in the document', true, {}],
    ['are text where the user wants no links', false, { links: false }],
    ['are text in ASCII', false, { ascii: true }],
  ] as const) {
    test(how, async context => {
      const labels = { source: SOURCE, ...Object.fromEntries(HOSTILE.map((text, index) => [`label-${index}`, text])) }
      const image = imageFixture([layerFixture({ file: 'x' })], { config: { config: { Labels: labels } } })
      const layout = writeLayout(join(scratch(context), 'image'), { latest: image })
      const change = (state: State): State => ({ ...state, settings: { ...state.settings, ...settings } })
      const shown = await showImage(layout, { columns: 140, rows: 40, change }, [/% hidden/])
      try {
        for (const keys of [']]]]', 'x']) {
          shown.terminal.stdout.take()
          shown.terminal.type(keys)
          await shown.terminal.shows(SOURCE)
          await shown.terminal.quiet(60)
          assert.deepEqual([...new Set(linksIn(shown.terminal))], links ? [SOURCE] : [], keys)
        }
      } finally {
        await shown.close()
      }
    })
  }
})

function linksIn({ stdout }: FakeTerminal): readonly string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: OSC 8
  return [...stdout.take().matchAll(/\u001b\]8;[^;]*;([^\u0007\u001b]+)(?:\u0007|\u001b\\)/g)].map(([, target = '']) => target)
}
