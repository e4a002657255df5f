import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { besideLayout } from '../kit/image/beside-layout.ts'
import { shownImage } from '../kit/image/shown-image.ts'
import { assertFrame, press } from '../kit/terminal/golden-frame.ts'
import { showImage } from '../kit/terminal/shown-program.ts'

/** Keys that are pressed one after the other, and the name of the frame they lead to. */
const SCENES: readonly (readonly [name: string, keys: string, shows: string | RegExp])[] = [
  ['layer-bars', '1j', 'LAYERS  '],
  ['matrix', 't', 'MATRIX  '],
  ['treemap', '\u001b2gM', />app\//],
  ['treemap-change', 'lm', 'by change'],
  ['treemap-inside', 'g\r', /TREEMAP {2}\/app/],
  ['plan-whole', 's', /% {3}measured/],
]

besideLayout({ latest: shownImage() }, '2024-03-01T00:00:00Z')

describe('golden frames of the pictures', () => {
  for (const [columns, rows] of [
    [80, 24],
    [120, 40],
    [200, 60],
  ] as const) {
    test(`${columns}x${rows}`, async () => {
      const { terminal, close } = await showImage('./weather', { columns, rows })
      try {
        for (const [name, keys, text] of SCENES) {
          await press(terminal, keys)
          await terminal.shows(text)
          await terminal.quiet(80)
          assert.equal(terminal.model.text().split('\n').length, rows)
          assertFrame(`${name}-${columns}x${rows}`, terminal.model.text())
        }
      } finally {
        await close()
      }
    })
  }
})
