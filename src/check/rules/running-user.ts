import type { Snapshot, TreeNode } from '../../overlay/tree.ts'
import { type Account, accountsOf, type Group, groupsOf } from '../accounts.ts'
import { findNode, wantOf } from '../find-node.ts'
import type { Contents, Layers, Want } from '../rule.ts'

/** Bytes of account files looked at; the largest found in images has some 100 kB. */
const FILE_LIMIT = 1024 * 1024

const ACCOUNT_FILES = ['etc/passwd', 'etc/group', 'etc/shadow'] as const

export function* accountWants({ snapshot }: Layers): Generator<Want> {
  for (const path of ACCOUNT_FILES) yield* wantOf(findNode(snapshot, path), FILE_LIMIT)
}

/** An account file's bytes; undefined where the image has none or it could not be read. */
export function accountFile(snapshot: Snapshot, contents: Contents, path: string): Uint8Array | undefined {
  const content = findNode(snapshot, path)?.content
  return content === undefined ? undefined : contents.get(content.layer, content.entry)
}

/** Whether the file is there and its content is not: then nothing follows from what it does not name. */
export function isUnread(snapshot: Snapshot, contents: Contents, path: string): boolean {
  return findNode(snapshot, path)?.content !== undefined && accountFile(snapshot, contents, path) === undefined
}

/** The user that a container of the image starts as, as runtimes look it up (conversion.md#configuser). */
export type RunningUser = {
  /** `User` of the config, taken apart. */
  readonly name: string
  readonly group: string | undefined
  /** Undefined where no account file has the name. */
  readonly uid: number | undefined
  readonly gid: number | undefined
  /** Ids of all groups, the primary one among them. */
  readonly groups: readonly number[]
}

export function runningUser({ image, snapshot }: Layers, contents: Contents): RunningUser {
  const [name = '', group] = (image.config?.value.container.user ?? '').split(':', 2)
  const passwd = accountFile(snapshot, contents, 'etc/passwd')
  const groups = accountFile(snapshot, contents, 'etc/group')
  const account = accountNamed(name, passwd === undefined ? [] : accountsOf(passwd))
  const known = groups === undefined ? [] : groupsOf(groups)
  const uid = name === '' ? 0 : (account?.uid ?? numeric(name))
  const gid = group === undefined || group === '' ? (account?.gid ?? 0) : groupId(group, known)
  const more = known.filter(({ members }) => account !== undefined && members.includes(account.name)).map(each => each.gid)
  return { name, group: group === '' ? undefined : group, uid, gid, groups: [...(gid === undefined ? [] : [gid]), ...more] }
}

/** A name goes before a number, as in runc: an account may be named `1000`. */
function accountNamed(name: string, accounts: readonly Account[]): Account | undefined {
  return accounts.find(account => account.name === name) ?? accounts.find(({ uid }) => uid === numeric(name))
}

function groupId(group: string, known: readonly Group[]): number | undefined {
  return known.find(({ name }) => name === group)?.gid ?? numeric(group)
}

function numeric(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined
}

/** Whether the user may execute the file, or search the directory; root may execute a file with any execute bit. */
export function mayExecute({ uid, groups }: RunningUser, { mode, uid: owner, gid, type }: TreeNode): boolean {
  if (uid === 0) return type === 'directory' || (mode & 0o111) !== 0
  if (uid === owner) return (mode & 0o100) !== 0
  return groups.includes(gid) ? (mode & 0o010) !== 0 : (mode & 0o001) !== 0
}
