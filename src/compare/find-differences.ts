import type { Steps } from '../overlay/steps.ts'
import type { Snapshot } from '../overlay/tree.ts'
import { compareTrees } from './compare-trees.ts'
import { applyMoves, findMoves } from './moves.ts'
import { joinRenamedDirectories } from './renamed-directories.ts'
import type { TreeRows } from './tree-rows.ts'

/** The differences of two trees, with what was moved and renamed as one row each; in small steps. */
export function* findDifferences(a: Snapshot, b: Snapshot, sharedLayers = 0): Steps<TreeRows> {
  const rows = yield* compareTrees(a, b, sharedLayers)
  const moves = yield* findMoves(rows)
  yield* joinRenamedDirectories(rows, moves)
  yield* applyMoves(rows, moves)
  return rows
}
