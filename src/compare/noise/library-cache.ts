const CACHE_MAGIC = 'glibc-ld.so.cache1.1'
const CACHE_HEADER = 48
const CACHE_ENTRY = 24
const AUX_MAGIC = 'glibc-ld.so.auxcache-1.0'

/** Whether two `/etc/ld.so.cache` (glibc, dl-cache.h) lead from the same names to the same libraries, in whatever order they lie. */
export function hasSameLibraries(before: Buffer, after: Buffer): boolean {
  const [mine, theirs] = [libraries(before), libraries(after)]
  return mine !== undefined && mine === theirs
}

function libraries(bytes: Buffer): string | undefined {
  if (bytes.length < CACHE_HEADER || bytes.toString('latin1', 0, CACHE_MAGIC.length) !== CACHE_MAGIC) return undefined
  const count = bytes.readUInt32LE(CACHE_MAGIC.length)
  if (CACHE_HEADER + count * CACHE_ENTRY > bytes.length) return undefined
  const lines: string[] = []
  for (let at = CACHE_HEADER; at < CACHE_HEADER + count * CACHE_ENTRY; at += CACHE_ENTRY) {
    const [flags, name, path] = [
      bytes.readInt32LE(at),
      textAt(bytes, bytes.readUInt32LE(at + 4)),
      textAt(bytes, bytes.readUInt32LE(at + 8)),
    ]
    lines.push(`${flags} ${name} ${path} ${bytes.toString('hex', at + 16, at + 24)}`)
  }
  return lines.sort().join('\n')
}

function textAt(bytes: Buffer, start: number): string {
  const end = bytes.indexOf(0, start)
  return start >= bytes.length || end < 0 ? '' : bytes.toString('latin1', start, Math.min(end, start + 4096))
}

/** Whether two auxiliary caches of `ldconfig` know the same names: the rest of them are inodes and times. */
export function hasSameNames(before: Buffer, after: Buffer): boolean {
  const [mine, theirs] = [names(before), names(after)]
  return mine !== undefined && mine === theirs
}

function names(bytes: Buffer): string | undefined {
  if (bytes.length < AUX_MAGIC.length + 8 || bytes.toString('latin1', 0, AUX_MAGIC.length) !== AUX_MAGIC) return undefined
  const [count, length] = [bytes.readUInt32LE(AUX_MAGIC.length), bytes.readUInt32LE(AUX_MAGIC.length + 4)]
  if (length > bytes.length) return undefined
  return `${count} ${bytes
    .toString('latin1', bytes.length - length)
    .split('\0')
    .sort()
    .join('\0')}`
}
