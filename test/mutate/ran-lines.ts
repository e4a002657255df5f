import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { decode } from '@jridgewell/sourcemap-codec'

/** A script of V8's coverage: ranges of a function are nested, outer ones first, and count how often they ran. Offsets are UTF-16 units. */
type Script = {
  readonly url: string
  readonly functions: readonly {
    readonly ranges: readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[]
  }[]
}

/** Lines of one source file that ran: a bit a line, for the text with this digest. */
export type RanFile = { readonly text: string; readonly lines: string }

/** The lines of `src` that the processes ran whose coverage lies in a directory, by file; of the tests' own modules and of the bundle. */
export class CoverageReader {
  readonly #root: string
  readonly #files = new Map<string, SourceFile>()
  readonly #maps = new Map<string, readonly Mapped[]>()

  constructor(root: string) {
    this.#root = root
  }

  read(directory: string): Record<string, RanFile> {
    const ran = new Map<string, Uint8Array>()
    for (const name of globSync('coverage-*.json', { cwd: directory })) {
      for (const script of scriptsOf(join(directory, name))) this.#add(script, ran)
    }
    return Object.fromEntries(
      [...ran].map(([file, lines]) => [file, { text: this.#file(file).digest, lines: Buffer.from(lines).toString('base64') }]),
    )
  }

  #add({ url, functions }: Script, ran: Map<string, Uint8Array>): void {
    if (!url.startsWith('file:')) return
    const path = relative(this.#root, fileURLToPath(url))
    // JSX is compiled by esbuild in a test: its offsets are not those of the file.
    const isSource = /^src\/.*\.ts$/.test(path)
    if (!isSource && !/^dist\/.*\.js$/.test(path)) return
    const counted = paint(functions)
    if (isSource) {
      const { starts } = this.#file(path)
      const lines = this.#lines(path, ran)
      for (const [line, start] of starts.entries()) {
        const end = starts[line + 1] ?? counted.length
        if (counted.subarray(start, end).includes(RAN)) mark(lines, line)
      }
    } else {
      for (const { offset, file, line } of this.#mapped(path)) if (counted[offset] === RAN) mark(this.#lines(file, ran), line)
    }
  }

  #lines(file: string, ran: Map<string, Uint8Array>): Uint8Array {
    const known = ran.get(file) ?? new Uint8Array(Math.ceil(this.#file(file).starts.length / 8))
    ran.set(file, known)
    return known
  }

  #file(path: string): SourceFile {
    const known = this.#files.get(path) ?? sourceFile(readFileSync(join(this.#root, path), 'utf8'))
    this.#files.set(path, known)
    return known
  }

  #mapped(path: string): readonly Mapped[] {
    const known = this.#maps.get(path) ?? mappedOf(this.#root, path)
    this.#maps.set(path, known)
    return known
  }
}

/** Whether a line, counted from 1, is among those that ran; undefined where the file has changed since. */
export function hasRun(ran: RanFile | undefined, text: string, line: number): boolean | undefined {
  if (ran === undefined) return false
  if (ran.text !== digestOf(text)) return undefined
  const byte = Buffer.from(ran.lines, 'base64')[(line - 1) >> 3] ?? 0
  return (byte & (1 << ((line - 1) & 7))) !== 0
}

type SourceFile = { readonly digest: string; readonly starts: readonly number[] }
type Mapped = { readonly offset: number; readonly file: string; readonly line: number }

const RAN = 1

function scriptsOf(path: string): readonly Script[] {
  try {
    const { result } = JSON.parse(readFileSync(path, 'utf8'))
    return result
  } catch {
    // A process that was killed leaves half a file.
    return []
  }
}

function sourceFile(text: string): SourceFile {
  return { digest: digestOf(text), starts: lineStarts(text) }
}

function lineStarts(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** One byte an offset: 1 where the innermost range ran. Functions come outermost first, so each paints over those around it. */
function paint(functions: Script['functions']): Uint8Array {
  const all = functions.flatMap(({ ranges }) => ranges)
  const counted = new Uint8Array(all.reduce((most, { endOffset }) => Math.max(most, endOffset), 0))
  for (const { startOffset, endOffset, count } of all) counted.fill(count > 0 ? RAN : 0, startOffset, endOffset)
  return counted
}

/** The places of a bundle's file that come from a line of `src`. */
function mappedOf(root: string, path: string): readonly Mapped[] {
  const map = JSON.parse(readFileSync(join(root, `${path}.map`), 'utf8'))
  const sources: readonly string[] = map.sources
  const files = sources.map(source => relative(root, join(root, 'dist', source)))
  const starts = lineStarts(readFileSync(join(root, path), 'utf8'))
  return decode(map.mappings).flatMap((segments, row) =>
    segments.flatMap(([column, source, line]) => {
      const file = files[source ?? -1] ?? ''
      return file.startsWith('src/') ? [{ offset: (starts[row] ?? 0) + column, file, line: line ?? 0 }] : []
    }),
  )
}

function mark(lines: Uint8Array, line: number): void {
  lines[line >> 3] = (lines[line >> 3] ?? 0) | (1 << (line & 7))
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}
