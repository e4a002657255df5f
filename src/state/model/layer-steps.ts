import type { Image, Layer } from '../../image/load.ts'
import type { State } from './state.ts'

/** The row of a layer. */
export function stepOfLayer(image: Image, position: number): number {
  return Math.max(
    0,
    image.steps.findIndex(step => step.layer === position),
  )
}

/** The layer the cursor of the layers pane is on; on a step without one, the layer before it. */
export function selectedLayer(state: State): Layer | undefined {
  const image = state.image?.image
  if (image === undefined) return undefined
  for (let index = Math.min(state.cursors.layers.index, image.steps.length - 1); index >= 0; index--) {
    const position = image.steps[index]?.layer
    if (position !== undefined) return image.layers[position]
  }
  return image.layers[0]
}
