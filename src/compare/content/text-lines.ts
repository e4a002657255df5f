import { STEP, type Steps } from '../../overlay/steps.ts'

/** A text as lines, each with the newline at its end; the last one may have none. */
export type TextLines = {
  readonly text: string
  readonly count: number
  /** Where each line begins; the length of the text stands behind the last one. */
  readonly starts: Uint32Array
  /** Equal numbers stand for equal lines, in this text and in those that were numbered with it. */
  readonly numbers: Uint32Array
}

/** A line without its newline. */
export function lineText({ text, starts }: TextLines, index: number): string {
  const end = starts[index + 1] ?? text.length
  return text.slice(starts[index], text.charCodeAt(end - 1) === NEWLINE ? end - 1 : end)
}

/** Whether a newline ends the line. */
export function endsInNewline({ text, starts }: TextLines, index: number): boolean {
  return text.charCodeAt((starts[index + 1] ?? text.length) - 1) === NEWLINE
}

const NEWLINE = 10

/**
 * The lines of two texts under common numbers, in small steps; undefined as soon as more than `most` lines of either have no equal in
 * the other: so many edits at least lie between the texts.
 */
export function* numberLines(before: string, after: string, most: number): Steps<readonly [TextLines, TextLines] | undefined> {
  const [left, right] = [yield* startsOf(before), yield* startsOf(after)]
  // Lines that one text has more of than the other need edits too, and need not be looked at for it.
  if (Math.abs(left.length - right.length) > most) return undefined
  const names = new LineNumbers()
  const mine = yield* names.all(before, left)
  const shared = names.count
  const theirs = yield* names.all(after, right)
  const alone = (yield* countWhere(theirs, number => number >= shared)) + (yield* countMissing(mine, theirs, names.count))
  if (alone > most) return undefined
  return [
    { text: before, count: mine.length, starts: left, numbers: mine },
    { text: after, count: theirs.length, starts: right, numbers: theirs },
  ]
}

function* startsOf(text: string): Steps<Uint32Array> {
  let count = 0
  for (let at = 0; at < text.length; count++) {
    if (count % STEP === 0) yield
    at = endOf(text, at)
  }
  const starts = new Uint32Array(count + 1)
  for (let [at, line] = [0, 0]; at < text.length; line++) {
    if (line % STEP === 0) yield
    starts[line] = at
    at = endOf(text, at)
  }
  starts[count] = text.length
  return starts
}

function endOf(text: string, start: number): number {
  const newline = text.indexOf('\n', start)
  return newline === -1 ? text.length : newline + 1
}

/** Of how many lines the other text has no equal; the numbers are below `count`. */
function* countMissing(numbers: Uint32Array, others: Uint32Array, count: number): Steps<number> {
  const met = new Uint8Array(count)
  for (let index = 0; index < others.length; index++) {
    if (index % STEP === 0) yield
    met[others[index] ?? 0] = 1
  }
  return yield* countWhere(numbers, number => met[number] === 0)
}

function* countWhere(numbers: Uint32Array, counts: (number: number) => boolean): Steps<number> {
  let count = 0
  for (let index = 0; index < numbers.length; index++) {
    if (index % STEP === 0) yield
    if (counts(numbers[index] ?? 0)) count++
  }
  return count
}

/** A map that grows moves all that it has in one go: of a million lines this is a tenth of a second, of a part of them nothing. */
const PARTS = 256

class LineNumbers {
  count = 0
  readonly #parts = Array.from({ length: PARTS }, () => new Map<string, number>())

  #numberOf(line: string): number {
    const { length } = line
    const sign =
      line.charCodeAt(0) * 31 + line.charCodeAt(length >> 1) * 17 + line.charCodeAt(Math.max(0, length - 2)) * 7 + length
    const part = this.#parts[sign % PARTS]
    const known = part?.get(line)
    if (known !== undefined) return known
    part?.set(line, this.count)
    return this.count++
  }

  *all(text: string, starts: Uint32Array): Steps<Uint32Array> {
    const numbers = new Uint32Array(starts.length - 1)
    for (let index = 0; index < numbers.length; index++) {
      if (index % STEP === 0) yield
      numbers[index] = this.#numberOf(text.slice(starts[index], starts[index + 1]))
    }
    return numbers
  }
}
