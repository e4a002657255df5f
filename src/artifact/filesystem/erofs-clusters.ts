import { damagedFilesystem } from './filesystem.ts'

/** The types of logical clusters (kernel, fs/erofs/erofs_fs.h, "Z_EROFS_LCLUSTER_TYPE_*"). */
export const CLUSTER = { plain: 0, head1: 1, inside: 2, head2: 3 } as const

/** One logical cluster as its index has it. */
export type Cluster = {
  readonly type: number
  /** Where in the cluster an extent begins. */
  readonly offset: number
  /** First block of the extent that begins here. */
  readonly block: number
  /** Blocks of the extent around it, where the index says. */
  readonly blocks: number | undefined
}

export type ClusterIndex = {
  readonly bytes: Buffer
  /** Offset of `bytes` in the image: packs are aligned there. */
  readonly start: number
  readonly count: number
  readonly clusterBits: number
  /** Whether indexes of two bytes are used where they can be, and whether extents may have several blocks. */
  readonly twoBytes: boolean
  readonly large: boolean
}

const COUNTS_BLOCKS = 0x800

/** An index of eight bytes a cluster. */
export function fullCluster({ bytes }: ClusterIndex, number: number): Cluster {
  const at = number * 8
  const type = bytes.readUInt16LE(at) & 3
  const delta = bytes.readUInt16LE(at + 4)
  const counts = type === CLUSTER.inside && (delta & COUNTS_BLOCKS) !== 0
  return {
    type,
    offset: bytes.readUInt16LE(at + 2),
    block: bytes.readUInt32LE(at + 4),
    blocks: counts ? delta & ~COUNTS_BLOCKS : undefined,
  }
}

/** Clusters of a pack: two in 8 bytes, or sixteen in 32; its last four bytes are the block before the first of its extents. */
type Pack = {
  readonly at: number
  readonly size: number
  readonly bits: number
  readonly lowBits: number
  readonly index: number
}

function packOf({ start, count, twoBytes, clusterBits }: ClusterIndex, number: number): Pack {
  const lowBits = Math.max(clusterBits, 12)
  const first = ((32 - (start % 32)) / 4) % 8
  const long = twoBytes && first < count ? Math.floor((count - first) / 16) * 16 : 0
  if (number >= first && number < first + long) {
    const inside = number - first
    return { at: first * 4 + Math.floor(inside / 16) * 32, size: 32, bits: 14, lowBits, index: inside % 16 }
  }
  const at = number < first ? number * 4 : first * 4 + long * 2 + (number - first - long) * 4
  return { at: at - (at % 8), size: 8, bits: 16, lowBits, index: (at % 8) / 4 }
}

/** Bytes of the packs of all clusters. */
export function packedSize(index: Omit<ClusterIndex, 'bytes'>): number {
  const { at, size } = packOf({ ...index, bytes: Buffer.alloc(0) }, index.count - 1)
  return at + size
}

type Bits = { readonly type: number; readonly low: number }

function bitsAt(bytes: Buffer, { at, bits, lowBits }: Pack, index: number): Bits {
  const position = index * bits
  const word = bytes.readUInt32LE(at + (position >> 3)) >>> (position & 7)
  return { low: word & ((1 << lowBits) - 1), type: (word >>> lowBits) & 3 }
}

/** An index of two or four bytes a cluster (fs/erofs/zmap.c, z_erofs_load_compact_lcluster). */
export function compactCluster(all: ClusterIndex, number: number): Cluster {
  const pack = packOf(all, number)
  if (pack.at + pack.size > all.bytes.length) throw damagedFilesystem('EROFS', 'the index of a file ends early')
  const { type, low } = bitsAt(all.bytes, pack, pack.index)
  if (type === CLUSTER.inside) {
    const counts = (low & COUNTS_BLOCKS) !== 0
    return { type, offset: 0, block: 0, blocks: counts ? low & ~COUNTS_BLOCKS : undefined }
  }
  const base = all.bytes.readUInt32LE(pack.at + pack.size - 4)
  return { type, offset: low, block: base + blocksBefore(all.bytes, pack, all.large), blocks: undefined }
}

/** Blocks of the extents that begin in the pack before a cluster; where extents have one block each, its own is counted too. */
function blocksBefore(bytes: Buffer, pack: Pack, large: boolean): number {
  let [blocks, index] = [large ? 0 : 1, pack.index]
  while (index > 0) {
    index--
    const { type, low } = bitsAt(bytes, pack, index)
    if (type !== CLUSTER.inside) blocks++
    else if (!large) {
      index -= low
      if (index >= 0) blocks++
    } else if ((low & COUNTS_BLOCKS) !== 0) {
      index--
      blocks += low & ~COUNTS_BLOCKS
    } else {
      if (low <= 1) throw damagedFilesystem('EROFS', 'the index of a file leads nowhere')
      index -= low - 2
    }
  }
  return blocks
}
