import type { KnownContents } from '../../check/engine/find-in-layers.ts'
import type { Layers, Want } from '../../check/rule.ts'
import type { Image } from '../../image/load.ts'
import type { KnownLayer } from '../../layer/reading.ts'
import type { Steps } from '../../overlay/steps.ts'
import { layerAt } from '../layer-access.ts'
import type { Session } from '../session.ts'

/** How work in small steps is run: at once, or in slices between which something else is answered. */
export type RunSteps = <Result>(steps: Steps<Result>) => Result | Promise<Result>

/** Rounds in which contents name further contents: a script, its interpreter, and no more. */
const ROUNDS = 4

/**
 * Fetches what rules want to look into: each layer is passed once a round, and of each file only what was wanted is read.
 * @throws ImageError as `Session.readFilesInOnePass`
 */
export async function wantContents(
  { session, image }: { readonly session: Pick<Session, 'readFilesInOnePass'>; readonly image: Image },
  readings: readonly (KnownLayer | undefined)[],
  layers: Layers,
  contents: KnownContents,
  run: RunSteps,
  signal: AbortSignal,
): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const wanted = await run(contents.wantedSteps(layers))
    if (wanted.length === 0) return
    for (const [position, wants] of Map.groupBy(wanted, ({ layer }) => layer)) {
      const reading = readings[position]
      if (reading === undefined) continue
      const limits = new Map(wants.map(({ entry, bytes }) => [entry, bytes]))
      const { blob } = layerAt(image, position)
      for await (const { entry, bytes } of session.readFilesInOnePass(blob, reading, [...limits.keys()], signal)) {
        contents.set(position, entry, await beginningOf(bytes, limits.get(entry) ?? 0))
      }
    }
  }
}

async function beginningOf(bytes: AsyncIterable<Uint8Array>, limit: Want['bytes']): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of bytes) {
    // A copy: the piece is part of a buffer that is used again.
    pieces.push(Buffer.from(piece.subarray(0, limit - length)))
    length += piece.length
    if (length >= limit) break
  }
  return Buffer.concat(pieces)
}
