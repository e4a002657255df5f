import { entryPath, entryType } from '../layer/changeset.ts'
import type { EntryType } from '../layer/entry.ts'
import { type FilePath, parentPath, ROOT } from '../layer/file-path.ts'
import type { Stack } from '../overlay/tree.ts'
import { PRESETS, type PresetName } from '../rebuild/preset.ts'

/** What a preset of a rebuild matches in all layers, hidden content included: what removing it takes out of the image. */
export type Litter = {
  readonly preset: PresetName
  /** Matching paths, those inside a matching directory not counted. */
  readonly paths: number
  readonly bytes: number
  /** The matches with the most bytes below them, most first. */
  readonly largest: readonly { readonly path: FilePath; readonly bytes: number }[]
}

const LARGEST = 8
/** Entries looked at between two steps. */
const STEP = 2000

export function* litterOf(stack: Stack): Generator<undefined, readonly Litter[]> {
  const names = Object.keys(PRESETS).filter((name): name is PresetName => name in PRESETS)
  const litter: Litter[] = []
  for (const name of names) litter.push(yield* matchesOf(stack, name))
  return litter
}

function* matchesOf(stack: Stack, preset: PresetName): Generator<undefined, Litter> {
  const { matches } = PRESETS[preset]
  const found = new Set<FilePath>()
  yield* eachEntry(stack, (path, type) => {
    if (type !== 'whiteout' && type !== 'opaque' && !found.has(path) && matches(path)) found.add(path)
  })
  const bytes = new Map<FilePath, number>()
  if (found.size > 0) {
    yield* eachEntry(stack, (path, _, size) => {
      const top = size === 0 ? undefined : topMatch(found, path)
      if (top !== undefined) bytes.set(top, (bytes.get(top) ?? 0) + size)
    })
  }
  const largest = [...found]
    .filter(path => path === topMatch(found, path))
    .map(path => ({ path, bytes: bytes.get(path) ?? 0 }))
    .sort((one, other) => other.bytes - one.bytes)
    .slice(0, LARGEST)
  const sum = [...bytes.values()].reduce((all, each) => all + each, 0)
  return { preset, paths: found.size, bytes: sum, largest }
}

type Look = (path: FilePath, type: EntryType, size: number) => void

function* eachEntry({ changesets }: Stack, look: Look): Generator<undefined, void> {
  for (const changeset of changesets) {
    for (let index = 0; index < changeset.length; index++) {
      look(entryPath(changeset, index), entryType(changeset, index), changeset.sizes[index] ?? 0)
      if (index % STEP === STEP - 1) yield
    }
  }
}

/** The highest match at or above a path. */
function topMatch(found: ReadonlySet<FilePath>, path: FilePath): FilePath | undefined {
  let top: FilePath | undefined
  for (let each = path; each !== ROOT; each = parentPath(each)) if (found.has(each)) top = each
  return top
}
