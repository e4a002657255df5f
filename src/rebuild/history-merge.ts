import { isRecord } from '../blob/descriptor.ts'
import { elements, fromRaw, type RawJson, rawArray, toRaw } from '../image/raw-json.ts'

/** The layers of a result, by the positions they had: one layer each, in order, base first. */
export type LayerGroup =
  | { readonly kind: 'kept'; readonly position: number }
  /** Written anew; more than one position is a squash. */
  | { readonly kind: 'written'; readonly positions: readonly number[] }
  /** A layer that the image did not have, with its history entry. */
  | { readonly kind: 'added'; readonly history: RawJson }

/** Longest `comment` of a squashed entry: enough to say what was replaced, small beside any config. */
const COMMENT_LIMIT = 2000

/**
 * `history` after layers were merged (semantics.md, "Writing a squashed layer", rule 7): one entry in place of the last
 * non-empty entry of a range, `empty_layer` entries stay, non-empty entries are as many as layers.
 * An absent or null history stays what it is: the caller asks only for an array.
 * `created` (RFC 3339) replaces the newest time of a range; neither is ever now.
 */
export function mergeHistory(history: RawJson, groups: readonly LayerGroup[], created?: string): RawJson {
  const steps: Step[] = []
  // The non-empty entries are of the layers in order; those beyond the layers find no group and are left out.
  const byPosition = new Map<number, RawJson>()
  for (const raw of elements(history)) {
    const position = isEmptyLayer(raw) ? undefined : byPosition.size
    if (position !== undefined) byPosition.set(position, raw)
    steps.push({ raw, position })
  }
  const place = new Map<number, RawJson>()
  const missing: RawJson[] = []
  for (const group of groups) {
    if (group.kind === 'added') {
      missing.push(group.history)
      continue
    }
    const positions = group.kind === 'kept' ? [group.position] : group.positions
    const replaced = positions.flatMap(position => byPosition.get(position) ?? [])
    const entry = mergedEntry(positions, replaced, created)
    const at = positions.findLast(position => byPosition.has(position))
    if (at === undefined) missing.push(entry)
    else place.set(at, entry)
  }
  const kept = steps.flatMap(step => (step.position === undefined ? [step.raw] : (place.get(step.position) ?? [])))
  return rawArray([...kept, ...missing])
}

/** An entry, and the layer it made. */
type Step = { readonly raw: RawJson; readonly position: number | undefined }

function isEmptyLayer(raw: RawJson): boolean {
  const entry = fromRaw(raw)
  return isRecord(entry) && entry['empty_layer'] === true
}

function mergedEntry(positions: readonly number[], replaced: readonly RawJson[], created: string | undefined): RawJson {
  const [only] = replaced
  if (positions.length === 1) return only ?? toRaw({ comment: 'no history was recorded for this layer' })
  const commands: string[] = []
  // As it was written.
  let newest: string | undefined
  for (const entry of replaced.map(fromRaw)) {
    if (!isRecord(entry)) continue
    const { created: time, created_by: command } = entry
    if (typeof command === 'string') commands.push(command)
    if (typeof time !== 'string' || Number.isNaN(Date.parse(time))) continue
    if (newest === undefined || Date.parse(time) > Date.parse(newest)) newest = time
  }
  const [first = 0, last = 0] = [positions[0], positions.at(-1)]
  const time = created ?? newest
  return toRaw({
    ...(time !== undefined && { created: time }),
    created_by: `peel squash: layers ${first + 1} to ${last + 1}`,
    ...(commands.length > 0 && { comment: shortened(`replaces: ${commands.join(' ; ')}`) }),
  })
}

function shortened(text: string): string {
  return text.length <= COMMENT_LIMIT ? text : `${text.slice(0, COMMENT_LIMIT - 2)} …`
}
