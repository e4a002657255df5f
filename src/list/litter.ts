import type { FilePath } from '../layer/file-path.ts'
import type { Steps } from '../overlay/steps.ts'
import type { Stack } from '../overlay/tree.ts'
import { bytesBelow, litterPaths, topmost } from '../rebuild/litter-paths.ts'
import { PRESETS, type PresetName } from '../rebuild/preset.ts'

/** Files that a preset of a rebuild matches in all layers, hidden content included: removing them takes these bytes out of the image. */
export type Litter = {
  readonly preset: PresetName
  /** Matching paths, as a rebuild with the preset counts them. */
  readonly paths: number
  readonly bytes: number
  /** The matches with the most bytes below them, most first. */
  readonly largest: readonly { readonly path: FilePath; readonly bytes: number }[]
}

const LARGEST = 8

/** The litter of every preset, by the same walk that a rebuild removes by. */
export function* litterOf(stack: Stack): Steps<readonly Litter[]> {
  const names = Object.keys(PRESETS).filter((name): name is PresetName => name in PRESETS)
  const litter: Litter[] = []
  for (const name of names) litter.push(yield* matchesOf(stack, name))
  return litter
}

function* matchesOf(stack: Stack, preset: PresetName): Steps<Litter> {
  const found = yield* litterPaths(stack, PRESETS[preset].matches)
  const bytes = yield* bytesBelow(stack, found)
  const largest = [...found]
    .filter(path => path === topmost(found, path))
    .map(path => ({ path, bytes: bytes.get(path) ?? 0 }))
    .sort((one, other) => other.bytes - one.bytes)
    .slice(0, LARGEST)
  const sum = [...bytes.values()].reduce((all, each) => all + each, 0)
  return { preset, paths: found.size, bytes: sum, largest }
}
