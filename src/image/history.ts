/** One step of the build (image-spec config.md). Every field may be missing or odd. */
export type History = {
  readonly created?: string
  readonly createdBy?: string
  readonly author?: string
  readonly comment?: string
  readonly emptyLayer: boolean
}

/** History beside layers: an entry that made a layer, one that made none, or a layer nobody described. */
export type HistoryStep = {
  /** Position of the layer this step made; undefined for empty-layer entries and for leftovers. */
  readonly layer: number | undefined
  readonly history: History | undefined
  /** False when history and layers do not match and this entry could not be placed. */
  readonly aligned: boolean
}
