import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Finding } from '../../src/check/finding.ts'
import { collapsed, foundBy } from '../../src/check/findings-of.ts'
import { type InstalledPackage, NO_OWNERSHIP, type Owner, type Ownership, type PackageName } from '../../src/check/ownership.ts'
import type { Contents, Documents, DocumentsRule, Hit, Layers, LayersRule, Rule, Want } from '../../src/check/rule.ts'
import type { FileSecrets, SecretHit } from '../../src/check/secret-hit.ts'
import type { FilePath } from '../../src/layer/file-path.ts'
import { finish } from '../../src/overlay/steps.ts'

const told = (findings: readonly Finding[]) => finish(collapsed(findings))

const text = {
  id: 'file/setuid',
  severity: 'warning',
  title: 'A program runs as its owner',
  matches: 'set-id files',
  mustNotMatch: 'those of packages',
  fix: { buildkit: 'COPY --chmod=0755', other: 'chmod a-s' },
  references: ['CIS 4.8'],
} as const
const findingsOf = (...args: Parameters<typeof foundBy>) => foundBy(...args).findings
const documents = { builder: 'buildkit', baseLayers: 2 } as Documents
const hit = (path: string, more: Partial<Hit> = {}): Hit => ({ detail: 'mode 4755', path: path as FilePath, layer: 3, ...more })

test('a hit takes what it does not say from the row, the fix in the words of the builder', () => {
  const [finding] = findingsOf(text, [hit('bin/x')], documents)
  assert.deepEqual(
    { ...finding, fingerprint: '' },
    {
      id: 'file/setuid',
      severity: 'warning',
      layer: 3,
      hiddenBy: null,
      path: 'bin/x',
      bytes: 0,
      hiddenBytes: 0,
      title: text.title,
      detail: 'mode 4755',
      fix: 'COPY --chmod=0755',
      inBase: false,
      fingerprint: '',
      evidence: {},
    },
  )
  const [plain] = findingsOf(text, [hit('bin/x')], { ...documents, builder: 'buildah' })
  assert.equal(plain?.fix, 'chmod a-s')
})

test('a finding belongs to the base when the layer that must change is one of it', () => {
  const inBase = (more: Partial<Hit>) => findingsOf(text, [hit('bin/x', more)], documents)[0]?.inBase
  assert.equal(inBase({ layer: 1 }), true)
  assert.equal(inBase({ layer: 2 }), false)
  assert.equal(inBase({ layer: 1, hiddenBy: 4 }), false)
  assert.equal(inBase({ layer: 1, hiddenBy: 4, mendedBy: 1 }), true)
})

test('a fingerprint stays when layers move and differs by rule, path and content', () => {
  const print = (id: string, path: string, more: Partial<Hit>) =>
    findingsOf({ ...text, id }, [hit(path, more)], documents)[0]?.fingerprint
  assert.equal(print('a/b', 'x', { layer: 1 }), print('a/b', 'x', { layer: 7, hiddenBy: 9 }))
  const all = [print('a/b', 'x', {}), print('a/c', 'x', {}), print('a/b', 'y', {}), print('a/b', 'x', { key: '1' })]
  assert.equal(new Set(all).size, 4)
  assert.match(all[0] ?? '', /^[0-9a-f]{64}$/)
})

test('of one rule 20 are told each, the others as one whose fingerprint does not depend on their number', () => {
  const many = (count: number) =>
    told(
      findingsOf(
        text,
        Array.from({ length: count }, (_, index) => hit(`bin/${String(index).padStart(3, '0')}`, { bytes: 10 })),
        documents,
      ),
    )
  assert.equal(many(21).length, 21)
  const some = many(25)
  assert.equal(some.length, 21)
  const last = some.find(({ path }) => path === null)
  assert.equal(last?.bytes, 50)
  assert.match(last?.title ?? '', /^5 more: /)
  const counted = [...Array.from({ length: 21 }, (_, index) => hit(`bin/${index}`)), hit('z', { places: 1000 })]
  assert.match(told(findingsOf(text, counted, documents)).find(({ path }) => path === null)?.title ?? '', /^1,001 more: /)
  assert.equal(last?.fingerprint, many(40).find(({ path }) => path === null)?.fingerprint)
  assert.equal(
    some.reduce((sum, { bytes }) => sum + bytes, 0),
    250,
  )
})

test('the worst comes first and the base last', () => {
  const findings = [
    ...findingsOf(text, [hit('a', { severity: 'info' }), hit('b', { severity: 'error', layer: 0 })], documents),
    ...findingsOf({ ...text, id: 'a/a' }, [hit('c', { severity: 'error' })], documents),
  ]
  assert.deepEqual(
    told(findings).map(({ path }) => path),
    ['c', 'a', 'b'],
  )
})

test('a rule sees what it asked for: contents it wanted, packages, and what was found while the bytes passed', () => {
  const name: PackageName = { type: 'deb', name: 'sudo', version: '1.9' }
  const owner: Owner = { package: name, published: 'proven' }
  const installed: InstalledPackage = { ...name, layer: 0, bytes: 5, files: ['usr/bin/sudo' as FilePath] }
  const ownership: Ownership = {
    ...NO_OWNERSHIP,
    ownerOf: path => (path === installed.files[0] ? owner : undefined),
    packages: [installed],
  }
  const secret: SecretHit = { rule: 'secret/github', severity: 'error', kind: 'token', evidence: { sha256: 'ab', line: 2 } }
  const secrets: readonly (readonly FileSecrets[])[] = [[{ entry: 4, hits: [secret] }]]
  const want: Want = { layer: 0, entry: 1, bytes: 64 }
  const contents: Contents = {
    get: (layer, entry) => (layer === want.layer && entry === want.entry ? Buffer.from('#!') : undefined),
  }
  const ofDocuments: DocumentsRule = { ...text, needs: 'documents', look: ({ reference }) => [hit(reference)] }
  const ofLayers: LayersRule = {
    ...text,
    needs: 'layers',
    wants: () => [want],
    look: (layers, known) => [hit(`${layers.ownership.packages.length}${known.get(0, 1)}${layers.secrets[0]?.[0]?.entry}`)],
  }
  const rules: readonly Rule[] = [ofDocuments, ofLayers]
  const layers = { ...documents, reference: 'r', ownership, secrets } as unknown as Layers
  const paths = rules.flatMap(rule => [...(rule.needs === 'documents' ? rule.look(layers) : rule.look(layers, contents))])
  assert.deepEqual(
    paths.map(found => found?.path),
    ['r', '1#!4'],
  )
  assert.equal(NO_OWNERSHIP.ownerOf('usr/bin/sudo' as FilePath, 0, 0), undefined)
})
