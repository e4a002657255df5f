import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fromRaw, rawJson, toRaw, withKeys } from '../../src/image/raw-json.ts'
import { rebaseConfig } from '../../src/make/rebase-config.ts'
import { annotationsNaming } from '../../src/rebuild/named-digests.ts'
import { withEntries, withEntry, withoutEntries } from '../../src/rebuild/setting.ts'
import { fc } from '../kit/seeded-check.ts'

const NAMES = ['a', 'A', 'b', '__proto__', '', 'ü']
const text = fc.constantFrom(...NAMES)
const change = fc.option(fc.constantFrom('1', '2', ''), { nil: undefined })
const before = fc.array(fc.tuple(text, fc.constantFrom('1', '2')), { maxLength: 6 })
const changes = fc.uniqueArray(fc.tuple(text, change), { maxLength: 5, selector: ([name]) => name })

/** An object with its members in this order, names twice included. */
function spelled(members: readonly (readonly [string, string])[]) {
  return rawJson(Buffer.from(`{ ${members.map(([name, value]) => `${JSON.stringify(name)} : "${value}"`).join(' ,\n')} }`))
}

describe('many names of a map are changed at once', () => {
  test('as one after the other', () => {
    fc.assert(
      fc.property(before, changes, (members, several) => {
        const object = rawJson(Buffer.from(`{"x":1,"annotations":${spelled(members)}}`))
        const one = several.reduce((raw, [name, value]) => withEntry(raw, 'annotations', name, value), object)
        assert.deepEqual(fromRaw(withEntries(object, 'annotations', several)), fromRaw(one))
        const raws = new Map(several.map(([name, value]) => [name, value === undefined ? undefined : toRaw(value)]))
        const wanted = new Map<string, string>(members)
        for (const [name, value] of several) {
          if (value === undefined) wanted.delete(name)
          else wanted.set(name, value)
        }
        const entries = Object.entries(fromRaw(withKeys(spelled(members), raws)) as object)
        assert.deepEqual(new Map(entries), wanted)
      }),
    )
  })

  test('in one pass', () => {
    const many = Array.from({ length: 20_000 }, (_, index) => [`name${index}`, 'sha256:gone'] as const)
    const manifest = rawJson(Buffer.from(JSON.stringify({ annotations: Object.fromEntries(many), kept: 1 })))
    const used = process.cpuUsage()
    const naming = annotationsNaming(manifest, new Set(['sha256:gone']))
    assert.equal(naming.length, many.length)
    assert.equal(withoutEntries(manifest, 'annotations', naming), '{"kept":1}')
    // One after the other took minutes.
    assert.ok(process.cpuUsage(used).user < 3_000_000)
  })

  test('labels that differ in their case both stay on another base', () => {
    const config = (labels: object) => toRaw({ config: { Labels: labels } })
    const { config: rebased } = rebaseConfig(config({ Name: '1', name: '2' }), config({ name: '2' }), config({ name: '3' }))
    assert.deepEqual(JSON.parse(rebased).config.Labels, { Name: '1', name: '3' })
  })
})
