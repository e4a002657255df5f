import { ImageError } from '../error.ts'
import { displayPath, type FilePath, joinPath, parentPath, ROOT } from '../layer/file-path.ts'
import type { Snapshot, TreeNode } from './tree.ts'

/** As the kernel's and umoci's limit: the 256th symlink of one resolution is refused. */
const MAX_SYMLINKS = 255
/** Components walked in one resolution, so that hostile targets cannot multiply into minutes. */
const MAX_COMPONENTS = 16_384

/** The queries on a tree that resolving a path needs. `child` names a place whether something is there or not. */
export type Walkable<Spot> = {
  readonly root: Spot
  readonly parent: (place: Spot) => Spot
  readonly child: (place: Spot, name: string) => Spot
  /** Target of the symlink at the place; undefined where there is none. */
  readonly target: (place: Spot) => string | undefined
  /** Components that all resolutions together may still walk; none but the limits of one resolution where left out. */
  readonly allowance?: Allowance
}

/** A count that goes down. */
type Allowance = { left: number }

/**
 * Walks names from the root, following symlinks inside it: absolute targets start at the root, `..` stops there, what
 * is missing is taken as a directory (securejoin's rules). Undefined after too many symlinks or components.
 */
export function followNames<Spot>(names: readonly string[], tree: Walkable<Spot>): Spot | undefined {
  const pending = [...names].reverse()
  let place = tree.root
  let symlinks = 0
  for (let components = 0; pending.length > 0; components++) {
    if (components > MAX_COMPONENTS || pending.length > MAX_COMPONENTS) return undefined
    if (tree.allowance !== undefined && tree.allowance.left-- <= 0) return undefined
    const name = pending.pop() ?? ''
    if (name === '' || name === '.') continue
    if (name === '..') {
      place = tree.parent(place)
      continue
    }
    const child = tree.child(place, name)
    const target = tree.target(child)
    if (target === undefined) {
      place = child
      continue
    }
    if (++symlinks > MAX_SYMLINKS) return undefined
    if (target.startsWith('/')) place = tree.root
    for (const component of target.split('/').reverse()) pending.push(component)
  }
  return place
}

/**
 * The node a path leads to, symlinks followed inside the root; undefined if nothing is there. With `keepLast` a symlink
 * at the end is the answer itself. Fails with SYMLINK_LOOP after 255 symlinks.
 */
export function resolvePath(
  snapshot: Snapshot,
  path: FilePath,
  options: { readonly keepLast?: boolean } = {},
): TreeNode | undefined {
  return snapshot.find(resolvePlace(snapshot, path, options))
}

/** The node that the symlink at a path leads to; undefined if nothing is there, `circle` where links lead back to themselves. */
export function linkTarget(snapshot: Snapshot, path: FilePath): TreeNode | undefined | 'circle' {
  try {
    return resolvePath(snapshot, path)
  } catch (error) {
    if (error instanceof ImageError && error.code === 'SYMLINK_LOOP') return 'circle'
    throw error
  }
}

/** The path itself that a path leads to, whether something is there or not; a missing part is taken as a directory. @throws ImageError `SYMLINK_LOOP` */
export function resolvePlace(snapshot: Snapshot, path: FilePath, options: { readonly keepLast?: boolean } = {}): FilePath {
  if (path === ROOT) return ROOT
  const names = path.split('/')
  const last = options.keepLast === true ? names.pop() : undefined
  const place = followNames<FilePath>(names, {
    root: ROOT,
    parent: parentPath,
    child: joinPath,
    target: each => {
      const node = snapshot.find(each)
      return node?.type === 'symlink' ? node.target : undefined
    },
  })
  if (place === undefined)
    throw new ImageError('SYMLINK_LOOP', `Cannot follow "${displayPath(path)}": more than ${MAX_SYMLINKS} symbolic links`)
  return last === undefined ? place : joinPath(place, last)
}
