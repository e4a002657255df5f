import { changedDatabases, type PackageDifference, packageDifferences } from '../compare/package-differences.ts'
import type { Selection } from '../compare/selection.ts'
import { inTurns } from '../overlay/in-slices.ts'
import type { AskedSide, ReadSide } from './compared-pair.ts'
import { readOwnership } from './read-ownership.ts'

/**
 * Packages that two sides have in different versions. Their databases are read only where rows say that one of them differs.
 * @throws ImageError as `readOwnership`
 */
export async function comparePackages(
  files: Selection,
  one: AskedSide & ReadSide,
  other: AskedSide & ReadSide,
  signal: AbortSignal,
): Promise<readonly PackageDifference[]> {
  const { any, languages } = await inTurns(changedDatabases(files.rows), signal)
  const [mine, theirs] = [one.merged, other.merged]
  if (!any || mine === undefined || theirs === undefined) return []
  const options = { everything: languages, signal }
  const a = await readOwnership(one.chosen, mine, options)
  const b = await readOwnership(other.chosen, theirs, options)
  return await inTurns(packageDifferences(a, b, files), signal)
}
