import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Descriptor } from '../../src/blob/descriptor.ts'
import { digestOf } from '../../src/blob/digest.ts'
import { OCI_INDEX } from '../../src/blob/media-type.ts'
import { changedIndex, tagsOf } from '../../src/serve/index-entries.ts'
import type { GraphDocument } from '../../src/session/blob-graph.ts'
import { fc } from '../kit/seeded-check.ts'

type Entry = { readonly digest: string; readonly annotations?: Readonly<Record<string, string>> }

const NAME = 'org.opencontainers.image.ref.name'
/** An entry of another program: the change is never about it. */
const FOREIGN = {
  mediaType: 'x/y',
  digest: digestOf(Buffer.from('foreign')),
  size: 1,
  annotations: { [NAME]: 'foreign', kept: 'yes' },
  extra: 7,
}
const TAGS = ['a', 'b', 'c']

const descriptorOf = (seed: number): Descriptor => ({
  mediaType: OCI_INDEX,
  digest: digestOf(Buffer.from(`document ${seed}`)),
  size: 1,
})

const step = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), children: fc.array(fc.nat(), { maxLength: 2 }), tags: fc.subarray(TAGS) }),
  fc.record({ kind: fc.constant('retag' as const), which: fc.nat(), tags: fc.subarray(TAGS, { minLength: 1 }) }),
  fc.record({ kind: fc.constant('untag' as const), tag: fc.constantFrom(...TAGS) }),
  fc.record({ kind: fc.constant('delete' as const), which: fc.nat() }),
)

test('after any pushes and deletes index.json leads to all that is held, each once, under its tags, and foreign entries are as they were', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), steps => {
      const held = new Map<string, GraphDocument>()
      const tags = new Map<string, string>([['foreign', FOREIGN.digest]])
      let raw = Buffer.from(JSON.stringify({ schemaVersion: 2, annotations: { own: 'kept' }, manifests: [FOREIGN] }))
      let made = 0
      for (const each of steps) {
        const all = [...held.values()]
        const pick = (number: number) => all[number % Math.max(1, all.length)]
        if (each.kind === 'put' || each.kind === 'retag') {
          const document =
            each.kind === 'retag'
              ? pick(each.which)
              : {
                  descriptor: descriptorOf(made++),
                  children: each.children.flatMap(number => pick(number)?.descriptor ?? []),
                  subject: undefined,
                  artifactType: undefined,
                  annotations: {},
                }
          if (document === undefined) continue
          held.set(document.descriptor.digest, document)
          for (const tag of each.tags) tags.set(tag, document.descriptor.digest)
          raw = Buffer.from(changedIndex(raw, { put: { document, tags: each.tags } }, held))
        } else if (each.kind === 'untag') {
          tags.delete(each.tag)
          raw = Buffer.from(changedIndex(raw, { untag: each.tag }, held))
        } else {
          const gone = pick(each.which)?.descriptor.digest
          if (gone === undefined || all.some(({ children }) => children.some(({ digest }) => digest === gone))) continue
          held.delete(gone)
          for (const [tag, digest] of tags) if (digest === gone) tags.delete(tag)
          raw = Buffer.from(changedIndex(raw, { gone }, held))
        }
        checkIndex(raw, held, tags)
      }
    }),
  )
})

function checkIndex(raw: Buffer, held: ReadonlyMap<string, GraphDocument>, tags: ReadonlyMap<string, string>): void {
  const { annotations, manifests } = JSON.parse(raw.toString()) as { annotations: object; manifests: readonly Entry[] }
  assert.deepEqual(annotations, { own: 'kept' })
  assert.deepEqual(manifests[0], FOREIGN)
  assert.deepEqual(new Map([...tagsOf(manifests)].sort()), new Map([...tags].sort()))
  const reached = new Set<string>()
  const waiting = manifests.map(({ digest }) => digest)
  for (let digest = waiting.pop(); digest !== undefined; digest = waiting.pop()) {
    reached.add(digest)
    waiting.push(...(held.get(digest)?.children ?? []).map(child => child.digest as string))
  }
  assert.deepEqual(reached, new Set([...held.keys(), FOREIGN.digest]))
  const below = new Set([...held.values()].flatMap(({ children }) => children.map(({ digest }) => digest as string)))
  const nameless = manifests.filter(entry => entry.annotations?.[NAME] === undefined).map(({ digest }) => digest)
  assert.equal(new Set(nameless).size, nameless.length)
  for (const digest of nameless) assert.ok(!below.has(digest) && ![...tags.values()].includes(digest), digest)
}
