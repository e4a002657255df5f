import { gzipSync } from 'node:zlib'
import { type LayerFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { sectionedElf } from '../../kit/samples/elf-fixture.ts'
import { tarFixture } from '../../kit/tar/tar-fixture.ts'
import { casesOf, type FindingCase } from './finding-case.ts'

const MB = 1_000_000
const program = (symbols: number, more = {}) => ({ content: sectionedElf({ symbols, ...more }), mode: 0o755 })

/** A layer whose gzip header says a time and names a file. */
function stamped(time: number, name?: string): LayerFixture {
  const tar = tarFixture([{ name: 'a', content: 'x' }])
  const packed = gzipSync(tar)
  packed.writeUInt32LE(time, 4)
  if (name === undefined) return { tar, compression: 'gzip', blob: packed }
  packed[3] = 8
  const blob = Buffer.concat([packed.subarray(0, 10), Buffer.from(`${name}\0`), packed.subarray(10)])
  return { tar, compression: 'gzip', blob }
}

const owned = (uname: string, gname = uname): LayerFixture => layerFixture([{ name: 'a', content: 'x', pax: { uname, gname } }])
const paxTimes = (records: Readonly<Record<string, string>>): LayerFixture =>
  layerFixture([{ name: 'a', content: 'x', pax: records }])

/** The traces in a layer's archive and its programs besides their contents. */
export const ARCHIVE_CASES: readonly FindingCase[] = [
  ...casesOf(
    'waste/debug-info',
    {
      'a program with its symbols': { path: 'app/server', layers: [{ 'app/server': program(6 * MB) }] },
      'two libraries': { layers: [{ 'app/a.so': program(3 * MB), 'app/b.so': program(3 * MB, { debug: 10 }) }] },
      'debugging information': { layers: [{ 'usr/local/bin/x': program(0, { debug: 7 * MB }) }] },
      'a table before the sections': { layers: [{ 'app/go': program(6 * MB, { isTableFirst: true }) }] },
    },
    {
      'less than 5 MB': { layers: [{ 'app/server': program(4 * MB) }] },
      'separate files': { layers: [{ 'usr/lib/debug/x': program(6 * MB), 'app/x.debug': program(6 * MB, { text: 9 }) }] },
      'an object file': { layers: [{ 'app/x.o': program(6 * MB, { type: 1 }) }] },
      'a stripped program': { layers: [{ 'app/server': program(0, { text: 7 * MB }) }] },
      'hidden by a later layer': { layers: [{ 'app/server': program(6 * MB) }, { 'app/.wh.server': '' }] },
    },
  ),
  ...casesOf(
    'repro/gzip-header',
    {
      'a time': { layers: [stamped(1_700_000_000)] },
      'a name': { layers: [stamped(0, 'layer.tar')] },
      'in the second layer': { layers: [{ a: 'x' }, stamped(1)] },
    },
    {
      'no time': { layers: [stamped(0)] },
      zstd: { layers: [layerFixture({ a: 'x' }, { compression: 'zstd' })] },
      uncompressed: { layers: [layerFixture({ a: 'x' }, { compression: 'none' })] },
      'a gzip file in a layer': { layers: [{ 'a.gz': { content: gzipSync('x') } }] },
    },
  ),
  ...casesOf(
    'repro/owner-names',
    {
      'a user': { layers: [owned('builder')] },
      'a group': { layers: [owned('root', 'docker')] },
      'in extended headers': { layers: [paxTimes({ uname: 'jürgen' })] },
    },
    {
      'no names': { layers: [owned('')] },
      root: { layers: [owned('root')] },
      'numbers alone': { layers: [{ a: { content: 'x', uid: 1000, gid: 1000 } }] },
    },
  ),
  ...casesOf(
    'repro/access-times',
    {
      atime: { layers: [paxTimes({ atime: '1700000000.5' })] },
      ctime: { layers: [paxTimes({ ctime: '1700000000' })] },
      both: { layers: [{ a: 'x' }, paxTimes({ atime: '1', ctime: '2' })] },
    },
    {
      'the time of the last change': { layers: [paxTimes({ mtime: '1700000000.25' })] },
      'no extended header': { layers: [{ a: 'x' }] },
      'a file called atime': { layers: [{ atime: '1700000000' }] },
    },
  ),
]
