import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe } from 'node:test'
import { corpusJson, corpusPath, corpusTest, hasCorpus } from '../kit/corpus.ts'
import { expandedContent, hashOf, type ListedEntry, listTar } from '../kit/tar/tar-listing.ts'

type GoEntry = {
  readonly name: string
  readonly nameHex?: string
  readonly type: string
  readonly linkname?: string
  readonly size: number
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly uname?: string
  readonly gname?: string
  readonly mtime: string
  readonly devmajor?: number
  readonly devminor?: number
  readonly pax?: Readonly<Record<string, string>>
  readonly sha256?: string
  readonly bytesRead: number
  readonly bodyError?: string
}
type GoArchive = { readonly file: string; readonly entries: readonly GoEntry[]; readonly error?: string }

const archives = hasCorpus ? (corpusJson('go-archive-tar', 'expected-go-archive-tar.json') as GoArchive[]) : []

/** Archives that Go refuses, and why peel reads something else; every other archive must come out as Go's reader has it. */
const DIFFERENT: Readonly<Record<string, string>> = {
  'pax-bad-hdr-large.tar.bz2': 'bzip2, which no layer is',
}

describe('archives of the Go test suite', () => {
  for (const { file, entries, error } of archives.filter(({ file }) => !(file in DIFFERENT))) {
    corpusTest(file, () => {
      const archive = readFileSync(corpusPath('go-archive-tar', file))
      for (const step of [archive.length, 1000]) {
        const listing = listTar(archive, step)
        const expected = entries.filter(({ type }) => type !== '"g"')
        assert.deepEqual(listing.entries.map(shown), expected.map(wanted))
        const failed = listing.diagnostics.some(({ severity }) => severity === 'error')
        assert.equal(failed, error !== undefined, listing.codes.join())
      }
    })
  }
})

const LIMIT = 64 * 1024 * 1024
const binary = (value: string) => Buffer.from(value, 'utf8').toString('latin1')

function shown(entry: ListedEntry) {
  const xattrs = entry.xattrs.map(([name, value]) => [name, Buffer.from(value).toString('latin1')])
  const hasContent = entry.complete && entry.storedSize + (entry.sparse === undefined ? 0 : entry.size) > 0
  return {
    name: entry.name,
    typeflag: entry.typeflag,
    linkName: entry.linkName,
    size: entry.size,
    mode: entry.mode,
    owner: [entry.uid, entry.gid, entry.userName, entry.groupName],
    mtime: `${new Date(entry.mtime.seconds * 1000).toISOString().slice(0, -5)}.${String(entry.mtime.nanoseconds).padStart(9, '0')}Z`,
    device: [entry.devMajor, entry.devMinor],
    xattrs,
    sha256: hasContent ? hashOf(expandedContent(entry, LIMIT)) : undefined,
  }
}

function wanted(entry: GoEntry) {
  const [, whole = '', fraction = ''] = /^([^.Z]+)(?:\.(\d+))?Z$/.exec(entry.mtime) ?? []
  const xattrs = Object.entries(entry.pax ?? {}).filter(([key]) => key.startsWith('SCHILY.xattr.'))
  return {
    name: entry.nameHex === undefined ? binary(entry.name) : Buffer.from(entry.nameHex, 'hex').toString('latin1'),
    typeflag: JSON.parse(entry.type) as string,
    linkName: binary(entry.linkname ?? ''),
    size: entry.size,
    mode: entry.mode,
    owner: [entry.uid, entry.gid, binary(entry.uname ?? ''), binary(entry.gname ?? '')],
    mtime: `${whole}.${fraction.padEnd(9, '0')}Z`,
    device: [entry.devmajor ?? 0, entry.devminor ?? 0],
    xattrs: xattrs.map(([key, value]) => [key.slice('SCHILY.xattr.'.length), binary(value)]).sort(),
    sha256: entry.sha256,
  }
}
