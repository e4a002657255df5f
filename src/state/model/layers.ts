export const LAYER_ORDERS = ['order', 'size', 'hidden'] as const
export type LayerOrder = (typeof LAYER_ORDERS)[number]

/** How the layers are listed. */
export type LayersSlice = {
  readonly order: LayerOrder
  /** Words that the command has to have; empty for all layers. */
  readonly filter: string
  /** Whether steps of the build that made no layer stand between the layers. */
  readonly showsSteps: boolean
}

export const FIRST_LAYERS: LayersSlice = { order: 'order', filter: '', showsSteps: false }
/** The matrix of layers: the column that is picked, by its position in the image, and where it was opened. */
export type MatrixSlice = { readonly hider: number } | undefined
