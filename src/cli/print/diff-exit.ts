import { maskOf } from '../../compare/change-class.ts'
import type { Comparison } from '../../compare/compare-images.ts'
import type { DiffOptions } from '../run/diff-options.ts'

/**
 * Whether `--exit-code` is to say that something differs: of what `--semantic`, `--ignore` and `--only` left, and of the classes named
 * where there are any. Settings have no class; layers count where nothing was left out.
 */
export function differs({ summary, settings, layers, files }: Comparison, { exit, selection }: DiffOptions): boolean {
  const named = exit === undefined || exit.classes.length + exit.noise.length === 0 ? undefined : exit
  if (named !== undefined) {
    const mask = maskOf(...named.classes)
    for (const row of files?.indexes ?? []) {
      const rows = files?.rows
      if (rows === undefined) break
      if ((rows.mask(row) & (files?.kept(row) ?? 0) & mask) !== 0) return true
      if (named.noise.includes(rows.noise.get(row) ?? '')) return true
    }
    return false
  }
  if ((files?.indexes.length ?? 0) > 0) return true
  const { semantic = false, ignore = [], only = [], ignoreNoise = [], onlyNoise = [] } = selection
  const isLimited = only.length + onlyNoise.length > 0
  if (settings.length > 0 && !isLimited) return true
  const isExact = !semantic && !isLimited && ignore.length + ignoreNoise.length === 0
  return isExact && !summary.identical && layers.onlyA.length + layers.onlyB.length > 0
}
