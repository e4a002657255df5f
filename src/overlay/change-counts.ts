import { typeOf } from './layer-entries.ts'
import type { MergedTree } from './merged-tree.ts'
import { STEP, type Steps } from './steps.ts'
import { NO_ENTRY, NO_VERSION } from './version-table.ts'

/** How many names a layer's entries add, write again and remove. */
export type ChangeCounts = { readonly added: number; readonly modified: number; readonly removed: number }

/** Counts what a layer's entries say; a name that was there below is written again, whatever it is now. */
export function* changeCounts({ changesets, versions, versionEnds }: MergedTree, layer: number): Steps<ChangeCounts> {
  const changeset = changesets[layer]
  let [added, modified, removed] = [0, 0, 0]
  if (changeset === undefined) return { added, modified, removed }
  for (let index = 0; index < changeset.length; index++) {
    if (isMark(typeOf(changeset, index))) removed++
    if (index % STEP === 0) yield
  }
  const end = versionEnds[layer + 1] ?? 0
  for (let version = (versionEnds[layer] ?? 0) + 1; version <= end; version++) {
    if (version % STEP === 0) yield
    const entry = versions.entry(version)
    if (entry === NO_ENTRY || isMark(typeOf(changeset, entry))) continue
    if (versions.visible(versions.path(version), layer) === NO_VERSION) added++
    else modified++
  }
  return { added, modified, removed }
}

function isMark(type: string): boolean {
  return type === 'whiteout' || type === 'opaque'
}
