import { commandText } from '../../format/history-text.ts'
import type { HistoryStep } from '../../image/history.ts'
import type { Image, Layer } from '../../image/load.ts'
import type { LayersSlice } from './layers.ts'
import type { OpenImage } from './open-image.ts'
import { type State, withCursor, withSlice } from './state.ts'

/** The rows of the layers pane, top to bottom: layers, and steps that made none where they are shown. */
export function layerSteps(state: State): readonly HistoryStep[] {
  const { image } = state
  if (image === undefined) return []
  const slice = state.slices.layers
  const known = kept.get(image.image)
  const parts = [slice.order, slice.filter, slice.showsSteps, slice.order === 'hidden' ? image.analysis : undefined]
  if (known !== undefined && parts.every((part, index) => part === known.parts[index])) return known.steps
  const steps = listed(image, slice)
  kept.set(image.image, { parts, steps })
  return steps
}

/** The rows made last of each image. */
const kept = new WeakMap<Image, { readonly parts: readonly unknown[]; readonly steps: readonly HistoryStep[] }>()

function listed({ image, analysis }: OpenImage, { order, filter, showsSteps }: LayersSlice): readonly HistoryStep[] {
  const words = filter.toLowerCase().split(/\s+/)
  const found = image.steps.filter(step => {
    if (step.layer === undefined && step.aligned && (!showsSteps || order !== 'order')) return false
    const command = commandText(step.history).toLowerCase()
    return words.every(word => command.includes(word))
  })
  if (order === 'order') return found
  const weight = ({ layer = -1 }: HistoryStep) =>
    (order === 'size' ? image.layers[layer]?.blob.size : analysis?.hidden[layer]) ?? 0
  return found.toSorted((one, other) => weight(other) - weight(one))
}

/** The layer the cursor of the layers pane is on; on a step without one, the layer before it. */
export function selectedLayer(state: State): Layer | undefined {
  const image = state.image?.image
  if (image === undefined) return undefined
  const steps = layerSteps(state)
  for (let index = Math.min(state.cursors.layers.index, steps.length - 1); index >= 0; index--) {
    const position = steps[index]?.layer
    if (position !== undefined) return image.layers[position]
  }
  return image.layers[0]
}

/** `state` with the cursor of the layers on one of them; a filter that hides it is taken away. */
export function withLayer(state: State, position: number): State {
  const index = layerSteps(state).findIndex(step => step.layer === position)
  if (index !== -1) return withCursor(state, 'layers', { ...state.cursors.layers, index })
  const { layers } = state.slices
  if (layers.filter !== '') return withLayer(withSlice(state, 'layers', { ...layers, filter: '' }), position)
  return withCursor(state, 'layers', { ...state.cursors.layers, index: 0 })
}
