import { ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'
import { type Changeset, entriesOf } from '../layer/changeset.ts'
import type { Entry } from '../layer/entry.ts'
import { type FilePath, parentPath, ROOT, typedPath } from '../layer/file-path.ts'
import { finish, STEP, type Steps } from '../overlay/steps.ts'
import type { Stack, TreeNode } from '../overlay/tree.ts'
import { type Edit, removedPath } from './edit.ts'
import { bytesBelow, litterPaths } from './litter-paths.ts'
import { PRESETS } from './preset.ts'
import { isBelow, type TargetEdits } from './target-tree.ts'

type RemoveEdit = Extract<Edit, { type: 'remove' }>

/** Something a removal may be about: an entry of a layer or a node of the tree. `layer` is a place in the stack. */
export type RemovalCandidate = Pick<TreeNode, 'path' | 'mode' | 'uid' | 'gid' | 'mtime' | 'size' | 'layer' | 'links'> & {
  readonly type: Entry['type']
}

/** Compiles a filter expression to the test of the candidates that it keeps; the filter language lives above this folder. @throws ImageError for a wrong expression */
export type CompileExpression = (expression: string) => (candidate: RemovalCandidate) => boolean

export type Removal = { readonly edit: RemoveEdit; readonly paths: ReadonlySet<FilePath> }

/** The paths each edit removes, each with all below it, wherever in the stack they are. The root itself never goes. */
export function* resolveRemovals(
  edits: readonly RemoveEdit[],
  stack: Stack,
  compile: CompileExpression,
): Steps<readonly Removal[]> {
  const removals: Removal[] = []
  for (const edit of edits) removals.push(yield* resolveRemoval(edit, stack, compile))
  return removals
}

function* resolveRemoval(edit: RemoveEdit, stack: Stack, compile: CompileExpression): Steps<Removal> {
  const named = removedPath(edit)
  const match = 'match' in edit ? edit.match : undefined
  const path = named ?? typedPath(match ?? '')
  if (path === ROOT && (named !== undefined || (match !== undefined && match !== ''))) throw everything(match ?? '/')
  if (path !== ROOT && exists(path, stack)) return { edit, paths: new Set([path]) }
  if (named !== undefined || 'path' in edit || 'pathBase64' in edit) return { edit, paths: new Set() }
  if (match !== undefined && ONLY_PATH.test(match)) return { edit, paths: new Set() }
  if ('preset' in edit) return { edit, paths: yield* litterPaths(stack, PRESETS[edit.preset].matches) }
  const matches = compile('match' in edit ? edit.match : edit.expression)
  const paths = new Set<FilePath>()
  let steps = 0
  for (const candidate of candidates(stack)) {
    if (++steps % STEP === 0) yield
    if (candidate.path !== ROOT && !paths.has(candidate.path) && matches(candidate)) paths.add(candidate.path)
  }
  return { edit, paths }
}

/** A text that begins at the root and has nothing of an expression: where it does not exist, nothing else was meant by it. */
const ONLY_PATH = /^\/[\w./@%+,:=~-]*$/

function everything(typed: string): ImageError {
  return new ImageError('FILTER_INVALID', `Cannot remove "${escapeText(typed)}": that is the whole image`, {
    hint: 'Name what is below it, or give a filter such as "*.pyc".',
  })
}

/** Content bytes that the layers ship below the removed paths, hidden ones included: what the removal takes out of the image. */
export function removedBytes({ paths }: Removal, stack: Stack): number {
  return [...finish(bytesBelow(stack, paths)).values()].reduce((sum, each) => sum + each, 0)
}

/** Whether a layer must be written anew: it brings something that goes, or a time that is clamped. */
export function mustBeWritten(stack: Stack, position: number, { removed, clampTo }: TargetEdits): boolean {
  const changeset = stack.changesets[position]
  if (changeset === undefined || (removed.size === 0 && clampTo === undefined)) return false
  return someEntry(changeset, entry => entryTouched(entry, removed, clampTo)) || bringsBelow(stack, position, removed)
}

function* candidates(stack: Stack): Generator<RemovalCandidate> {
  for (const [layer, changeset] of stack.changesets.entries()) {
    for (const entry of entriesOf(changeset)) {
      if (isMark(entry)) continue
      yield { ...entry, layer, links: 1 }
    }
  }
  // Entries that came through a symlinked directory lie elsewhere in the tree.
  yield* stack.snapshot(stack.changesets.length).walk()
}

function exists(path: FilePath, stack: Stack): boolean {
  const inTree = stack.changesets.some((_, layer) => stack.snapshot(layer + 1).find(path) !== undefined)
  const only = new Set([path])
  return inTree || stack.changesets.some(changeset => someEntry(changeset, entry => !isMark(entry) && isBelow(only, entry.path)))
}

function someEntry(changeset: Changeset, test: (entry: Entry) => boolean): boolean {
  for (const entry of entriesOf(changeset)) if (test(entry)) return true
  return false
}

function entryTouched(entry: Entry, removed: ReadonlySet<FilePath>, clampTo: number | undefined): boolean {
  // A whiteout of what is no more does nothing and holds nothing: the layer may stay.
  if (entry.type === 'whiteout' && removed.has(entry.path) && !isBelow(removed, parentPath(entry.path))) return false
  if (isBelow(removed, entry.path)) return true
  if (entry.type === 'hardlink' && entry.target !== undefined && isBelow(removed, entry.target as FilePath)) return true
  if (clampTo === undefined || isMark(entry)) return false
  return entry.mtime.seconds > clampTo || (entry.mtime.seconds === clampTo && entry.mtime.nanoseconds > 0)
}

/** Whether the layer wrote something in the tree below a removed path, by whatever name its tar gave. */
function bringsBelow(stack: Stack, position: number, removed: ReadonlySet<FilePath>): boolean {
  const snapshot = stack.snapshot(position + 1)
  for (const path of removed) {
    const pending = [snapshot.find(path)]
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      if (node.layer === position) return true
      if (node.type === 'directory') for (const child of snapshot.children(node)) pending.push(child)
    }
  }
  return false
}

function isMark({ type }: Entry): boolean {
  return type === 'whiteout' || type === 'opaque'
}
