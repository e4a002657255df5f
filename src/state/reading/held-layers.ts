import { formatSize } from '../../format/size.ts'
import { type Effect, effectKey } from '../model/effect.ts'
import { type HeldLayers, IMAGE_IDS, type ImageId, type OpenImage, waitingLayers, withoutReading } from '../model/open-image.ts'
import { imageOf, type State, type Step, withOpenImage } from '../model/state.ts'
import { note } from '../model/step.ts'

/** The layers to read are asked for once an image is on the screen whose layers would be pulled: all, some, or none unasked. */
export function askReading(state: State, layer: number | undefined): Step<Effect> {
  const { image } = state
  if (image?.held === undefined) return [state, []]
  const upTo = layer === undefined ? undefined : heldUpTo(image, layer)
  const all = { label: `all of them, ${formatSize(image.held.bytes)}`, command: 'read-held' } as const
  const some =
    layer === undefined || upTo === undefined || upTo.layers.length === image.held.layers.length
      ? []
      : [{ label: `${layersText(layer)}, ${formatSize(upTo.bytes)}`, command: 'read-held', argument: String(layer) } as const]
  const none = { label: 'only what I open: H goes on', command: 'hold' } as const
  const title = 'Pull layers from the registry?'
  const items = [all, ...some, none]
  return [{ ...state, dialog: { type: 'choose', title, items, initial: items.length - 1 } }, []]
}

function layersText(layer: number): string {
  return layer === 0 ? 'layer 1' : `layers 1–${layer + 1}, which the files of layer ${layer + 1} need`
}

/** The held layers up to a position: a tree needs all layers below the one that is looked at. */
function heldUpTo(image: OpenImage, layer: number): HeldLayers | undefined {
  const layers = image.held?.layers.filter(each => each <= layer) ?? []
  return layers.length === 0 ? undefined : heldOf(image, layers)
}

function heldOf({ image }: OpenImage, layers: readonly number[]): HeldLayers | undefined {
  const bytes = layers.reduce((sum, layer) => sum + (image.layers[layer]?.blob.size ?? 0), 0)
  return layers.length === 0 ? undefined : { layers, bytes }
}

/** Reads the layers that were held back, up to a position or all of both images. */
export function readHeld(state: State, upTo: number | undefined): Step<Effect> {
  const read = (step: Step<Effect>, id: ImageId): Step<Effect> => {
    const image = imageOf(step[0], id)
    if (image?.held === undefined) return step
    const isWanted = (layer: number) => upTo === undefined || layer <= upTo
    const held = heldOf(
      image,
      image.held.layers.filter(layer => !isWanted(layer)),
    )
    const begun: OpenImage = { ...image, held }
    const layers = image.held.layers.filter(layer => isWanted(layer) && image.progress[layer]?.status === 'waiting')
    return [withOpenImage(step[0], id, () => begun), [...step[1], ...oneByOne(id, layers)]]
  }
  return upTo === undefined ? IMAGE_IDS.reduce<Step<Effect>>(read, [state, []]) : read([state, []], 'shown')
}

/** One effect a layer: another list of layers would stop those that are being read. */
function oneByOne(image: ImageId, layers: readonly number[]): readonly Effect[] {
  return layers.map(layer => ({ type: 'read-layer', image, layer }))
}

/** `H`: stops reading; unread layers are held back until it is pressed again. */
export function toggleReading(state: State): Step<Effect> {
  const isHeld = IMAGE_IDS.some(id => imageOf(state, id)?.held !== undefined)
  const isReading = IMAGE_IDS.some(id => isBusy(imageOf(state, id)))
  if (isReading) {
    const [stopped, effects] = IMAGE_IDS.reduce<Step<Effect>>(stop, [state, []])
    const [said, more] = note(stopped, 'Reading is held: H goes on.')
    return [said, [...effects, ...more]]
  }
  return isHeld ? readHeld(state, undefined) : note(state, 'There is no layer left to read.')
}

function isBusy(image: OpenImage | undefined): boolean {
  return image !== undefined && (waitingLayers(image).length > 0 || image.progress.some(({ status }) => status === 'reading'))
}

function stop(step: Step<Effect>, id: ImageId): Step<Effect> {
  const [state, effects] = pauseReading(step, id)
  return [withOpenImage(state, id, image => ({ ...image, held: heldOf(image, unread(image)) })), effects]
}

function unread({ progress }: OpenImage): readonly number[] {
  return progress.flatMap(({ status }, position) => (status === 'waiting' ? [position] : []))
}

/** Gives up what is being read of an image; its layers wait again. */
export function pauseReading([state, effects]: Step<Effect>, id: ImageId): Step<Effect> {
  const image = imageOf(state, id)
  if (image === undefined) return [state, effects]
  const reading: readonly Effect[] = image.progress.map((_, layer) => ({ type: 'read-layer', image: id, layer }))
  const all: readonly Effect[] = [{ type: 'read-layers', image: id, layers: [] }, ...reading]
  const aborts = all.map(effect => ({ type: 'abort', key: effectKey(effect) }) as const)
  return [withOpenImage(state, id, withoutReading), [...effects, ...aborts]]
}

/** The text of a pane that has nothing to show because layers are held back; undefined where none is. */
export function heldText(image: OpenImage | undefined): string | undefined {
  if (image?.held === undefined || isBusy(image)) return undefined
  const { layers, bytes } = image.held
  const count = `${layers.length} ${layers.length === 1 ? 'layer is' : 'layers are'}`
  return `${count} not read, ${formatSize(bytes)} to ${image.remote ? 'pull' : 'read'}: H reads, Enter on a layer reads up to it.`
}
