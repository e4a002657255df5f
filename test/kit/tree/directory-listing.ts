import { createHash } from 'node:crypto'
import { type BigIntStats, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { run } from '../peer.ts'
import type { ListedNode } from './tree-listing.ts'

const SLASH = Buffer.from('/')

/** A directory on disk as `listTree` lists a snapshot: what a runtime unpacked or a kernel shows. Needs getfattr, and root for all of it. */
export function listDirectory(root: string): ListedNode[] {
  const xattrs = xattrsBelow(root)
  const found: { readonly path: string; readonly stats: BigIntStats; readonly node: ListedNode }[] = []
  const visit = (directory: Buffer, below: string) => {
    for (const name of readdirSync(directory, { encoding: 'buffer' }).sort(Buffer.compare)) {
      const file = Buffer.concat([directory, SLASH, name])
      const path = below + name.toString('latin1')
      const stats = lstatSync(file, { bigint: true })
      found.push({ path, stats, node: listFile(file, path, stats, xattrs.get(path)) })
      if (stats.isDirectory()) visit(file, `${path}/`)
    }
  }
  visit(Buffer.from(root), '')
  const names = Map.groupBy(found, ({ stats }) => `${stats.dev}:${stats.ino}`)
  return found.map(({ stats, node }) => {
    const group = names.get(`${stats.dev}:${stats.ino}`) ?? []
    return stats.isDirectory() || group.length < 2 ? node : { ...node, hardlinks: group.map(({ path }) => text(path)).sort() }
  })
}

function listFile(
  file: Buffer,
  path: string,
  stats: BigIntStats,
  xattrs: Readonly<Record<string, string>> | undefined,
): ListedNode {
  const type = letter(stats)
  return {
    path: text(path),
    type,
    ...(type !== 'l' && { mode: (stats.mode & 0o7777n).toString(8).padStart(4, '0') }),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    mtime_ns: stats.mtimeNs,
    ...(type === 'f' && {
      size: Number(stats.size),
      sha256: createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 16),
    }),
    ...(type === 'l' && { target: readlinkSync(file, { encoding: 'buffer' }).toString('utf8') }),
    ...((type === 'c' || type === 'b') && { rdev: `${stats.rdev >> 8n}:${stats.rdev & 0xffn}` }),
    ...(xattrs !== undefined && { xattrs }),
  }
}

function letter(stats: BigIntStats): string {
  if (stats.isDirectory()) return 'd'
  if (stats.isFile()) return 'f'
  if (stats.isSymbolicLink()) return 'l'
  if (stats.isCharacterDevice()) return 'c'
  return stats.isBlockDevice() ? 'b' : 'p'
}

/** Every file's extended attributes in hex, by path with one character a byte. */
function xattrsBelow(root: string): Map<string, Readonly<Record<string, string>>> {
  const output = run('getfattr', ['-R', '-d', '-h', '-P', '-m', '-', '-e', 'hex', '--absolute-names', '.'], { cwd: root })
  const all = new Map<string, Readonly<Record<string, string>>>()
  for (const block of output.toString('latin1').split('\n\n')) {
    const [, path] = /^# file: (.*)$/m.exec(block) ?? []
    if (path === undefined) continue
    const pairs = [...block.matchAll(/^([^#=\n][^=\n]*)=0x([0-9a-f]*)$/gm)].map(([, name = '', hex = '']) => [name, hex] as const)
    all.set(withoutEscapes(path).replace(/^\.\/?/, ''), Object.fromEntries(pairs.toSorted()))
  }
  return all
}

/** getfattr writes odd bytes as octal. */
function withoutEscapes(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}

function text(path: string): string {
  return Buffer.from(path, 'latin1').toString('utf8')
}
