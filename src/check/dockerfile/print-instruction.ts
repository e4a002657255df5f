import { escapeText } from '../../escape.ts'
import { durationText } from './go-text.ts'
import type { HealthcheckText, Instruction } from './instruction.ts'
import { commandLines } from './run-lines.ts'

/** The instruction as lines of a Dockerfile that mean it. A setting that a Dockerfile cannot express is a comment. */
export function* printInstruction(instruction: Instruction): Generator<string> {
  switch (instruction.keyword) {
    case 'RUN':
      if (instruction.arguments !== '') yield* comment(`with build arguments: ${instruction.arguments}`)
      return yield* commandLines(['RUN', ...instruction.flags].join(' '), instruction.command)
    case 'COPY':
    case 'ADD':
      return yield* copyLines(instruction)
    case 'ENV':
    case 'LABEL':
      return yield* pairLines(instruction.keyword, instruction.pairs)
    case 'CMD':
    case 'ENTRYPOINT':
    case 'SHELL':
      return yield `${instruction.keyword} ${jsonList(instruction.words)}`
    case 'VOLUME':
      return yield `VOLUME ${jsonList(instruction.words.map(escaped))}`
    case 'EXPOSE':
      if (instruction.words.length > 0 && instruction.words.every(fitsALine))
        yield `EXPOSE ${instruction.words.map(escapeText).join(' ')}`
      return
    case 'HEALTHCHECK':
      return yield* healthcheckLines(instruction.check)
    case 'comment':
      return yield* comment(instruction.text)
    case 'ARG':
      return yield* argumentLines(instruction.pairs)
    case 'ONBUILD':
    case 'MAINTAINER':
      return yield* plainLine(instruction.keyword, instruction.text)
    default:
      return yield* plainLine(instruction.keyword, literal(instruction.text))
  }
}

/** Comment lines; a line break in a stranger's text begins another one. */
export function* comment(text: string): Generator<string> {
  for (const line of text.split(/\r\n|\r|\n/)) yield `# ${escapeText(line)}`.trimEnd()
}

function* plainLine(keyword: string, text: string): Generator<string> {
  if (text === '' || !fitsALine(text)) yield* comment(`${keyword} ${text}`)
  else yield `${keyword} ${escapeText(text)}`
}

/** Whether a text can end an instruction: no line break, and no backslash at its end, which would join the next line. */
function fitsALine(text: string): boolean {
  return !/[\n\r]/.test(text) && !text.endsWith('\\')
}

/** Variables are replaced and quotes taken off in USER, WORKDIR, STOPSIGNAL, VOLUME, COPY and ADD: a backslash keeps them as they are. */
function escaped(text: string): string {
  return text.replace(/[\\$"']/g, '\\$&')
}

/** One value that is all the rest of a line. */
function literal(text: string): string {
  return text.endsWith('\\') || text.trim() !== text ? quoted(text) : escaped(text)
}

function jsonList(words: readonly string[]): string {
  return `[${words.map(word => jsonWord(word)).join(', ')}]`
}

/** Control and bidirectional characters as `\u`, which JSON reads back as they were. */
function jsonWord(word: string): string {
  return JSON.stringify(word).replace(/[\u007f-\u{10ffff}]/gu, character =>
    escapeText(character) === character
      ? character
      : character
          .split('')
          .map(unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
          .join(''),
  )
}

function* pairLines(keyword: 'ENV' | 'LABEL', pairs: readonly (readonly [string, string])[]): Generator<string> {
  for (const [name, value] of pairs) {
    // Quotes cannot hold a line break, and an escape of one would be another value; a name ends at its first equals sign.
    if (!isShownAsItIs(name + value) || name.includes('=') || name === '') yield* comment(`${keyword} ${name}=${value}`)
    else yield `${keyword} ${/[\s"'\\$]/.test(name) ? quoted(name) : name}=${quoted(value)}`
  }
}

/** Whether a text can stand on a line without another spelling; a tab can. */
function isShownAsItIs(text: string): boolean {
  const shown = text.replaceAll('\t', '')
  return escapeText(shown) === shown
}

function* argumentLines(pairs: Extract<Instruction, { keyword: 'ARG' }>['pairs']): Generator<string> {
  const words = pairs.map(([name, value]) => (value === undefined ? name : `${name}=${value === '' ? '' : quoted(value)}`))
  if (words.length === 0 || !words.every(isShownAsItIs)) yield* comment(`ARG ${words.join(' ')}`.trimEnd())
  else yield `ARG ${words.join(' ')}`
}

function quoted(value: string): string {
  if (/^[\w./:@%+,=~^-]*$/.test(value) && value !== '') return value
  return `"${value.replace(/[\\"$]/g, '\\$&')}"`
}

function* copyLines({ keyword, flags, words }: Extract<Instruction, { keyword: 'COPY' | 'ADD' }>): Generator<string> {
  const start = [keyword, ...flags.map(escapeText)].join(' ')
  const heredocs = [...words.matchAll(/(?:^|\s)<<-?(["']?)(\w+)\1(?=\s|$)/g)].map(([, , name = '']) => name)
  // Any other word behind << would be a heredoc too, whose end is not known.
  const isOdd = heredocs.length !== words.split('<<').length - 1
  if (!fitsALine(words) || isOdd) return yield* comment(`${start} ${words}`)
  if (words.split(/\s+/).length < 2) yield '# the source is not recorded'
  if (heredocs.length > 0) yield '# the content of the heredoc is not recorded; the layer has it'
  const text = words
    .split(' ')
    .map(word => (word.startsWith('<<') ? word : escaped(escapeText(word))))
    .join(' ')
  yield `${start} ${words.split(/\s+/).length < 2 ? `. ${text || '.'}` : text}`
  yield* heredocs
}

function* healthcheckLines(check: HealthcheckText | undefined): Generator<string> {
  if (check === undefined) return yield '# HEALTHCHECK (its command is not recorded)'
  const [kind, ...words] = check.test
  if (kind === 'NONE') return yield 'HEALTHCHECK NONE'
  const flag = (name: string, value: number | undefined) =>
    value === undefined || !isCount(value) ? [] : [`--${name}=${durationText(value)}`]
  const flags = [
    ...flag('interval', check.interval),
    ...flag('timeout', check.timeout),
    ...flag('start-period', check.startPeriod),
    ...flag('start-interval', check.startInterval),
    ...(check.retries === undefined || !isCount(check.retries) ? [] : [`--retries=${check.retries}`]),
  ]
  const command = kind === 'CMD-SHELL' ? words.join(' ') : jsonList(words)
  const isTold = kind === 'CMD' ? words.length > 0 : kind === 'CMD-SHELL' && command.trim() !== '' && !isExecForm(command)
  if (!isTold || !fitsALine(command) || !isShownAsItIs(command))
    return yield* comment(`HEALTHCHECK ${[...flags, 'CMD', command].join(' ')}`)
  yield ['HEALTHCHECK', ...flags, 'CMD', command].join(' ')
}

/** A number that engines take for a time or a count; 0 is not set. */
function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0
}

/** Whether a builder would take a shell's command for a list of words. */
function isExecForm(command: string): boolean {
  try {
    const value: unknown = JSON.parse(command)
    return Array.isArray(value) && value.every(word => typeof word === 'string')
  } catch {
    return false
  }
}
