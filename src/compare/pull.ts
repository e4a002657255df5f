import type { Steps } from '../overlay/steps.ts'
import type { ComparedLayer, LayerPair } from './align-layers.ts'
import { isSameButTimes } from './same-but-times.ts'

/** The transfer of an update from A to B. */
export type Pull = {
  /** Blobs that B has and A has not. */
  readonly layers: number
  readonly bytes: number
  /** Of these bytes, what is pulled only because times differ: a reproducible build would have kept the layer. */
  readonly bustedBytes: number
}

/** Layers that were not read count as no different in times only. */
export function* pullOf(a: readonly ComparedLayer[], b: readonly ComparedLayer[], pairs: readonly LayerPair[]): Steps<Pull> {
  const there = new Set(a.map(({ digest }) => digest))
  const partners = new Map(pairs.map(({ before, after }) => [after, before]))
  let [layers, bytes, bustedBytes] = [0, 0, 0]
  for (const layer of b) {
    if (there.has(layer.digest)) continue
    there.add(layer.digest)
    layers++
    bytes += layer.size
    const partner = a[partners.get(layer.position) ?? -1]
    if (partner?.changeset === undefined || layer.changeset === undefined || isSameContent(partner, layer)) continue
    if (yield* isSameButTimes(partner.changeset, layer.changeset)) bustedBytes += layer.size
  }
  return { layers, bytes, bustedBytes }
}

function isSameContent(a: ComparedLayer, b: ComparedLayer): boolean {
  return a.diffID !== undefined && a.diffID === b.diffID
}
