import type { Image } from '../../image/load.ts'
import { readBack } from './read-back.ts'

/** Where a Dockerfile makes the layers of an image: lines count from 0. */
export type LayerLines = {
  /** The line of the last FROM, which brings the layers that no line of the file makes; the first line where there is none. */
  readonly from: number
  /** The line of each layer that the last stage made, by position; empty where the history does not fit the file. */
  readonly lines: ReadonlyMap<number, number>
}

/** Instructions that make layers. */
const LAYERED = /^\s*(RUN|COPY|ADD|WORKDIR)\s/i

/** Finds the instruction of the last stage that made each layer: the stage's layers are the topmost of the image, so both are walked from their ends. */
export function layerLines(lines: readonly string[], image: Pick<Image, 'config' | 'steps'>): LayerLines {
  const starts = instructionLines(lines)
  const last = starts.findLastIndex(index => /^\s*FROM\s/i.test(lines[index] ?? ''))
  const from = starts[last] ?? 0
  const own = starts.slice(last + 1).flatMap(index => {
    const keyword = LAYERED.exec(lines[index] ?? '')?.[1]?.toUpperCase()
    return keyword === undefined ? [] : [{ index, keyword }]
  })
  const steps = readBack(image).steps.flatMap(({ layer, instruction }) =>
    layer === undefined ? [] : [{ layer, keyword: instruction.keyword }],
  )
  const found = new Map<number, number>()
  for (let line = own.pop(); line !== undefined; line = own.pop()) {
    const step = steps.at(-1)
    if (step?.keyword === line.keyword) {
      found.set(step.layer, line.index)
      steps.pop()
    } else if (line.keyword !== 'WORKDIR') return { from, lines: new Map() } // WORKDIR / makes no layer; anything else that does not fit means that nothing is known.
  }
  return { from, lines: found }
}

/** Where instructions begin: continuations, comments and heredocs are passed over, each line once. */
function instructionLines(lines: readonly string[]): readonly number[] {
  const ends = new HeredocEnds(lines)
  const starts: number[] = []
  for (let at = 0; at < lines.length; at++) {
    if (/^\s*(?:#|$)/.test(lines[at] ?? '')) continue
    starts.push(at)
    while (/\\\s*$/.test(lines[at] ?? '') && at < lines.length) {
      at++
      while (/^\s*#/.test(lines[at] ?? '')) at++
    }
    for (const [, dash, , name = ''] of (lines[at] ?? '').matchAll(/(?:^|\s)\d*<<(-?)(["']?)([A-Za-z_]\w*)\2/g))
      at = ends.after(at, name, dash === '-') ?? at
  }
  return starts
}

/** Where heredocs end. A file of a stranger may begin one in every line and end none: lines are not searched for each. */
class HeredocEnds {
  /** Lines that are one word, and with `-` those that are one behind tabs, by the word; taken off as they are passed. */
  readonly #words = new Map<string, number[]>()

  constructor(lines: readonly string[]) {
    for (let index = lines.length - 1; index >= 0; index--) {
      const [, tabs, word] = /^(\t*)([A-Za-z_]\w*)$/.exec(lines[index] ?? '') ?? []
      if (word === undefined) continue
      if (tabs === '') this.#add(word, index)
      this.#add(`-${word}`, index)
    }
  }

  /** The first line after `at` that ends it. */
  after(at: number, name: string, isIndented: boolean): number | undefined {
    const found = this.#words.get(isIndented ? `-${name}` : name)
    while (found !== undefined && (found.at(-1) ?? Number.POSITIVE_INFINITY) <= at) found.pop()
    return found?.at(-1)
  }

  #add(word: string, index: number): void {
    const known = this.#words.get(word)
    if (known === undefined) this.#words.set(word, [index])
    else known.push(index)
  }
}
