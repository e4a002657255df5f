import type { UnmeasuredAdvice } from '../../check/advice.ts'
import { alignLayers, type ComparedLayer } from '../../compare/align-layers.ts'
import { isSameButTimes } from '../../compare/same-but-times.ts'
import { formatSize } from '../../format/size.ts'
import { at, type Changeset, entryPath, entryType, hashBytes } from '../../layer/changeset.ts'
import { displayPath, type FilePath } from '../../layer/file-path.ts'
import { finish, type Steps } from '../../overlay/steps.ts'
import { addTo } from '../../sums.ts'

/** Less is not worth a layer. */
const LEAST = 1_000_000

/**
 * The advice that two builds of one image give (advice.md A4, A5, A11): layers that are pulled again because times differ, layers whose files mostly stayed, and
 * bytes that the other build had already. `mine` is the image that is checked, `other` the earlier build; both with their layers read.
 */
export function buildCandidates(mine: readonly ComparedLayer[], other: readonly ComparedLayer[]): readonly UnmeasuredAdvice[] {
  return finish(candidates(mine, other))
}

function* candidates(mine: readonly ComparedLayer[], other: readonly ComparedLayer[]): Steps<readonly UnmeasuredAdvice[]> {
  const known = new Set(other.map(({ diffID, digest }) => diffID ?? digest))
  const partners = new Map((yield* alignLayers(other, mine)).map(({ before, after }) => [after, before]))
  const contents = contentsIn(other.flatMap(({ changeset }) => changeset ?? []))
  const found: UnmeasuredAdvice[] = []
  const busted: ComparedLayer[] = []
  let reusable = 0
  for (const layer of mine) {
    if (layer.changeset === undefined || known.has(layer.diffID ?? layer.digest)) continue
    const partner = other[partners.get(layer.position) ?? -1]?.changeset
    if (partner !== undefined && (yield* isSameButTimes(partner, layer.changeset))) busted.push(layer)
    else if (partner !== undefined) found.push(...splitOf(layer, layer.changeset, contentsIn([partner])))
    reusable += sharedIn(layer.changeset, contents).bytes
  }
  return [...orderOf(busted), ...found, ...partialPulls(reusable)]
}

const NOTHING = { edits: [], chosen: false } as const

function orderOf(layers: readonly ComparedLayer[]): readonly UnmeasuredAdvice[] {
  const bytes = layers.reduce((sum, { size }) => sum + size, 0)
  if (bytes === 0) return []
  const numbers = layers.map(({ position }) => position + 1).join(', ')
  return [
    {
      ...NOTHING,
      id: 'A4',
      title: `An update pulls ${formatSize(bytes)} again although nothing but times changed (layers ${numbers})`,
      layers: layers.map(({ position }) => position),
      content: null,
      compressed: bytes,
      proof: 'compare',
      dockerfile:
        'Put what changes rarely before what changes often, and clamp times (SOURCE_DATE_EPOCH, rewrite-timestamp=true), so that the layers keep their digests.',
    },
  ]
}

/** The directory that holds most of what stayed the same is a layer of its own. */
function splitOf({ position }: ComparedLayer, changeset: Changeset, before: ReadonlySet<string>): readonly UnmeasuredAdvice[] {
  const { bytes, all, directories } = sharedIn(changeset, before)
  if (bytes < LEAST || bytes < all / 2) return []
  const [largest] = [...directories].sort(([, a], [, b]) => b - a)
  const where = largest === undefined ? '' : ` (/${displayPath(largest[0])} has ${formatSize(largest[1])} of it)`
  return [
    {
      ...NOTHING,
      id: 'A5',
      title: `Layer ${position + 1} is pulled whole though ${formatSize(bytes)} of its ${formatSize(all)} stayed: split it`,
      layers: [position],
      content: bytes,
      proof: 'compare',
      dockerfile: `COPY what stays in an instruction of its own, before the rest${where}; that is one layer more.`,
    },
  ]
}

function partialPulls(bytes: number): readonly UnmeasuredAdvice[] {
  if (bytes < LEAST) return []
  return [
    {
      ...NOTHING,
      id: 'A11',
      title: `${formatSize(bytes)} of the new layers lie in the other build: zstd:chunked would not pull them`,
      layers: [],
      content: bytes,
      proof: 'compare',
      dockerfile:
        'buildah push --compression-format zstd:chunked; podman and CRI-O pull parts with enable_partial_images, the blob is 2 to 10 % larger.',
    },
  ]
}

/** Contents by the first half of their sha256. */
function contentsIn(changesets: readonly Changeset[]): ReadonlySet<string> {
  const found = new Set<string>()
  for (const changeset of changesets)
    for (let index = 0; index < changeset.length; index++)
      if (entryType(changeset, index) === 'file') found.add(keyOf(changeset, index))
  return found
}

function sharedIn(changeset: Changeset, known: ReadonlySet<string>) {
  const directories = new Map<FilePath, number>()
  let [bytes, all] = [0, 0]
  for (let index = 0; index < changeset.length; index++) {
    if (entryType(changeset, index) !== 'file') continue
    const size = at(changeset.sizes, index)
    all += size
    if (size === 0 || !known.has(keyOf(changeset, index))) continue
    bytes += size
    const top = entryPath(changeset, index).split('/').slice(0, 2).join('/') as FilePath
    addTo(directories, top, size)
  }
  return { bytes, all, directories }
}

function keyOf(changeset: Changeset, index: number): string {
  return hashBytes(changeset, index).toString('latin1', 0, 16)
}
