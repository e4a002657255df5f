import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import type { Image } from '../../image/load.ts'
import { layerLines } from './layer-lines.ts'
import { comment } from './print-instruction.ts'

/** A Dockerfile as the build recorded it in its provenance. */
export type RecordedFile = { readonly name: string; readonly text: string }

/**
 * The true Dockerfile, from provenance of `mode=max` (advice.md C2), with the size of each layer above the line that made it where every layer
 * of the last stage finds its line; its own lines are as they were recorded.
 */
export function* recordedLines({ name, text }: RecordedFile, image: Image): Generator<string> {
  yield* comment(`Recorded by the build (provenance, mode=max): ${name}`)
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/)
  const sizes = sizesByLine(lines, image)
  for (const [index, line] of lines.entries()) {
    const size = sizes.get(index)
    if (size !== undefined) yield size
    yield line.split('\t').map(escapeText).join('\t')
  }
}

function sizesByLine(lines: readonly string[], image: Image): ReadonlyMap<number, string> {
  const sizes = new Map<number, string>()
  for (const [layer, index] of layerLines(lines, image).lines) {
    const blob = image.layers[layer]?.blob
    if (blob !== undefined) sizes.set(index, `# layer ${layer + 1}, ${formatSize(blob.size)}`)
  }
  return sizes
}
