/** A colour that tells one thing from another beside it; a theme knows how it is drawn. */
export type Tint = 'blue' | 'green' | 'rose' | 'cyan' | 'violet' | 'sky' | 'yellow' | 'grey' | 'waste'

export const TINTS: readonly Tint[] = ['blue', 'green', 'rose', 'cyan', 'violet', 'sky', 'yellow', 'grey', 'waste']

/** Neither the colour of waste nor that of litter is among them. */
const LAYER_TINTS: readonly Tint[] = ['blue', 'green', 'rose', 'cyan', 'violet', 'sky']

/** The tint of a layer, the same wherever the layer is drawn; layers that follow each other have different ones. */
export function layerTint(position: number): Tint {
  return LAYER_TINTS[position % LAYER_TINTS.length] ?? 'grey'
}
