import { at, type Changeset, entryHash } from '../../layer/changeset.ts'
import type { FilePath } from '../../layer/file-path.ts'
import type { Stack } from '../../overlay/tree.ts'
import { NO_ENTRY, type VersionId } from '../../overlay/version-table.ts'
import type { FileSecrets, SecretHit } from '../secret-hit.ts'

/** One version of one file that has secrets in it. */
export type FilePlace = {
  readonly path: FilePath
  /** Position of the layer that ships it, and the entry there that carries the bytes. */
  readonly layer: number
  readonly entry: number
  /** Position of the layer after which none of its names is seen any more; undefined where it is seen in the image. */
  readonly hiddenBy: number | undefined
  readonly bytes: number
}

/** Secrets of one kind in one content, wherever the image ships that content. */
export type FoundInFiles = {
  readonly rule: string
  /** The worst first, then as they lie in the file. */
  readonly hits: readonly SecretHit[]
  /** Whether the content was not looked at to its end, because it has so many. */
  readonly hasMore: boolean
  /** A visible place first, then by layer; one at least. */
  readonly places: readonly FilePlace[]
}

const WORST = ['error', 'warning', 'info']

/** The secrets that the scanner found, one for each kind and content: a file that was copied or only got another owner is told once. */
export function foundInFiles(stack: Stack, secrets: readonly (readonly FileSecrets[])[]): readonly FoundInFiles[] {
  const found = new Map<string, { rule: string; hits: readonly SecretHit[]; hasMore: boolean; places: FilePlace[] }>()
  for (const [layer, files] of secrets.entries()) {
    if (files.length === 0) continue
    const versions = versionsOf(stack, layer, new Set(files.map(({ entry }) => entry)))
    for (const { entry, hits, hasMore = false } of files) {
      const place = placeOf(stack, layer, entry, versions.get(entry))
      if (place === undefined) continue
      const content = entryHash(changesetAt(stack, layer), entry) ?? `${layer} ${entry}`
      for (const [rule, ofRule] of Map.groupBy(hits, hit => hit.rule)) {
        const key = `${rule} ${content}`
        const known = found.get(key)
        if (known !== undefined) known.places.push(place)
        else
          found.set(key, {
            rule,
            hasMore,
            hits: ofRule.toSorted((a, b) => WORST.indexOf(a.severity) - WORST.indexOf(b.severity)),
            places: [place],
          })
      }
    }
  }
  const hidden = ({ hiddenBy }: FilePlace) => Number(hiddenBy !== undefined)
  return [...found.values()].map(each => ({
    ...each,
    places: each.places.toSorted((a, b) => hidden(a) - hidden(b) || a.layer - b.layer),
  }))
}

function changesetAt({ changesets }: Stack, layer: number): Changeset {
  const changeset = changesets[layer]
  if (changeset === undefined) throw new RangeError(`the stack has no layer ${layer}`)
  return changeset
}

/** The versions that these entries of a layer made. */
function versionsOf({ tree }: Stack, layer: number, entries: ReadonlySet<number>): ReadonlyMap<number, VersionId> {
  const versions = new Map<number, VersionId>()
  const end = tree.versionEnds[layer + 1] ?? tree.versions.count
  for (let version = (tree.versionEnds[layer] ?? 0) + 1; version <= end; version++) {
    const entry = tree.versions.entry(version)
    if (entry !== NO_ENTRY && entries.has(entry)) versions.set(entry, version)
  }
  return versions
}

/** Undefined for an entry that makes no version at all. */
function placeOf(
  { tree, changesets }: Stack,
  layer: number,
  entry: number,
  version: VersionId | undefined,
): FilePlace | undefined {
  const changeset = changesets[layer]
  if (version === undefined || changeset === undefined) return undefined
  let hiddenBy: number | undefined
  let path = tree.versions.path(version)
  // Its bytes are seen as long as any of its names is.
  for (const name of tree.versions.names(tree.versions.inode(version))) {
    const hidden = tree.versions.hiddenBy(name)
    if (hidden === undefined) {
      path = tree.versions.path(name)
      hiddenBy = undefined
      break
    }
    hiddenBy = Math.max(hiddenBy ?? 0, hidden)
  }
  return { path: tree.paths.fullPath(path), layer, entry, hiddenBy, bytes: at(changeset.sizes, entry) }
}
