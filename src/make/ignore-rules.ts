import { ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'
import { compileLinear } from '../filter/linear-expression.ts'
import { type FilePath, pathText } from '../layer/file-path.ts'

/**
 * The paths that an ignore file or `exclude=` leaves out of a directory, by the rules of `.dockerignore` (docs.docker.com/build/concepts/context,
 * moby/patternmatcher): the last pattern that matches a path or a directory above it decides, `!` takes back in.
 */
export class IgnoreRules {
  readonly #patterns: readonly Pattern[]

  constructor(patterns: readonly string[]) {
    this.#patterns = patterns.flatMap(line => {
      const pattern = parsePattern(line)
      return pattern === undefined ? [] : [pattern]
    })
  }

  /** Whether the path, relative to the directory the rules are for, is left out. */
  ignores(path: FilePath): boolean {
    const names = namesOf(path)
    return this.#patterns.reduce((ignored, { takesIn, matches }) => {
      if (takesIn !== ignored) return ignored
      return names.some(matches) ? !takesIn : ignored
    }, false)
  }

  /** Whether something below a directory that is left out may be taken back in. */
  get mayTakeIn(): boolean {
    return this.#patterns.some(({ takesIn }) => takesIn)
  }
}

/** The patterns of an ignore file: a line that begins with `#` is a comment, white space around a pattern does not count. */
export function ignoreLines(text: string): readonly string[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter(line => !line.startsWith('#'))
}

type Pattern = { readonly takesIn: boolean; readonly matches: (path: string) => boolean }

/** @throws ImageError `IGNORE_PATTERN_INVALID` */
function parsePattern(line: string): Pattern | undefined {
  const text = line.trim()
  if (text === '') return undefined
  const takesIn = text.startsWith('!')
  const glob = cleaned(takesIn ? text.slice(1).trim() : text)
  if (glob === '') throw invalid(line, 'there is nothing after "!"')
  return { takesIn, matches: matcherOf(glob, line) }
}

/** As Go's path.Clean does it; a leading slash means the top of the directory, which every pattern begins at. */
function cleaned(pattern: string): string {
  const kept: string[] = []
  for (const part of pattern.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop()
    else if (part !== '..' || !pattern.startsWith('/')) kept.push(part)
  }
  return kept.length === 0 && pattern !== '' ? '.' : kept.join('/')
}

/** The path and every directory above it, the nearest last. */
function namesOf(path: FilePath): readonly string[] {
  const parts = (pathText(path) ?? path).split('/')
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

const SYNTAX = /[\\^$.*+?()[\]{}|/]/

function matcherOf(glob: string, line: string): Pattern['matches'] {
  const characters = [...glob]
  let source = ''
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? ''
    if (character === '*' && characters[at + 1] === '*') {
      // "**/" is any number of directories, none included; at the end it is everything below.
      at += characters[at + 2] === '/' ? 2 : 1
      source += at + 1 >= characters.length ? '.*' : '(?:.*/)?'
    } else if (character === '*') source += '[^/]*'
    else if (character === '?') source += '[^/]'
    else if (character === '[') {
      const end = classEnd(characters, at, line)
      source += classOf(characters.slice(at + 1, end))
      at = end
    } else if (character === '\\') {
      const next = characters[++at]
      if (next === undefined) throw invalid(line, 'it ends in a backslash')
      source += escaped(next)
    } else source += escaped(character)
  }
  const matches = compileLinear(`^${source}$`, { dotAll: true })
  if (typeof matches === 'function') return matches
  throw invalid(line, source.length > 1000 ? 'it is too long' : 'a set of characters in it is none')
}

function escaped(character: string): string {
  return SYNTAX.test(character) ? `\\${character}` : character
}

function classEnd(characters: readonly string[], start: number, line: string): number {
  const first = characters[start + 1] === '^' ? start + 2 : start + 1
  for (let at = first; at < characters.length; at++) {
    if (characters[at] === '\\') at++
    else if (characters[at] === ']' && at > first) return at
    else if (characters[at] === ']') break
  }
  throw invalid(line, 'a "[" is not closed')
}

/** Ranges and negation are regular expressions' own; everything else in a set stands for itself. */
function classOf(characters: readonly string[]): string {
  const negated = characters[0] === '^'
  let source = negated ? '[^/' : '['
  for (let at = negated ? 1 : 0; at < characters.length; at++) {
    const character = characters[at] ?? ''
    if (character === '\\') source += /[\w\s]/.test(characters[at + 1] ?? '') ? characters[++at] : `\\${characters[++at]}`
    else source += /[[\]^]/.test(character) ? `\\${character}` : character
  }
  return `${source}]`
}

function invalid(line: string, why: string): ImageError {
  const hint =
    'Patterns are those of .dockerignore: *, ?, [a-z], ** for any directories, ! to take back in, \\ before a character that stands for itself.'
  const action = `use the pattern "${escapeText(line.slice(0, 200))}"`
  return new ImageError('IGNORE_PATTERN_INVALID', { action, why }, { hint })
}
