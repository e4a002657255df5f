import { isDatabasePath } from '../check/packages/database-files.ts'
import { entriesOf } from '../layer/changeset.ts'
import { displayPath, type FilePath } from '../layer/file-path.ts'
import { changedAspects } from '../overlay/node-comparison.ts'
import { resolvePath } from '../overlay/resolve.ts'
import type { Snapshot, Stack, TreeNode } from '../overlay/tree.ts'
import { type ElfNeeds, elfNeeds } from './elf-needs.ts'
import { processUser } from './process-user.ts'
import type { RebaseConflict } from './rebase-conflict.ts'

/** One application on two bases, as stacks: the base's layers, then the application's. */
export type RebaseStacks = { readonly old: OnBase; readonly next: OnBase }
type OnBase = { readonly stack: Stack; readonly below: number; readonly read: ReadFiles }

/** The contents of files of a stack, each layer that carries any passed once. */
export type ReadFiles = (files: readonly TreeNode[]) => AsyncIterable<readonly [file: TreeNode, bytes: AsyncIterable<Uint8Array>]>

/** Programs larger than this are not looked into. */
const PROGRAM_BYTES = 256 * 1024 * 1024
/** Text files of users and groups. */
const DATABASE_BYTES = 4 * 1024 * 1024
/** Names that a conflict lists. */
const NAMES = 8

/** The files of an image that do not fit on another base. `user` is the config's, as it will be. */
export async function fileConflicts(stacks: RebaseStacks, user: string | undefined): Promise<readonly RebaseConflict[]> {
  return [...shadowed(stacks), ...removals(stacks), ...(await libraries(stacks)), ...(await users(stacks, user))]
}

function base({ stack, below }: OnBase): Snapshot {
  return stack.snapshot(below)
}

function whole({ stack }: OnBase): Snapshot {
  return stack.snapshot(stack.changesets.length)
}

/** Files of the application over files of the new base that are not what the old base had there. */
function* shadowed({ old, next }: RebaseStacks): Generator<RebaseConflict> {
  for (const node of whole(next).walk()) {
    if (node.layer < next.below || node.type === 'directory') continue
    const [was, is] = [base(old).find(node.path), base(next).find(node.path)]
    if (is === undefined || !differs(node, is) || (was !== undefined && !differs(was, is))) continue
    const detail = `the image's copy hides ${was === undefined ? 'a file that only the new base has' : 'what the new base has changed'}`
    yield { kind: 'shadowed', path: node.path, detail, database: isDatabasePath(node.path) }
  }
}

function differs(a: TreeNode, b: TreeNode): boolean {
  return changedAspects(a, b).some(aspect => aspect !== 'time')
}

function* removals({ old, next }: RebaseStacks): Generator<RebaseConflict> {
  const told = new Set<FilePath>()
  for (const changeset of next.stack.changesets.slice(next.below)) {
    for (const { type, path } of entriesOf(changeset)) {
      if ((type !== 'whiteout' && type !== 'opaque') || told.has(path)) continue
      const [was, is] = [base(old).find(path), base(next).find(path)]
      const fresh = is === undefined ? [] : newBelow(is, base(old), base(next), type === 'opaque')
      if (fresh.length > 0) {
        told.add(path)
        yield { kind: 'removal', path, detail: `removes what only the new base has: ${listed(fresh)}` }
      } else if (was !== undefined && is === undefined) {
        told.add(path)
        yield { kind: 'removal', path, detail: 'removes what the new base has no more' }
      }
    }
  }
}

/** Names at and below a place that the old base has not, or has otherwise. */
function newBelow(top: TreeNode, old: Snapshot, next: Snapshot, onlyBelow: boolean): readonly string[] {
  const found: string[] = []
  const pending: TreeNode[] = onlyBelow ? [...next.children(top)] : [top]
  for (let node = pending.pop(); node !== undefined && found.length <= NAMES; node = pending.pop()) {
    const was = old.find(node.path)
    if (was === undefined || (node.type !== 'directory' && differs(was, node))) found.push(displayPath(node.path))
    if (node.type === 'directory') for (const child of next.children(node)) pending.push(child)
  }
  return found
}

/** Programs of the application whose interpreter or libraries were in the old base and are not in the new one. */
async function libraries({ old, next }: RebaseStacks): Promise<readonly RebaseConflict[]> {
  const [before, after] = [whole(old), whole(next)]
  const files = [...after.walk()].filter(
    node => node.layer >= next.below && node.type === 'file' && node.size >= 64 && node.size <= PROGRAM_BYTES && mayRun(node),
  )
  if (files.length === 0) return []
  const [had, has] = [libraryNames(before), libraryNames(after)]
  const conflicts: RebaseConflict[] = []
  for await (const [{ path }, bytes] of next.read(files)) {
    const needs = await needsOf(bytes)
    if (needs === undefined) continue
    const missing = needs.libraries.filter(name => had.has(name) && !has.has(name))
    const { interpreter } = needs
    const lost = interpreter !== undefined && leadsTo(before, interpreter) && !leadsTo(after, interpreter) ? [interpreter] : []
    const all = [...lost, ...missing]
    if (all.length > 0) conflicts.push({ kind: 'library', path, detail: `needs what the new base has no more: ${listed(all)}` })
  }
  return conflicts
}

function mayRun({ name, mode }: TreeNode): boolean {
  return (mode & 0o111) !== 0 || /\.(?:so|node)(?:\.|$)/.test(name)
}

/** Names by which libraries are found, those that lead to a file. */
function libraryNames(snapshot: Snapshot): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { name, path, type } of snapshot.walk()) {
    if (!/\.so(?:\.|$)|^ld-/.test(name)) continue
    if (type === 'file' || (type === 'symlink' && leadsTo(snapshot, path))) names.add(name)
  }
  return names
}

function leadsTo(snapshot: Snapshot, path: string): boolean {
  try {
    return resolvePath(snapshot, path.replace(/^\/+/, '') as FilePath)?.type === 'file'
  } catch {
    return false
  }
}

/** Only what begins as an ELF file is read to its end. */
async function needsOf(bytes: AsyncIterable<Uint8Array>): Promise<ElfNeeds | undefined> {
  const parts: Buffer[] = []
  let isElf: boolean | undefined
  for await (const part of bytes) {
    isElf ??= part[0] === 0x7f && part[1] === 0x45
    if (isElf) parts.push(Buffer.from(part))
  }
  return isElf === true ? elfNeeds(Buffer.concat(parts)) : undefined
}

/** The conflicts of user names: those of the new base that the application's copy lacks, and whom the config's user is. */
async function users({ old, next }: RebaseStacks, user: string | undefined): Promise<readonly RebaseConflict[]> {
  const conflicts: RebaseConflict[] = []
  for (const path of ['etc/passwd', 'etc/group'] as readonly string[] as readonly FilePath[]) {
    if ((whole(next).find(path)?.layer ?? -1) < next.below) continue
    const [mine, was, is] = [
      await idsOf(next, whole(next), path),
      await idsOf(old, base(old), path),
      await idsOf(next, base(next), path),
    ]
    const lacking = [...is].filter(([name, id]) => mine.get(name) !== id && was.get(name) !== id).map(([name]) => name)
    if (lacking.length > 0) {
      conflicts.push({
        kind: 'user',
        path,
        detail: `the image's copy lacks or changes names of the new base: ${listed(lacking)}`,
      })
    }
  }
  const [before, after] = [await whoIs(old, user), await whoIs(next, user)]
  if (before !== after && before !== undefined) {
    const detail =
      after === undefined
        ? `there is no user "${user}" on the new base`
        : `"${user}" was ${before} and is ${after} on the new base`
    conflicts.push({ kind: 'user', key: 'config.User', detail })
  }
  return conflicts
}

async function whoIs(on: OnBase, user: string | undefined): Promise<string | undefined> {
  try {
    const texts = [
      await textOf(on, whole(on), 'etc/passwd' as FilePath),
      await textOf(on, whole(on), 'etc/group' as FilePath),
    ] as const
    const { uid, gid } = processUser(user, ...texts)
    return `${uid}:${gid}`
  } catch {
    return undefined
  }
}

/** Numbers by names. */
async function idsOf(on: OnBase, snapshot: Snapshot, path: FilePath): Promise<ReadonlyMap<string, string>> {
  const lines = (await textOf(on, snapshot, path)).split('\n').map(line => line.split(':'))
  return new Map(lines.flatMap(([name, , id]) => (name === undefined || name === '' || id === undefined ? [] : [[name, id]])))
}

async function textOf(on: OnBase, snapshot: Snapshot, path: FilePath): Promise<string> {
  const node = resolvePath(snapshot, path)
  if (node?.type !== 'file' || node.size === 0 || node.size > DATABASE_BYTES) return ''
  const parts: Buffer[] = []
  for await (const [, bytes] of on.read([node])) for await (const part of bytes) parts.push(Buffer.from(part))
  return Buffer.concat(parts).toString('latin1')
}

function listed(names: readonly string[]): string {
  return names.slice(0, NAMES).join(', ') + (names.length > NAMES ? ' and more' : '')
}
