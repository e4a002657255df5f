import { inflateRawBounded } from '../../blob/inflate-bounded.ts'
import { baseName, type FilePath, LONGEST_NAME } from '../../layer/file-path.ts'
import type { PackageRecord } from './package-record.ts'
import { lines, stanzas } from './stanzas.ts'

/** Bytes of a member that is read, and members of one archive that are looked at. */
const LARGEST = 256 * 1024
const MOST_MEMBERS = 100_000
/** Coordinates in one archive: one that others were packed into has those of all of them. */
const MOST_COORDINATES = 2000

/**
 * The libraries in a Java archive: the coordinates of each `META-INF/maven/G/A/pom.properties`, else what the manifest says, else its
 * name. Archives inside are not opened.
 */
export function parseJar(archive: Uint8Array, path: FilePath): readonly Omit<PackageRecord, 'files'>[] {
  const found: Omit<PackageRecord, 'files'>[] = []
  let manifest: Omit<PackageRecord, 'files'> | undefined
  for (const { name, read } of zipMembers(archive)) {
    if (found.length >= MOST_COORDINATES) break
    if (/^META-INF\/maven\/[^/]+\/[^/]+\/pom\.properties$/.test(name)) {
      const properties = new Map(
        Array.from(
          lines(read() ?? ''),
          line => [line.slice(0, Math.max(0, line.indexOf('='))).trim(), line.slice(line.indexOf('=') + 1).trim()] as const,
        ),
      )
      const [group, artifact] = [properties.get('groupId'), properties.get('artifactId')]
      if (artifact !== undefined && artifact !== '')
        found.push({
          type: 'java',
          name: group === undefined ? artifact : `${group}:${artifact}`,
          version: properties.get('version') ?? '',
        })
    } else if (name === 'META-INF/MANIFEST.MF') manifest = fromManifest(read() ?? '')
  }
  if (found.length > 0) return found
  const [, byName, byVersion = ''] = /^(.+?)(?:-(\d[\w.+-]*))?\.[jw]ar$/.exec(baseName(path).slice(-LONGEST_NAME)) ?? []
  if (manifest !== undefined) return [manifest]
  return byName === undefined ? [] : [{ type: 'java', name: byName, version: byVersion }]
}

function fromManifest(text: string): Omit<PackageRecord, 'files'> | undefined {
  // Lines go on after 72 bytes with a blank.
  const [head] = stanzas(text.replace(/\r?\n /g, ''))
  const name = head?.get('bundle-symbolicname')?.split(';', 1)[0] ?? head?.get('implementation-title')
  const version = head?.get('bundle-version') ?? head?.get('implementation-version')
  return name === undefined || version === undefined ? undefined : { type: 'java', name, version }
}

type Member = { readonly name: string; readonly read: () => string | undefined }

/** Members by the directory at the end of a zip archive (APPNOTE 4.3.12); of one that is damaged as many as can be found. */
function* zipMembers(archive: Uint8Array): Generator<Member> {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength)
  const end = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1')
  if (end === -1 || end + 22 > bytes.length) return
  let at = bytes.readUInt32LE(end + 16)
  for (let count = 0; count < MOST_MEMBERS && at + 46 <= bytes.length && bytes.readUInt32LE(at) === 0x02014b50; count++) {
    const [method, packed, size] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 24)]
    const [nameLength, extra, comment, header] = [
      bytes.readUInt16LE(at + 28),
      bytes.readUInt16LE(at + 30),
      bytes.readUInt16LE(at + 32),
      bytes.readUInt32LE(at + 42),
    ]
    const name = bytes.toString('latin1', at + 46, at + 46 + nameLength)
    yield { name, read: () => memberText(bytes, header, method, packed, size) }
    at += 46 + nameLength + extra + comment
  }
}

function memberText(bytes: Buffer, header: number, method: number, packed: number, size: number): string | undefined {
  if (size > LARGEST || header + 30 > bytes.length) return undefined
  const start = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28)
  const content = bytes.subarray(start, start + packed)
  return method === 0
    ? content.toString('utf8')
    : method === 8
      ? inflateRawBounded(content, LARGEST)?.toString('utf8')
      : undefined
}
