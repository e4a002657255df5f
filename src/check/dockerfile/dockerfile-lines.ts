import { escapeText } from '../../escape.ts'
import { countOf } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import type { Image } from '../../image/load.ts'
import type { Base } from '../report.ts'
import { comment, printInstruction } from './print-instruction.ts'
import { readBack } from './read-back.ts'

/** The Dockerfile read back from history and config, each layer's size above the step that made it. */
export function* dockerfileLines(image: Pick<Image, 'config' | 'steps' | 'layers'>, base?: Base): Generator<string> {
  const { from, steps } = readBack(image, base)
  yield '# Reconstructed from the history of the image; sources of COPY and ADD, stages and mounts are not recorded.'
  if (from !== 'scratch' && base !== undefined)
    yield `# The base has ${countOf(base.layers, 'layer')} (known by ${base.decidedBy}).`
  else if (base?.name !== undefined && base.name !== null)
    yield* comment(`The build began with ${base.name}, whose layers are among these.`)
  yield `FROM ${escapeText(from)}`
  let shell: readonly string[] | undefined
  for (const { layer, instruction, isLost } of steps) {
    const blob = image.layers[layer ?? -1]?.blob
    if (blob !== undefined) yield `# layer ${(layer ?? 0) + 1}, ${formatSize(blob.size)}`
    if (isLost === true) {
      yield* comment(`Not in the config any more: ${[...printInstruction(instruction)].join(' ')}`)
      continue
    }
    if (instruction.keyword === 'SHELL') shell = instruction.words
    if (instruction.keyword === 'RUN' && instruction.shell !== undefined && !isShell(instruction.shell, shell)) {
      // Not a SHELL instruction: that would be in the config. The command names its shell itself.
      yield* printInstruction({ ...instruction, command: `${instruction.shell.join(' ')} ${inQuotes(instruction.command)}` })
    } else yield* printInstruction(instruction)
  }
}

function isShell(recorded: readonly string[], current: readonly string[] | undefined): boolean {
  const words = (current ?? ['/bin/sh', '-c']).join(' ')
  return recorded.join(' ') === words || (current === undefined && /^\/bin\/(?:ba)?sh -c$/.test(recorded.join(' ')))
}

/** One word of a shell, whatever it holds. */
function inQuotes(command: string): string {
  return `'${command.replaceAll("'", "'\\''")}'`
}
