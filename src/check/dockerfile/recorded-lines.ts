import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import type { Image } from '../../image/load.ts'
import { comment } from './print-instruction.ts'
import { readBack } from './read-back.ts'

/** A Dockerfile as the build recorded it in its provenance. */
export type RecordedFile = { readonly name: string; readonly text: string }

/** Instructions that make layers. */
const LAYERED = /^\s*(RUN|COPY|ADD|WORKDIR)\s/i

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
  const starts = instructionLines(lines)
  const last = starts.findLastIndex(index => /^\s*FROM\s/i.test(lines[index] ?? ''))
  const own = starts.slice(last + 1).flatMap(index => {
    const keyword = LAYERED.exec(lines[index] ?? '')?.[1]?.toUpperCase()
    return keyword === undefined ? [] : [{ index, keyword }]
  })
  // The stage's layers are the topmost of the image: both are walked from their ends.
  const steps = readBack(image).steps.flatMap(({ layer, instruction }) =>
    layer === undefined ? [] : [{ layer, keyword: instruction.keyword }],
  )
  const sizes = new Map<number, string>()
  for (let line = own.pop(); line !== undefined; line = own.pop()) {
    const step = steps.at(-1)
    if (step?.keyword === line.keyword) {
      const blob = image.layers[step.layer]?.blob
      if (blob !== undefined) sizes.set(line.index, `# layer ${step.layer + 1}, ${formatSize(blob.size)}`)
      steps.pop()
    } else if (line.keyword !== 'WORKDIR') return new Map() // WORKDIR / makes no layer; anything else that does not fit means that nothing is known.
  }
  return sizes
}

/** Where instructions begin: continuations, comments and heredocs are passed over. */
function instructionLines(lines: readonly string[]): readonly number[] {
  const starts: number[] = []
  for (let at = 0; at < lines.length; at++) {
    if (/^\s*(?:#|$)/.test(lines[at] ?? '')) continue
    starts.push(at)
    while (/\\\s*$/.test(lines[at] ?? '') && at < lines.length) {
      at++
      while (/^\s*#/.test(lines[at] ?? '')) at++
    }
    for (const [, dash, , name] of (lines[at] ?? '').matchAll(/(?:^|\s)\d*<<(-?)(["']?)([A-Za-z_]\w*)\2/g)) {
      const end = lines.findIndex((line, index) => index > at && (dash === '-' ? line.replace(/^\t+/, '') : line) === name)
      if (end !== -1) at = end
    }
  }
  return starts
}
