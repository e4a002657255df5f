import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { TarEntry } from '../../src/blob/tar-member.ts'
import { TarReader } from '../../src/blob/tar-reader.ts'
import { ChangesetBuilder } from '../../src/layer/changeset-builder.ts'
import { typedPath } from '../../src/layer/file-path.ts'
import { LayerBudget } from '../../src/layer/layer-budget.ts'
import { type TarFixture, tarFixture } from '../kit/tar/tar-fixture.ts'

/** The changeset of a layer whose blob has so many bytes; each part of its tar is read so many times. */
function listed(blobBytes: number, tar: Buffer, times = 1) {
  const builder = new ChangesetBuilder({ blobBytes })
  const reader = new TarReader({
    entry: entry => void builder.add(entry),
    data: () => {},
    end: () => {},
    diagnostic: diagnostic => builder.report(diagnostic),
  })
  for (let time = 0; time < times; time++) reader.push(tar)
  reader.finish()
  return builder.finish()
}

const tarOf = (count: number, entry: (index: number) => TarFixture) =>
  tarFixture(
    Array.from({ length: count }, (_, index) => entry(index)),
    { end: false },
  )

function entriesOf(tar: Buffer): readonly TarEntry[] {
  const entries: TarEntry[] = []
  const reader = new TarReader({ entry: entry => void entries.push(entry), data: () => {}, end: () => {}, diagnostic: () => {} })
  reader.push(tar)
  return entries
}

const said = (diagnostics: readonly { code: string; message: string }[]) =>
  diagnostics.filter(({ code }) => code === 'LAYER_BUDGET').map(({ message }) => message)

describe('what a small blob lists', () => {
  test('extended attributes fill 16 MB, whatever the tar', () => {
    const tar = tarOf(40, index => ({
      name: `f${index}`,
      pax: { 'SCHILY.xattr.user.x': `${index}`.padStart(900_000, 'A') },
    }))
    const { length, xattrSets, diagnostics } = listed(1000, tar)
    const bytes = xattrSets.flat().reduce((sum, [, value]) => sum + value.length, 0)
    assert.ok(bytes < 17 * 1024 * 1024, `${bytes} bytes of attributes`)
    assert.deepEqual(said(diagnostics), [
      `${40 - length} entries are left out: their extended attributes and sparse maps take more memory than a layer of its size is given`,
    ])
    assert.equal(listed(10_000_000, tar).length, 40)
  })

  test('many small attributes count for the memory that each takes', () => {
    const pax = (index: number) =>
      Object.fromEntries(Array.from({ length: 30 }, (_, number) => [`SCHILY.xattr.user.${number}`, `${index}`]))
    const { xattrSets } = listed(
      1000,
      tarOf(4000, index => ({ name: `f${index}`, pax: pax(index) })),
    )
    const count = xattrSets.flat().length
    assert.ok(count > 50_000 && count < 75_000, `${count} attributes`)
  })

  test('entries are two million and one for each byte of the blob', () => {
    const budget = new LayerBudget(1000)
    const [entry] = entriesOf(tarOf(1, () => ({ name: 'f' })))
    assert.ok(entry !== undefined)
    const path = typedPath('f')
    let admitted = 0
    while (budget.admit(entry, path, 0) && admitted < 3_000_000) admitted++
    assert.equal(admitted, 2_001_000)
    const [refused] = budget.diagnostics()
    assert.match(refused?.message ?? '', /^1 entry is left out: there are too many of them/)
  })

  test('the same attributes on many entries are counted once', () => {
    const tar = tarOf(40, index => ({ name: `f${index}`, pax: { 'SCHILY.xattr.user.x': 'A'.repeat(900_000) } }))
    const { length, xattrSets } = listed(1000, tar)
    assert.deepEqual([length, xattrSets.length], [40, 2])
  })

  test('runs of nothing in sparse maps take no memory, and those with data are limited', () => {
    const pax = (index: number) => ({
      'GNU.sparse.major': '1',
      'GNU.sparse.minor': '0',
      'GNU.sparse.name': `s${index}`,
      'GNU.sparse.realsize': '1000000',
    })
    const empty = `1000\n${'0\n0\n'.repeat(1000)}`.padEnd(4608, '\0')
    const { sparse, diagnostics } = listed(
      1000,
      tarOf(5, index => ({ name: 'f', content: empty, pax: pax(index) })),
    )
    assert.deepEqual([...sparse.values()], [[], [], [], [], []])
    assert.deepEqual(said(diagnostics), [])
    const runs = `20000\n${Array.from({ length: 20_000 }, (_, index) => `${index * 2}\n1\n`).join('')}`
    const map = runs.padEnd(Math.ceil(runs.length / 512) * 512, '\0')
    const full = tarOf(20, index => ({ name: 'f', content: map + 'x'.repeat(20_000), pax: pax(index) }))
    const kept = [...listed(1000, full).sparse.values()].reduce((sum, each) => sum + each.length, 0)
    assert.ok(kept > 200_000 && kept <= 262_144, `${kept} runs`)
  })

  test('a number of a sparse map that never ends is not collected', () => {
    const pax = { 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.name': 's', 'GNU.sparse.realsize': '0' }
    const tar = tarOf(1, () => ({ name: 'f', content: `${'0'.repeat(1023)}\n`, pax }))
    const reader = new TarReader({ entry: () => {}, data: () => {}, end: () => {}, diagnostic: () => {} })
    reader.push(tar)
    assert.deepEqual([reader.failed, reader.entries], [false, 1])
  })

  test('paths and link targets fill 64 MB', () => {
    const tar = tarOf(80, index => ({ name: `l${index}`, flag: '2', pax: { linkpath: `${index}`.padStart(1_000_000, 'a') } }))
    const { targetBytes, diagnostics } = listed(1000, tar)
    assert.ok(targetBytes.length < 65 * 1024 * 1024)
    assert.match(said(diagnostics).join(), /^1\d entries are left out: their paths and link targets/)
  })

  test('directories that no entry lists are limited, those of ordinary archives are not', () => {
    const deep = tarOf(400, index => ({ name: 'f', pax: { path: `${index}${'/a'.repeat(2000)}` } }))
    const { length, diagnostics } = listed(1000, deep)
    assert.equal(length, 252)
    assert.deepEqual(said(diagnostics), [
      '148 entries are left out: their paths lead through too many directories that no entry lists',
    ])
    const ordinary = tarOf(2000, index => ({ name: `${index % 97}/b/c/d/e/f/g/h/i/j/k/l/m/n/${index}` }))
    assert.deepEqual(said(listed(1000, ordinary, 20).diagnostics), [])
  })
})
