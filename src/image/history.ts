import { isRecord } from '../blob/descriptor.ts'

/** One step of the build (image-spec config.md). Every field may be missing or odd. */
export type History = {
  readonly created?: string
  readonly createdBy?: string
  readonly author?: string
  readonly comment?: string
  readonly emptyLayer: boolean
}

/** History beside layers: an entry that made a layer, one that made none, or a layer without a description. */
export type HistoryStep = {
  /** Position of the layer this step made; undefined for empty-layer entries and for leftovers. */
  readonly layer: number | undefined
  readonly history: History | undefined
  /** False when history and layers do not match and this entry could not be placed. */
  readonly aligned: boolean
}

/** `history` of a config; undefined when it is absent or null. An item that is no object is an entry that says nothing. */
export function parseHistory(value: unknown): readonly History[] | undefined {
  if (!Array.isArray(value)) return undefined
  return value.map(item => {
    const record = isRecord(item) ? item : {}
    const text = (key: string) => (typeof record[key] === 'string' ? record[key] : undefined)
    const [created, createdBy, author, comment] = [text('created'), text('created_by'), text('author'), text('comment')]
    return {
      ...(created !== undefined && { created }),
      ...(createdBy !== undefined && { createdBy }),
      ...(author !== undefined && { author }),
      ...(comment !== undefined && { comment }),
      emptyLayer: record['empty_layer'] === true,
    }
  })
}

/**
 * Walks entries that are not `empty_layer` beside the layers, base first (config.md#history). Entries beyond the last layer are
 * leftovers, layers beyond the last entry have none: shown, not guessed at.
 */
export function alignHistory(history: readonly History[] | undefined, layerCount: number): readonly HistoryStep[] {
  const steps: HistoryStep[] = []
  let layer = 0
  for (const entry of history ?? []) {
    if (entry.emptyLayer) steps.push({ layer: undefined, history: entry, aligned: true })
    else if (layer < layerCount) steps.push({ layer: layer++, history: entry, aligned: true })
    else steps.push({ layer: undefined, history: entry, aligned: false })
  }
  while (layer < layerCount) steps.push({ layer: layer++, history: undefined, aligned: history === undefined })
  return steps
}
