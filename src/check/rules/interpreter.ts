import type { ContainerConfig } from '../../image/config.ts'
import type { Snapshot, TreeNode } from '../../overlay/tree.ts'
import { isElf, parseElf } from '../elf.ts'
import { findNode } from '../find-node.ts'
import { findInPath } from './program.ts'

/** The file that the kernel needs besides a program's own: a dynamic loader, or the interpreter of a script. */
export type Interpreter =
  /** A static program, or one whose headers were not read. */
  | { readonly kind: 'none' }
  | {
      readonly kind: 'loader' | 'shebang'
      readonly path: string
      readonly node: TreeNode | undefined
      readonly hasReturn: boolean
    }
  /** Text that does not say what runs it. */
  | { readonly kind: 'unnamed' }

/** Bytes of a program that are looked at: headers lie in its first page, a shebang has 256 bytes. */
export const HEAD_BYTES = 16 * 1024

export function interpreterOf(head: Uint8Array, snapshot: Snapshot, container: ContainerConfig | undefined): Interpreter {
  if (isElf(head)) {
    const path = parseElf(head)?.interpreter
    return path === undefined || path === ''
      ? { kind: 'none' }
      : { kind: 'loader', path, node: findNode(snapshot, path), hasReturn: false }
  }
  const [line = ''] = Buffer.from(head.subarray(0, 512)).toString('latin1').split('\n', 1)
  if (!line.startsWith('#!')) return isText(head) ? { kind: 'unnamed' } : { kind: 'none' }
  return shebang(line, snapshot, container)
}

function shebang(line: string, snapshot: Snapshot, container: ContainerConfig | undefined): Interpreter {
  const hasReturn = line.endsWith('\r')
  const [path = '', ...rest] = line
    .slice(2)
    .trim()
    .split(/[ \t]+/)
  const node = findNode(snapshot, path)
  const name = node !== undefined && /(?:^|\/)env$/.test(path) ? searchedBy(rest) : undefined
  if (name === undefined) return { kind: 'shebang', path, node, hasReturn }
  const found = name.includes('/') ? { node: findNode(snapshot, name), certain: true } : findInPath(snapshot, name, container)
  return { kind: 'shebang', path: name, node: found.node ?? (found.certain ? undefined : node), hasReturn }
}

/** The program that `env` is to find: after its options and variables. */
function searchedBy(words: readonly string[]): string | undefined {
  return words.find(word => !word.startsWith('-') && !word.includes('='))
}

/** Not empty, no NUL, no control characters that text does not have. */
function isText(head: Uint8Array): boolean {
  return head.length > 0 && head.every(byte => byte >= 0x20 || (byte >= 0x08 && byte <= 0x0d) || byte === 0x1b)
}
