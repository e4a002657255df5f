/** The kind of a blob by its first bytes (facts/formats-2026.md §5), as `ls --json` spells it. */
export type BlobKind =
  | 'gzip+tar'
  | 'gzip'
  | 'zstd'
  | 'tar'
  | 'elf'
  | 'gguf'
  | 'safetensors'
  | 'wasm'
  | 'json'
  | 'pem'
  | 'erofs'
  | 'squashfs'
  | 'zip'

/** Bytes that `blobKind` wants to see: the EROFS superblock is the farthest mark. */
export const KIND_LENGTH = 2048

/** Offset of the EROFS superblock, and its magic (kernel, fs/erofs/erofs_fs.h). */
const [EROFS_AT, EROFS_MAGIC] = [1024, 0xe0f5e1e2]

/**
 * The kind of a blob by its first `KIND_LENGTH` bytes; undefined where they say nothing. `inflated` is what a gzip stream
 * begins with, as far as it is known.
 */
export function blobKind(start: Buffer, size: number, inflated?: Buffer): BlobKind | undefined {
  if (start[0] === 0x1f && start[1] === 0x8b) return inflated !== undefined && isTar(inflated) ? 'gzip+tar' : 'gzip'
  const known = MAGICS.find(([magic]) => start.subarray(0, magic.length).equals(magic))
  if (known !== undefined) return known[1]
  if (start.length >= EROFS_AT + 4 && start.readUInt32LE(EROFS_AT) === EROFS_MAGIC) return 'erofs'
  if (isTar(start)) return 'tar'
  if (isSafetensors(start, size)) return 'safetensors'
  const text = start
    .toString('latin1', 0, 256)
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart()
  if (JSON_START.test(text)) return 'json'
  return text.startsWith('-----BEGIN ') ? 'pem' : undefined
}

/** Characters that may follow the first bracket: templates of models begin with two. */
const JSON_START = /^(?:\{\s*["}]|\[\s*["{[\]\-\dtfn])/

const MAGICS: readonly (readonly [Buffer, BlobKind])[] = [
  [Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), 'zstd'],
  [Buffer.from([0x7f, 0x45, 0x4c, 0x46]), 'elf'],
  [Buffer.from('GGUF'), 'gguf'],
  [Buffer.from([0, 0x61, 0x73, 0x6d]), 'wasm'],
  [Buffer.from('hsqs'), 'squashfs'],
  [Buffer.from('PK\u0003\u0004'), 'zip'],
]

function isTar(start: Buffer): boolean {
  return start.length >= 512 && start.toString('latin1', 257, 262) === 'ustar'
}

/** A length that fits the blob, then the start of a JSON object. */
function isSafetensors(start: Buffer, size: number): boolean {
  if (start.length < 9 || start[8] !== 0x7b) return false
  const length = start.readBigUInt64LE(0)
  return length >= 2n && length <= BigInt(Math.max(0, size - 8))
}
