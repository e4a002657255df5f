import type { Descriptor } from './descriptor.ts'
import { inflateBounded } from './inflate-bounded.ts'
import { ESTARGZ_TOC } from './tar-member.ts'
import { TarReader } from './tar-reader.ts'

/** The manifest's word for the table of contents: the digest of its JSON (stargz-snapshotter docs/estargz.md). */
const TOC_DIGEST = 'containerd.io/snapshot/stargz/toc.digest'

/** The digest that proves an eStargz layer's table of contents, where the manifest has one. */
export function estargzTocDigest({ annotations }: Descriptor): string | undefined {
  return annotations?.[TOC_DIGEST]
}

/** Bytes of the footer: an empty gzip member whose extra field says where the table is. The older one has no subfield header. */
const FOOTERS = [
  { length: 51, extra: Buffer.from([26, 0, 0x53, 0x47, 22, 0]) },
  { length: 47, extra: Buffer.from([22, 0]) },
]
const GZIP_WITH_EXTRA = Buffer.from([0x1f, 0x8b, 8, 4])

/** Offset of the table of contents in a blob of `size` bytes, of which `tail` is the end; undefined where there is no footer. */
export function estargzTocOffset(tail: Buffer, size: number): number | undefined {
  for (const { length, extra } of FOOTERS) {
    const footer = tail.subarray(-length)
    if (footer.length !== length || !footer.subarray(0, 4).equals(GZIP_WITH_EXTRA)) continue
    if (!footer.subarray(10, 10 + extra.length).equals(extra)) continue
    const [, hex] = /^([0-9a-f]{16})STARGZ$/.exec(footer.toString('latin1', 10 + extra.length, 32 + extra.length)) ?? []
    const offset = Number.parseInt(hex ?? '', 16)
    if (offset < size - length) return offset
  }
  return undefined
}

/** The table's JSON out of its gzip member, which holds a tar with this one file; undefined when there is none or it is too large. */
export function estargzToc(member: Buffer, limit: number): Buffer | undefined {
  const tar = inflateBounded('gzip', member, limit + TAR_OVERHEAD)
  if (tar === undefined) return undefined
  let found: Buffer | undefined
  const reader = new TarReader({
    entry: ({ name, dataOffset, storedSize }) => {
      if (name === ESTARGZ_TOC) found ??= tar.subarray(dataOffset, dataOffset + storedSize)
    },
    data: () => undefined,
    end: () => undefined,
    diagnostic: () => undefined,
  })
  reader.push(tar)
  reader.finish()
  return found
}

/** Headers, padding and the end of the archive. */
const TAR_OVERHEAD = 64 * 1024
