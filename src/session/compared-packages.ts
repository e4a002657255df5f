import { type ComparedPackages, changedDatabases, packageDifferences } from '../compare/package-differences.ts'
import type { Selection } from '../compare/selection.ts'
import { inTurns } from '../overlay/in-slices.ts'
import type { AskedSide, ReadSide } from './compared-pair.ts'
import { readOwnership } from './read-ownership.ts'

/**
 * Packages that two sides have in different versions; undefined where no row says that one of their databases differs: then none is
 * read. Layers of one image have its databases, as they were after each side's layers. @throws ImageError as `readOwnership`
 */
export async function comparePackages(
  files: Selection,
  one: AskedSide & ReadSide,
  other: AskedSide & ReadSide,
  signal: AbortSignal,
): Promise<ComparedPackages | undefined> {
  const { any, languages } = await inTurns(changedDatabases(files.rows), signal)
  const [mine, theirs] = [one.merged, other.merged]
  if (!any || mine === undefined || theirs === undefined) return undefined
  const options = { everything: languages, signal }
  const isOneImage = mine.stack === theirs.stack
  const isReversed = isOneImage && theirs.readings.length < mine.readings.length
  const after = await readOwnership(other.chosen, isReversed ? mine : theirs, options)
  const before = isOneImage ? after : await readOwnership(one.chosen, mine, options)
  const lists = { a: before.packagesAfter(mine.readings.length), b: after.packagesAfter(theirs.readings.length) }
  return await inTurns(packageDifferences(lists, files), signal)
}
