import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import type { Image } from '../../image/load.ts'

/**
 * The history as the Dockerfile it may have come from: what classic docker, buildkit and buildah write into `created_by`,
 * turned back into instructions. What cannot be known (sources of COPY, build stages) stays as it was recorded.
 */
export function* dockerfile({ steps, layers }: Pick<Image, 'steps' | 'layers'>): Generator<string> {
  yield '# Reconstructed from the history of the image; sources of COPY and ADD are not recorded.'
  yield 'FROM scratch'
  for (const { layer, history } of steps) {
    const blob = layers[layer ?? -1]?.blob
    if (blob !== undefined) yield `# layer ${(layer ?? 0) + 1}, ${formatSize(blob.size)}`
    const recorded = history?.createdBy?.trim() ?? ''
    if (recorded === '') yield '# (nothing recorded)'
    else yield* instruction(recorded)
  }
}

const WORDS =
  'ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR'
const INSTRUCTION = new RegExp(`^(?:${WORDS})(?:\\s|$)`)

function* instruction(recorded: string): Generator<string> {
  const text = recorded.replace(/\s*# buildkit$/, '')
  // Classic docker: `/bin/sh -c #(nop) ` marks what is not a RUN.
  const nop = /^(?:\/bin\/sh -c )?#\(nop\)\s*(.*)$/s.exec(text)?.[1]
  if (nop !== undefined) return yield* lines(tidy(nop))
  // Build arguments stand before the shell: `|2 A=1 B=2 /bin/sh -c make`.
  const [, count, rest] = /^(?:RUN )?\|(\d+) (.*)$/s.exec(text) ?? []
  const [args, command] = count === undefined || rest === undefined ? ['', text.replace(/^RUN /, '')] : splitArguments(rest)
  if (args !== '') yield `# with build arguments: ${escapeText(args)}`
  const shell = /^\/bin\/(?:ba)?sh -c (.*)$/s.exec(command)?.[1]
  if (shell !== undefined) return yield* lines(`RUN ${shell}`)
  if (text.startsWith('RUN ')) return yield* lines(`RUN ${command}`)
  if (INSTRUCTION.test(text)) return yield* lines(tidy(text))
  yield* comment(text)
}

function splitArguments(rest: string): readonly [args: string, command: string] {
  const shell = rest.search(/(?:^|\s)\/bin\/(?:ba)?sh -c /)
  return shell === -1 ? ['', rest] : [rest.slice(0, shell).trim(), rest.slice(shell).trim()]
}

/** Go's way of printing maps, and classic docker's `in` of ADD and COPY. */
function tidy(text: string): string {
  const expose = /^EXPOSE map\[(.*)\]$/s.exec(text)?.[1]
  if (expose !== undefined) return `EXPOSE ${expose.replace(/:\{\}/g, '')}`
  return text.replace(/^(ADD|COPY) (\S+) in (.*)$/s, '$1 $2 $3')
}

/** A line break in a command would begin another instruction: it is continued, or the text is a stranger's trick. */
function* lines(text: string): Generator<string> {
  const pieces = text.trim().split(/\s*\n/)
  for (const [index, piece] of pieces.entries()) {
    const shown = escapeText(piece.replace(/\t/g, '    ').replace(/\s*\\$/, ''))
    yield `${index === 0 ? '' : '    '}${shown.trimEnd()}${index < pieces.length - 1 ? ' \\' : ''}`
  }
}

function* comment(text: string): Generator<string> {
  for (const line of text.split('\n')) yield `# ${escapeText(line)}`
}
