import type { FilePath } from '../layer/file-path.ts'
import { type ContentFact, changedParts } from './content/content-facts.ts'
import { explainNoise } from './noise/explain-noise.ts'
import type { NoiseName } from './noise/noise-name.ts'

/** Two contents to take apart: for their parts that differ, or, with a path, for whether they differ by noise only. */
export type ContentQuestion = {
  readonly before: Uint8Array
  readonly after: Uint8Array
  readonly path: FilePath | undefined
}

export type ContentAnswer = { readonly facts: readonly ContentFact[]; readonly noise: NoiseName | undefined }

/** Bytes of both contents that are taken apart in one step: in the worst case this takes some ten milliseconds. */
export const ONE_STEP = 128 * 1024

/**
 * Takes contents of any size apart beside the work of the caller: parsers and libraries do it in one go, which may take a second.
 * An abort, and `close`, end what is under way.
 */
export interface ContentLooker {
  /** The parts that differ, as `changedParts`. @throws ImageError `LAYER_READ_FAILED`, and the signal's reason */
  parts(before: Uint8Array, after: Uint8Array): Promise<readonly ContentFact[]>
  /** As `explainNoise`. @throws ImageError `LAYER_READ_FAILED`, and the signal's reason */
  noise(path: FilePath, before: Uint8Array, after: Uint8Array): Promise<NoiseName | undefined>
  close(): Promise<void>
}

/** Answers at once. */
export function lookInto({ before, after, path }: ContentQuestion): ContentAnswer {
  const [mine, theirs] = [bufferOf(before), bufferOf(after)]
  if (path === undefined) return { facts: changedParts(mine, theirs), noise: undefined }
  return { facts: [], noise: explainNoise(path, mine, theirs) }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
