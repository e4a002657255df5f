import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseJson } from '../../src/blob/json.ts'
import { CONFIG_SHAPE, MANIFEST_SHAPE, parseDocument } from '../../src/image/document-shape.ts'
import { plainJson, type Shape } from '../../src/image/plain-json.ts'
import { foldedName } from '../../src/image/raw-json.ts'
import { rewriteConfig } from '../../src/rebuild/document.ts'
import { parseSetting } from '../../src/rebuild/setting.ts'
import { cases, fc } from '../kit/seeded-check.ts'

const plain = (text: string | Uint8Array, shape: Shape = MANIFEST_SHAPE) =>
  Buffer.from(plainJson(Buffer.from(text), shape), 'latin1').toString()

/** As Go's encoding/json looks a name up: the very name, else one that folds to it. */
function goField(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.entries(object).findLast(([key]) => foldedName(key) === foldedName(name))?.[1]
}

const CONFIG = {
  architecture: 'amd64',
  os: 'linux',
  config: { User: 'u', Env: ['A=1'], Labels: { k: 'v' }, Healthcheck: { Test: ['x'], Retries: 3 } },
  rootfs: { type: 'layers', diff_ids: [] },
}

const name = fc.string({ unit: 'binary', maxLength: 4 })
type Oddity = 'none' | 'escaped' | 'before' | 'after' | 'instead'
const oddity = fc.constantFrom<Oddity>('none', 'escaped', 'before', 'after', 'instead')
const otherCase = (key: string) => (key === key.toUpperCase() ? key.toLowerCase() : key.toUpperCase())
const escaped = (key: string) => [...key].map(each => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')

/** JSON text of a value, each of its names spelt as the next oddity says; the names of a map are left as they are. */
function spelt(value: unknown, next: () => Oddity, isMap = false): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value)
  const members = Object.entries(value).flatMap(([key, each]) => {
    const text = spelt(each, next, key === 'Labels')
    const odd = isMap ? 'none' : next()
    const plainly = `${JSON.stringify(key)}:${text}`
    const other = `${JSON.stringify(otherCase(key))}:{"user":"evil"}`
    if (odd === 'escaped') return [`"${escaped(key)}" :${text}`]
    if (odd === 'before') return [`${JSON.stringify(key)}:null`, other, plainly]
    if (odd === 'after') return [plainly, other]
    return odd === 'instead' ? [`${JSON.stringify(otherCase(key))}:${text}`] : [plainly]
  })
  return `{${members.join(',')}}`
}

describe('a document that is edited is spelt so that every reader understands it alike', () => {
  test('names once and in their own case, whole numbers, UTF-8; other bytes stay', () => {
    assert.equal(plain('{"layers":[1],"Layers":[]}'), '{"layers":[1]}')
    assert.equal(plain('{"Layers":[1],"LAYERS":[2]}'), '{"layers":[2]}')
    assert.equal(plain('{"layer\u017f":[],"layers":[1]}'), '{"layers":[1]}')
    assert.equal(plain('{"l\\u0061yers":[],"layers" : [1]}'), '{"layers" : [1]}')
    assert.equal(plain('{"config":{"Digest":"a","digest":"b","size":84.0}}'), '{"config":{"digest":"b","size":84}}')
    assert.equal(plain('{"schemaVersion":2e0,"x":1e400,"y":-0,"z":1.10}'), '{"schemaVersion":2,"x":1e400,"y":-0,"z":1.10}')
    assert.equal(plain('{"annotations":{"Size":"a","size":"b"},"vendor":{"Size":1,"size":2}}').length, 68)
    assert.equal(plain(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), '{"\ufffd":1}')
    const usual = ' { "layers" : [ ] ,\n"__proto__": {"layers":1}, "n":123456789012345678901234567890 }'
    assert.equal(plain(usual), usual.trim())
  })

  test('a name in another case stands for one that is not there, and is told', () => {
    const { value, diagnostics } = parseDocument(Buffer.from('{"Layers":[1],"annotations":{"OS":"x"}}'), 'it', MANIFEST_SHAPE)
    assert.deepEqual(value['layers'], [1])
    assert.deepEqual(
      diagnostics.map(each => each.code),
      ['JSON_NAME_CASE'],
    )
    assert.deepEqual(parseDocument(Buffer.from('{"vendor":{"Layers":1}}'), 'it', MANIFEST_SHAPE).diagnostics, [])
  })

  test('a name that is escaped is the same name', () =>
    assert.equal(parseJson(Buffer.from('{"a":1,"\\u0061":2}'), 'it').diagnostics[0]?.code, 'JSON_DUPLICATE_NAME'))

  test('an edit of a config that is spelt oddly means the same to every reader', () =>
    fc.assert(
      fc.property(fc.infiniteStream(oddity), name, (oddities, value) => {
        const next = () => oddities.next().value as Oddity
        const raw = Buffer.from(spelt(CONFIG, next))
        const settings = [parseSetting(`label.k=${value}`), parseSetting(`user=${value}`), parseSetting('env.B=2')]
        const change = { layers: [], before: 0, settings, family: undefined, keepSubject: false, created: undefined }
        const written = Buffer.from(rewriteConfig(raw, change))
        const document = parseDocument(written, 'it', CONFIG_SHAPE)
        assert.deepEqual(document.diagnostics, [])
        for (const read of [goField, (object: Readonly<Record<string, unknown>>, field: string) => object[field]]) {
          const container = read(document.value, 'config') as Record<string, unknown>
          assert.deepEqual(read(container, 'Env'), ['A=1', 'B=2'])
          assert.equal(read(container, 'User') ?? '', value)
          assert.deepEqual(read(container, 'Labels') ?? {}, value === '' ? {} : { k: value })
          assert.deepEqual(read(container, 'Healthcheck'), { Test: ['x'], Retries: 3 })
          assert.deepEqual(read(document.value, 'rootfs'), CONFIG.rootfs)
        }
      }),
      { numRuns: cases(100, 20_000) },
    ))
})
