import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { run } from './peer.ts'

/** A file on disk with every attribute an image can give it, as `peel ls --json` has it, layer left out. */
export type DiskFile = Readonly<Record<string, unknown>>

/** Every file below a directory by its path (one character per byte), ordered bytewise; the directory itself left out. */
export function diskTree(directory: string): ReadonlyMap<string, DiskFile> {
  const found = new Map<string, Record<string, unknown>>()
  const inodes = new Map<bigint, string[]>()
  const xattrs = readXattrs(directory)
  const visit = (path: string) => {
    const place = Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(path, 'latin1')])
    const stats = lstatSync(place, { bigint: true })
    const [seconds, nanoseconds] = [stats.mtimeNs / 1_000_000_000n, stats.mtimeNs % 1_000_000_000n]
    const fraction = nanoseconds === 0n ? '' : `.${String(nanoseconds).padStart(9, '0')}`
    const type = TYPES[Number(stats.mode & 0o170000n)] ?? 'unknown'
    found.set(path, {
      type,
      ...(type !== 'symlink' && {
        mode: Number(stats.mode & 0o7777n)
          .toString(8)
          .padStart(4, '0'),
      }),
      uid: Number(stats.uid),
      gid: Number(stats.gid),
      mtime: new Date(Number(seconds) * 1000).toISOString().replace(/\.\d+Z$/, `${fraction}Z`),
      ...(type === 'file' && {
        size: Number(stats.size),
        sha256: createHash('sha256').update(readFileSync(place)).digest('hex'),
      }),
      ...(type === 'symlink' && { target: readlinkSync(place, { encoding: 'latin1' }) }),
      ...(type.endsWith('device') && { device: [Number(stats.rdev >> 8n), Number(stats.rdev & 0xffn)] }),
      ...(xattrs.has(path) && { xattrs: xattrs.get(path) }),
    })
    if (type !== 'directory') inodes.set(stats.ino, [...(inodes.get(stats.ino) ?? []), path])
    if (type === 'directory') for (const name of readdirSync(place, { encoding: 'latin1' })) visit(`${path}/${name}`)
  }
  for (const name of readdirSync(directory, { encoding: 'latin1' })) visit(name)
  for (const names of inodes.values()) {
    if (names.length < 2) continue
    for (const name of names) Object.assign(found.get(name) ?? {}, { links: names.toSorted() })
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

const TYPES: Readonly<Record<number, string>> = {
  32768: 'file',
  16384: 'directory',
  40960: 'symlink',
  8192: 'character-device',
  24576: 'block-device',
  4096: 'fifo',
}

/** Values in base64 by name, by path; getfattr escapes stray bytes of paths in octal. */
function readXattrs(directory: string): ReadonlyMap<string, Readonly<Record<string, string>>> {
  const dump = run('getfattr', ['-R', '-P', '-h', '-d', '-m', '-', '-e', 'base64', '--absolute-names', directory]).toString(
    'latin1',
  )
  const found = new Map<string, Record<string, string>>()
  let path = ''
  for (const line of dump.split('\n')) {
    if (line.startsWith('# file: ')) path = line.slice('# file: '.length + directory.length + 1).replace(/\\(\d{3})/g, unescaped)
    const [, name, value] = /^([^#=]+)=0s(.*)$/.exec(line) ?? []
    if (name !== undefined && value !== undefined) found.set(path, { ...found.get(path), [name]: value })
  }
  return found
}

function unescaped(_: string, octal: string): string {
  return String.fromCharCode(Number.parseInt(octal, 8))
}
