import { type DirectoryGrowth, growthParts } from '../../compare/directory-growth.ts'
import type { GrownPath } from '../../compare/grown-siblings.ts'
import type { Growth } from '../../compare/growth.ts'
import { differenceAt, type FileDifference } from '../../compare/selection.ts'
import { escapeText } from '../../escape.ts'
import { formatCount } from '../../format/count.ts'
import { formatDelta } from '../../format/delta.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath, type FilePath } from '../../layer/file-path.ts'
import type { DiffView } from '../run/diff-options.ts'
import type { Paint, Style } from '../run/paint.ts'
import type { DiffPrinted } from './diff-json.ts'
import { statLines } from './diff-stat.ts'
import { clipped } from './file-line.ts'

/** Tables that each sum to the difference of the contents. */
export type PrintedGrowth = {
  readonly directories: DirectoryGrowth
  readonly layers: ReadonlyMap<string, Growth>
  readonly extensions: ReadonlyMap<string, Growth>
}

export type DiffText = DiffPrinted & {
  /** The command of each layer, by position. */
  readonly commands: { readonly a: readonly string[]; readonly b: readonly string[] }
  readonly growth: PrintedGrowth | undefined
  readonly paint: Paint
  readonly columns: number
}

/** Directories that say why an image grew. */
const REASONS = 10
/** Endings of names that are told apart. */
const KINDS = 6

/** `peel diff` for people. */
export function* diffText(text: DiffText, view: DiffView | undefined): Generator<string> {
  const parts: Readonly<Record<DiffView, () => Iterable<string>>> = {
    stat: () => statLines(text.comparison, text.paint),
    tree: () => treeLines(text),
    files: () => fileLines(text),
    packages: () => packageLines(text),
    layers: () => layerLines(text),
    config: () => configLines(text),
  }
  if (view !== undefined) return yield* parts[view]()
  yield* parts.stat()
  for (const part of [parts.layers, () => reasonLines(text), () => kindLines(text), parts.packages, parts.config, parts.files]) {
    let isFirst = true
    for (const line of part()) {
      if (isFirst) yield ''
      isFirst = false
      yield line
    }
  }
}

function* layerLines({ comparison, commands, growth, paint, columns }: DiffText): Generator<string> {
  const { pairs } = comparison.layers
  if (comparison.summary.identical || pairs.length === 0) return
  yield paint('dim', 'layers    A    B   content  compressed  how      command')
  const content = (before: number | null, after: number | null) => {
    if (growth === undefined) return '·'
    return formatDelta((growth.layers.get(`a:${before}`)?.delta ?? 0) + (growth.layers.get(`b:${after}`)?.delta ?? 0))
  }
  for (const { before, after, how, delta } of pairs) {
    const sign = before === null ? '+' : after === null ? '-' : how === 'digest' ? '=' : how === 'diffId' ? '≈' : '~'
    const number = (position: number | null) => (position === null ? '·' : String(position + 1)).padStart(4)
    const command = (after === null ? undefined : commands.b[after]) ?? commands.a[before ?? -1] ?? ''
    const left = `     ${sign} ${number(before)} ${number(after)}  ${content(before, after).padStart(9)}  ${formatDelta(delta).padStart(10)}  ${(how ?? '').padEnd(7)}`
    const style: Style | undefined = sign === '+' ? 'green' : sign === '-' ? 'red' : sign === '~' ? 'yellow' : undefined
    const line = `${left}  ${clipped(command, Math.max(20, columns - left.length - 2))}`
    yield style === undefined ? line : paint(style, line)
  }
}

/** Why it grew: directories that sum to the difference of the contents. */
function* reasonLines({ growth, paint }: DiffText): Generator<string> {
  if (growth === undefined || growth.directories.root.rows === 0) return
  const parts = growthParts(growth.directories, REASONS).filter(({ delta }) => delta !== 0)
  if (parts.length === 0) return
  yield paint('dim', 'content by directory')
  for (const { path, isDirectory, isRest, delta, rows } of parts) {
    yield `${formatDelta(delta).padStart(9)}  /${displayPath(path)}${isDirectory && path !== '' ? '/' : ''}${isRest ? ' (the rest)' : ''}  ${paint('dim', changes(rows))}`
  }
}

function* kindLines({ growth, paint }: DiffText): Generator<string> {
  const kinds = [...(growth?.extensions ?? [])].filter(([, { delta }]) => delta !== 0)
  if (kinds.length < 2) return
  kinds.sort(([name, one], [other, two]) => Math.abs(two.delta) - Math.abs(one.delta) || (name < other ? -1 : 1))
  yield paint('dim', 'content by ending')
  for (const [name, { delta, rows }] of kinds.slice(0, KINDS)) {
    yield `${formatDelta(delta).padStart(9)}  ${name === '' ? 'no ending' : displayPath(name as FilePath)}  ${paint('dim', changes(rows))}`
  }
  const rest = kinds.slice(KINDS)
  const [delta, rows] = [rest.reduce((sum, [, each]) => sum + each.delta, 0), rest.reduce((sum, [, each]) => sum + each.rows, 0)]
  if (rest.length > 0) yield `${formatDelta(delta).padStart(9)}  ${rest.length} other endings  ${paint('dim', changes(rows))}`
}

function changes(rows: number): string {
  return `${formatCount(rows)} ${rows === 1 ? 'change' : 'changes'}`
}

function* treeLines({ growth }: DiffText): Generator<string> {
  if (growth === undefined || growth.directories.root.rows === 0) return
  const pending: { readonly at: GrownPath; readonly depth: number }[] = [{ at: growth.directories.root, depth: 0 }]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { at, depth } = next
    const children = growth.directories.children(at)
    const name =
      at.path === ''
        ? '/'
        : `${displayPath(at.path.slice(at.path.lastIndexOf('/') + 1) as GrownPath['path'])}${at.isDirectory ? '/' : ''}`
    yield `${formatDelta(at.delta).padStart(9)}  ${formatCount(at.rows).padStart(7)}  ${'  '.repeat(Math.min(depth, DEEPEST))}${name}`
    for (const child of [...children].reverse()) pending.push({ at: child, depth: depth + 1 })
  }
}

/** Hostile trees are thousands deep; deeper ones are indented no further. */
const DEEPEST = 40

function* packageLines({ packages, paint }: DiffText): Generator<string> {
  if (packages === undefined || packages.packages.length === 0) return
  yield paint('dim', 'content by package')
  for (const { name, type, before, after, delta } of packages.packages) {
    const versions =
      before === null
        ? `${after} is new`
        : after === null
          ? `${before} is gone`
          : before === after
            ? before
            : `${before} → ${after}`
    yield `${formatDelta(delta).padStart(9)}  ${type.padEnd(6)}  ${escapeText(name)}  ${escapeText(versions)}`
  }
  for (const [{ delta, rows }, what] of [
    [packages.others, 'files of packages in the same version'],
    [packages.unowned, 'files of no package'],
  ] as const)
    if (rows > 0) yield `${formatDelta(delta).padStart(9)}  ${what}  ${paint('dim', changes(rows))}`
}

function* configLines({ comparison }: DiffText): Generator<string> {
  for (const { path, before, after } of comparison.settings) {
    if (isTexts(before) && isTexts(after)) yield* listLines(path, before, after)
    else yield `config  ${escapeText(path)}: ${value(before)} → ${value(after)}`
  }
}

/** The removed and added elements of a list; where only its order differs, the whole. */
function* listLines(path: string, before: readonly string[], after: readonly string[]): Generator<string> {
  const [mine, theirs] = [new Set(before), new Set(after)]
  const [gone, fresh] = [before.filter(each => !theirs.has(each)), after.filter(each => !mine.has(each))]
  if (gone.length + fresh.length === 0) yield `config  ${escapeText(path)}: ${value(before)} → ${value(after)}`
  for (const each of gone) yield `config  ${escapeText(path)}: - ${clipped(each, LONGEST_VALUE)}`
  for (const each of fresh) yield `config  ${escapeText(path)}: + ${clipped(each, LONGEST_VALUE)}`
}

const LONGEST_VALUE = 200

function isTexts(setting: unknown): setting is readonly string[] {
  return Array.isArray(setting) && setting.length > 1 && setting.every(each => typeof each === 'string')
}

function value(setting: unknown): string {
  return setting === undefined ? 'nothing' : clipped(JSON.stringify(setting), LONGEST_VALUE)
}

function* fileLines({ comparison, top, paint }: DiffText): Generator<string> {
  const { files } = comparison
  if (files === undefined || top === undefined) return
  for (const position of top.positions) {
    const difference = differenceAt(files, position)
    yield paint(STYLES[difference.change], fileLine(difference))
  }
  const { rest } = top
  if (rest !== undefined && rest.rows > 0) yield paint('dim', `and ${formatCount(rest.rows)} more, ${formatDelta(rest.delta)}`)
}

const LETTERS = { added: 'A', removed: 'D', modified: 'M', moved: 'R' } as const
const STYLES: Readonly<Record<FileDifference['change'], Style>> = {
  added: 'green',
  modified: 'yellow',
  removed: 'red',
  moved: 'cyan',
}

/** As `git diff --name-status` has it: a letter, for a modification the classes, the size, the path. */
function fileLine({ path, change, classes, from, before, after, delta }: FileDifference): string {
  const letter = classes.includes('type') ? 'T' : LETTERS[change]
  // A moved file has its content; of a renamed directory something may differ.
  const what = change === 'moved' ? (after?.type === 'file' ? 'R100' : 'R') : letter
  const letters = change === 'modified' && letter === 'M' ? `(${classLetters(classes)})` : ''
  const name = (node: typeof after, shown: string) => `${shown}${node?.type === 'directory' ? '/' : ''}`
  const target = after?.target ?? before?.target
  const shown =
    from === undefined
      ? `${name(after ?? before, displayPath(path))}${target === undefined ? '' : ` -> ${displayPath(target as typeof path)}`}`
      : `${name(before, displayPath(from))} → ${name(after, displayPath(path))}`
  const sizes =
    before?.type === 'file' && after?.type === 'file' && before.size !== after.size
      ? `, ${formatSize(before.size)} → ${formatSize(after.size)}`
      : ''
  const words = classes.filter(each => each !== 'moved')
  const explained = words.length + sizes.length === 0 ? '' : `  (${words.join(', ')}${sizes})`
  return `${`${what}${letters}`.padEnd(8)} ${(delta === 0 ? '·' : formatDelta(delta)).padStart(9)}  ${shown}${explained}`
}

/** `c` content, `o` owner, `m` mode in their places, then what else there is. */
function classLetters(classes: readonly string[]): string {
  const has = (name: string) => classes.some(each => each === name || each.startsWith(`${name}:`))
  const fixed = [has('content') ? 'c' : has('noise') ? 'n' : '-', has('owner') ? 'o' : '-', has('mode') ? 'm' : '-']
  const more = [
    has('time') ? 't' : '',
    has('xattr') ? 'x' : '',
    has('target') ? 'l' : '',
    has('links') ? 'h' : '',
    has('device') ? 'd' : '',
  ]
  return [...fixed, ...more].join('')
}
