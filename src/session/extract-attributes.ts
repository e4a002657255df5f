import { spawnSync } from 'node:child_process'
import { chmodSync, lchownSync, lutimesSync } from 'node:fs'
import { ImageError } from '../error.ts'
import { displayPath, type FilePath } from '../layer/file-path.ts'
import type { TreeNode } from '../overlay/tree.ts'

export type AttributeRules = {
  /** Owners, set-id and sticky bits, devices and extended attributes too; needs root. */
  readonly preserve: boolean
  /** Set-id and sticky bits without owners, for unpacking into a user namespace. */
  readonly allBits?: boolean
}

/** Owner before mode, since a change of owner clears set-id bits; the time last. */
export function applyAttributes(node: TreeNode, target: Buffer, { preserve, allBits = preserve }: AttributeRules): void {
  if (preserve) {
    checkOwner(node)
    lchownSync(target, node.uid, node.gid)
  }
  if (node.type !== 'symlink') chmodSync(target, allBits ? node.mode : ownMode(node.mode))
  if (node.mtime === undefined) return
  // As text: a negative number would be taken for now.
  const seconds = String(node.mtime.seconds + node.mtime.nanoseconds / 1e9)
  lutimesSync(target, seconds, seconds)
}

/** Set-id bits alone are dropped: /tmp stays sticky, and the umask of the process holds, as for any file that is made. */
function ownMode(mode: number): number {
  return mode & 0o1777 & ~process.umask()
}

/** Linux has 32-bit owners, and the last of them means "unchanged" (chown(2)). */
const OWNER_LIMIT = 2 ** 32 - 1

function checkOwner({ path, uid, gid }: TreeNode): void {
  if (uid >= 0 && gid >= 0 && uid < OWNER_LIMIT && gid < OWNER_LIMIT) return
  throw new ImageError('OWNER_OUT_OF_RANGE', `Cannot extract "${displayPath(path)}": Linux has no owner ${uid}:${gid}`, {
    hint: 'Leave out --preserve to do without owners.',
  })
}

/** Node can make neither devices nor fifos; coreutils' mknod can. */
export function makeSpecial(node: TreeNode, target: Buffer): void {
  const kind = node.type === 'fifo' ? 'p' : node.type === 'block-device' ? 'b' : 'c'
  // Arguments of a process are text in Node and names are not always: the shell makes the bytes. The X keeps a final newline.
  const name = [...target].map(byte => `\\${byte.toString(8).padStart(3, '0')}`).join('')
  const numbers = node.device === undefined ? '' : ` ${node.device.join(' ')}`
  runShell(`name=$(printf '${name}X') && mknod -- "\${name%X}" ${kind}${numbers}`, 'mknod')
  applyAttributes(node, target, { preserve: true })
}

/** One `setfattr --restore` for all: its format takes any bytes, names as octal escapes. */
export function restoreXattrs(nodes: readonly TreeNode[], place: (path: FilePath) => Buffer): void {
  if (nodes.length === 0) return
  const dump = nodes.map(node => {
    const lines = node.xattrs.map(
      ([name, value]) => `${octal(Buffer.from(name, 'latin1'))}=0x${Buffer.from(value).toString('hex')}`,
    )
    return `# file: ${octal(place(node.path))}\n${lines.join('\n')}\n`
  })
  const { status, stderr, error } = spawnSync('setfattr', ['-h', '--restore=-'], { input: dump.join('\n'), encoding: 'utf8' })
  if (error === undefined && status === 0) return
  const why = error === undefined ? stderr.trim().split('\n')[0] : 'the program setfattr is not installed'
  throw new ImageError('XATTRS_NOT_RESTORED', `Cannot restore extended attributes: ${why}`, {
    hint: 'They need root and a file system that has them (Debian: apt install attr); leave out --preserve to do without.',
  })
}

function octal(bytes: Uint8Array): string {
  return [...bytes]
    .map(byte =>
      byte > 0x20 && byte < 0x7f && byte !== 0x5c && byte !== 0x3d
        ? String.fromCharCode(byte)
        : `\\${byte.toString(8).padStart(3, '0')}`,
    )
    .join('')
}

function runShell(line: string, program: string): void {
  const { status, stderr, error } = spawnSync('sh', ['-c', line], { encoding: 'utf8' })
  if (error === undefined && status === 0) return
  const why = (stderr || String(error ?? '')).trim().split('\n')[0]
  throw new ImageError('SPECIAL_FILE_NOT_MADE', `Cannot make a device or fifo with ${program}: ${why}`, {
    hint: 'Devices need root; leave out --preserve to do without them.',
  })
}
