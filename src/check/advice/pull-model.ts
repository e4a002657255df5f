import type { PullSpeeds, PullTimes } from '../pull-times.ts'

/** One layer of a pull: bytes that are fetched, and bytes that are unpacked. */
export type PulledLayer = { readonly compressed: number; readonly unpacked: number }

/** Downloads at a time: docker's and containerd's default (podman's is 6). */
const DOWNLOADS = 3

/** Seconds that a pull takes by the model, and what it waits for. */
export type PullTime = {
  readonly seconds: number
  /** The last layer whose download unpacking waits for, as an index of those given: a smaller one would shorten the pull. Undefined without layers. */
  readonly waitsFor: number | undefined
}

/**
 * How long a pull takes, as a model (advice.md §2): downloads begin in the order of the layers, three at a time, and share the bandwidth
 * evenly; a layer is unpacked when it is there and the one below it is unpacked. Latency, disks and registries are not in it.
 */
export function pullTime(layers: readonly PulledLayer[], { bandwidth, unpackRate }: PullSpeeds): PullTime {
  const arrivals = arrivalTimes(layers, bandwidth)
  let [unpacked, waitsFor] = [0, layers.length === 0 ? undefined : 0]
  for (const [index, { unpacked: bytes }] of layers.entries()) {
    const arrival = arrivals[index] ?? 0
    if (arrival > unpacked) waitsFor = index
    unpacked = Math.max(unpacked, arrival) + bytes / unpackRate
  }
  return { seconds: unpacked, waitsFor }
}

/** When each layer is there. */
function arrivalTimes(layers: readonly PulledLayer[], bandwidth: number): readonly number[] {
  const arrivals: number[] = layers.map(() => 0)
  const running = new Map<number, number>()
  let [time, next] = [0, 0]
  const start = () => {
    for (; running.size < DOWNLOADS && next < layers.length; next++) running.set(next, layers[next]?.compressed ?? 0)
  }
  for (start(); running.size > 0; start()) {
    const share = bandwidth / running.size
    const step = Math.min(...running.values())
    time += step / share
    for (const [index, left] of running) {
      if (left > step) running.set(index, left - step)
      else {
        running.delete(index)
        arrivals[index] = time
      }
    }
  }
  return arrivals
}

/** The pull times of all layers, of those above the base, and of those that are not there already, where it is known which are. */
export function pullTimes(
  layers: readonly (PulledLayer & { readonly isThere: boolean | undefined })[],
  baseLayers: number,
  speeds: PullSpeeds,
): PullTimes {
  const cold = pullTime(layers, speeds)
  const isUpdate = layers.some(({ isThere }) => isThere !== undefined)
  return {
    ...speeds,
    downloads: DOWNLOADS,
    cold: cold.seconds,
    withBase: baseLayers === 0 ? null : pullTime(layers.slice(baseLayers), speeds).seconds,
    update: isUpdate
      ? pullTime(
          layers.filter(({ isThere }) => isThere !== true),
          speeds,
        ).seconds
      : null,
    waitsFor: cold.waitsFor ?? null,
  }
}
