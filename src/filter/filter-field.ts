import type { EntryType } from '../layer/entry.ts'
import { modeTest } from './filter-mode.ts'
import { numberTest, sizeTest } from './filter-number.ts'
import type { Change, FilterSubject, Need, TermTest } from './filter-term.ts'
import { nameTest } from './filter-text.ts'
import { timeTest } from './filter-time.ts'

type Result = TermTest | { readonly message: string }

/**
 * The test of a term that names a field (`type:link`, `>10M`, `suid`); undefined when the term is not one. A word before a colon
 * that is no field is an error, so that a typing mistake does not silently find nothing; names such as `libc6:amd64` pass.
 */
export function fieldTerm(text: string, now: number): Result | undefined {
  if (/^[<>]/.test(text)) return size(text)
  if (text === 'suid') return node(({ mode }) => (mode & 0o4000) !== 0)
  if (text === 'sgid') return node(({ mode }) => (mode & 0o2000) !== 0)
  const [, name, value = ''] = /^([a-z]+):(.*)$/s.exec(text) ?? compared(text) ?? []
  if (name === undefined) return undefined
  const field = FIELDS.get(name)
  if (field === undefined) {
    return { message: `There is no field "${name}"; fields are ${[...FIELDS.keys()].join(', ')} (quotes search for it as text)` }
  }
  if (value === '') return { message: `${name}: needs a value: ${field.example}` }
  return field.parse(value, now)
}

/** `size>10M` for `size:>10M`, `uid=0` for `uid:0`: a colon that was left out must not make a plain word of it. */
function compared(text: string): readonly string[] | undefined {
  const [whole = '', name = '', operator = '', value = ''] = /^([a-z]+)([<>=])(.*)$/s.exec(text) ?? []
  return FIELDS.has(name) ? [whole, name, operator === '=' ? value : operator + value] : undefined
}

type Field = { readonly example: string; readonly parse: (value: string, now: number) => Result }

const FIELDS: ReadonlyMap<string, Field> = new Map<string, Field>([
  ['type', { example: 'file, directory, link, hardlink, device, fifo', parse: type }],
  ['layer', { example: '3, 2..4, >5', parse: layer }],
  ['hider', { example: '6: in the waste, what layer 6 hides', parse: hider }],
  ['change', { example: 'added, modified, removed, unchanged', parse: change }],
  ['size', { example: '>10M, 1k..1M', parse: size }],
  ['uid', { example: '0, >999', parse: value => numeric(value, candidate => candidate.uid) }],
  ['gid', { example: '0, >999', parse: value => numeric(value, candidate => candidate.gid) }],
  ['links', { example: '>1', parse: value => numeric(value, candidate => candidate.links) }],
  ['mode', { example: '755, -4000, /022, o+w', parse: mode }],
  ['mtime', { example: '2024-05, >2024-05-01, <7d, before:2020', parse: mtime }],
  ['name', { example: '*.conf', parse: nameTest }],
])

/**
 * How the last word of a filter may go on: names of fields, and words of those that take words. Nothing for a word that could be
 * part of any name.
 */
export function completeFilter(text: string): readonly string[] {
  const [, before = '', word = ''] = /^(.*?[\s|!(]|)([a-z]+:?[a-z,-]*)$/s.exec(text) ?? []
  const [name = '', value] = word.split(':')
  if (value === undefined) {
    const fields = [...FIELDS.keys()].filter(each => name.length > 1 && each.startsWith(name))
    return fields.map(each => `${before}${each}:`)
  }
  const words: readonly string[] = name === 'type' ? [...TYPES.keys()] : name === 'change' ? [...CHANGES.keys()] : []
  const [, chosen = '', last = ''] = /^(.*,|)([^,]*)$/.exec(value) ?? []
  return words
    .filter(each => each.startsWith(last) && each !== last && /^[a-z]/.test(each))
    .map(each => `${before}${name}:${chosen}${each}`)
}

/** The words of `type:` and the types each stands for; the first that fits gives the hint. */
const TYPES: ReadonlyMap<string, readonly EntryType[]> = new Map<string, readonly EntryType[]>([
  ['file', ['file']],
  ['directory', ['directory']],
  ['dir', ['directory']],
  ['link', ['symlink']],
  ['symlink', ['symlink']],
  ['hardlink', ['hardlink']],
  ['device', ['character-device', 'block-device']],
  ['character-device', ['character-device']],
  ['block-device', ['block-device']],
  ['fifo', ['fifo']],
  ['whiteout', ['whiteout']],
  ['opaque', ['opaque']],
])

const CHANGES: ReadonlyMap<string, Change> = new Map<string, Change>([
  ['added', 'added'],
  ['modified', 'modified'],
  ['removed', 'removed'],
  ['unchanged', 'unchanged'],
  ['+', 'added'],
  ['~', 'modified'],
  ['-', 'removed'],
])

function type(value: string): Result {
  const words = choose('type', value, TYPES)
  if ('message' in words) return words
  const wanted = new Set(words.chosen.flat())
  const hardlinked = wanted.has('hardlink')
  // In a tree hard links have become one file with several names.
  const test = (candidate: FilterSubject) =>
    wanted.has(candidate.type) || (hardlinked && candidate.type === 'file' && candidate.links > 1)
  return hardlinked ? node(test) : columns(test)
}

function change(value: string): Result {
  const words = choose('change', value, CHANGES)
  if ('message' in words) return words
  const wanted = new Set(words.chosen)
  return { ...columns(candidate => wanted.has(candidate.change)), asksChange: true }
}

function layer(value: string): Result {
  return position(value, candidate => candidate.layer)
}

function hider(value: string): Result {
  return position(value, candidate => candidate.hiddenBy)
}

function position(value: string, of: (candidate: FilterSubject) => number | undefined): Result {
  const test = numberTest(value)
  if (typeof test === 'string') return { message: test }
  if (/(?:^|[^\d])0+(?:$|[^\d])/.test(value)) return { message: 'Layers are counted from 1' }
  return columns(candidate => {
    const found = of(candidate)
    return found !== undefined && test(found + 1)
  })
}

/** Only what has content has a size: directories and links do not count as small files. */
function size(value: string): Result {
  const test = sizeTest(value)
  if (typeof test === 'string') return { message: test }
  return columns(candidate => candidate.type === 'file' && test(candidate.size))
}

function numeric(value: string, of: (candidate: FilterSubject) => number): Result {
  const test = numberTest(value)
  return typeof test === 'string' ? { message: test } : node(candidate => test(of(candidate)))
}

function mode(value: string): Result {
  const test = modeTest(value)
  return typeof test === 'string' ? { message: test } : node(candidate => test(candidate.mode))
}

function mtime(value: string, now: number): Result {
  const test = timeTest(value, now)
  return typeof test === 'string' ? { message: test } : node(({ mtime: time }) => time !== undefined && test(time))
}

/** Words of a comma-separated list, in full or as far as they are told apart. */
function choose<Value>(
  field: string,
  value: string,
  words: ReadonlyMap<string, Value>,
): { chosen: Value[] } | { message: string } {
  const chosen: Value[] = []
  for (const word of value.toLowerCase().split(',')) {
    const exact = words.get(word)
    const near = [...words.keys()].filter(each => word !== '' && each.startsWith(word))
    const [only] = near
    if (exact !== undefined) chosen.push(exact)
    else if (near.length === 1 && only !== undefined) chosen.push(...present(words.get(only)))
    else if (near.length > 1) return { message: `${field}:${word} could be ${near.join(' or ')}` }
    else return { message: `There is no ${field} "${word}"; there are ${[...words.keys()].join(', ')}` }
  }
  return { chosen }
}

function present<Value>(value: Value | undefined): Value[] {
  return value === undefined ? [] : [value]
}

function columns(test: (candidate: FilterSubject) => boolean): TermTest {
  return { need: 'columns' satisfies Need, test }
}

function node(test: (candidate: FilterSubject) => boolean): TermTest {
  return { need: 'node' satisfies Need, test }
}
