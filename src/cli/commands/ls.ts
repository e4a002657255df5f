import type { Command } from 'commander'
import { type Filter, matchesFilter, parseFilter } from '../../filter/filter.ts'
import { type Change, filterRefusal, isFilterError } from '../../filter/filter-term.ts'
import type { Entry } from '../../layer/entry.ts'
import { STEP } from '../../overlay/steps.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import { type LayerEntry, layerEntries, layerEntry } from '../../session/layer-entries.ts'
import { NO_CHANGES, oddities } from '../../session/merged.ts'
import { type ChosenImage, withAny } from '../../session/opened-image.ts'
import { pathOrder } from '../../session/path-order.ts'
import { findTyped } from '../../session/typed-path.ts'
import { entryJson, type FileJson, nodeJson, wholeBlobJson } from '../print/file-json.ts'
import { longLine, shortLine } from '../print/file-line.ts'
import { type SortKey, sorted } from '../print/sorted-files.ts'
import type { Context } from '../run/context.ts'
import { jsonText } from '../run/json-text.ts'
import { parseLayerNumber } from '../run/options.ts'
import { choice, typed, type ValuesOf } from '../run/typed-command.ts'
import { UsageError } from '../run/usage-error.ts'

export function define(command: Command, context: Context): void {
  options(command).action((reference, path, values) => {
    const options = readOptions(path, values)
    return withAny(context.asking(), reference, opened => list(context, opened, options))
  })
}

function options(command: Command) {
  return typed(command)
    .argument('<image>', 'the image')
    .argument('[path]', 'a file, or a directory and all below it; everything when left out')
    .option('--layer <n>', 'the entries of one layer, the base being 1; with --json the change each makes', parseLayerNumber)
    .option('-l, --long', 'permissions, owner, size, layer and time (UTC) too')
    .option('--json', 'print one JSON object a line')
    .addOption(choice('--sort <key>', 'biggest, latest or alphabetically first', ['size', 'path', 'mtime']))
    .option('--filter <expression>', 'only files that the filter keeps: words, globs, type:link, >10M, layer:3, change:removed …')
}

type Values = ValuesOf<typeof options>

type ListOptions = {
  readonly path: string
  /** 1 first. */
  readonly layer: number | undefined
  readonly long: boolean
  readonly sort: SortKey
  readonly filter: Filter | undefined
}

function readOptions(path: string | undefined, values: Values): ListOptions {
  return {
    path: path ?? '',
    layer: values.layer,
    long: values.long === true,
    sort: values.sort ?? 'path',
    filter: readFilter(values.filter),
  }
}

/** @throws UsageError `FILTER_INVALID` */
export function readFilter(expression: string | undefined): Filter | undefined {
  if (expression === undefined) return undefined
  const filter = parseFilter(expression, Date.now())
  if (!isFilterError(filter)) return filter
  throw new UsageError('FILTER_INVALID', filterRefusal(expression, filter), {
    hint: 'Terms are words, globs, /expressions/ and fields such as type:link, >10M, layer:3, change:removed, uid:0, suid.',
  })
}

async function list(context: Context, opened: ChosenImage, options: ListOptions): Promise<void> {
  const rows = options.layer === undefined ? await treeRows(context, opened, options) : await layerRows(context, opened, options)
  const { filter, sort, long } = options
  const kept = filter === undefined ? rows.all : keepOnly(rows.all, filter)
  const line = (row: LsRow | undefined) => row && (context.json ? jsonText(row.json()) : long ? row.long() : row.short())
  await context.output.writeLines(map(sorted(kept, sort, rows.again), line))
}

/** A file to list: what filters and sorting look at, and how it is written. */
export type LsRow = {
  /** Gives the row again. */
  readonly ref: number
  readonly file: TreeNode | Entry
  readonly layer: number
  readonly change: Change
  readonly links: number
  readonly json: () => object
  readonly long: () => string
  readonly short: () => string
}

type LsRows = { readonly all: Iterable<LsRow>; readonly again: (ref: number) => LsRow | undefined }

async function treeRows(context: Context, opened: ChosenImage, { path, filter }: ListOptions): Promise<LsRows> {
  // A filter may ask what the last layer changed.
  const merged =
    filter === undefined ? await opened.layers.around(path, { keepLink: true, below: true }) : await opened.layers.listedTree()
  const { snapshot, stack } = merged
  if (!context.json) await context.warn(oddities(merged, opened.image))
  const last = opened.image.layers.length - 1
  const below = last > 0 ? stack.snapshot(last) : undefined
  const changeOf = (node: TreeNode): Change => {
    if (node.layer !== last) return 'unchanged'
    return below?.find(node.path) === undefined ? 'added' : 'modified'
  }
  const row = (node: TreeNode): LsRow => ({
    ref: node.id,
    file: node,
    layer: node.layer,
    // Looked up only when a filter asks.
    get change() {
      return changeOf(node)
    },
    links: node.links,
    json: () =>
      withBlob(
        opened,
        nodeJson(node, () => snapshot.names(node)),
      ),
    long: () => longLine(node, node.layer),
    short: () => shortLine(node),
  })
  const again = (id: number) => {
    const node = snapshot.node(id)
    return node && row(node)
  }
  return { all: map(pathOrder(snapshot, findTyped(snapshot, path, { keepLink: true })), row), again }
}

/**
 * The layer alone is read; its changes are known from the layers below it, which JSON and filters by change need too. Those
 * above are never read.
 */
async function layerRows(context: Context, opened: ChosenImage, { layer = 1, path, filter }: ListOptions): Promise<LsRows> {
  const position = opened.layers.positionOf(layer)
  const compared = context.json || filter?.groups.some(group => group.some(({ asksChange }) => asksChange === true)) === true
  const merged = compared ? await opened.layers.listedTree(position + 1) : undefined
  const reading = merged === undefined ? (await opened.layers.list([position]))[0] : merged.readings[position]
  const changeset = reading?.changeset ?? NO_CHANGES
  if (merged !== undefined && !context.json) await context.warn(oddities(merged, opened.image))
  else if (!context.json) await context.warn(changeset.diagnostics.map(diagnostic => ({ layer: position, ...diagnostic })))
  const below = merged?.stack.snapshot(position)
  const row = ({ entry, change }: LayerEntry): LsRow => {
    const mark = `${change === undefined ? ' ' : MARKS[change]} `
    return {
      ref: entry.index,
      file: entry,
      layer: position,
      change: change ?? 'unchanged',
      links: 1,
      json: () => withBlob(opened, entryJson(entry, position, change)),
      long: () => longLine(entry, position, mark),
      short: () => `${mark}${shortLine(entry)}`,
    }
  }
  return {
    all: map(layerEntries(changeset, below, position, path), row),
    again: index => row(layerEntry(changeset, below, index)),
  }
}

/** A file that is a whole blob of an artifact has the blob's digest too. */
function withBlob({ artifact }: ChosenImage, file: FileJson): FileJson {
  const whole = file.type === 'file' ? artifact?.wholeBlob(file.layer) : undefined
  return whole === undefined ? file : wholeBlobJson(file, whole)
}

const MARKS = { added: '+', modified: '~', removed: '-' } as const

/** The rows that a filter keeps, and `undefined` now and then for those that it does not. */
function* keepOnly(rows: Iterable<LsRow>, filter: Filter): Generator<LsRow | undefined> {
  let left = STEP
  for (const row of rows) {
    if (--left === 0) {
      left = STEP
      yield undefined
    }
    const { file, layer, links } = row
    const candidate = {
      path: file.path,
      type: file.type,
      mode: file.mode,
      uid: file.uid,
      gid: file.gid,
      mtime: file.mtime,
      size: file.size,
      layer,
      links,
      get change() {
        return row.change
      },
    }
    if (matchesFilter(filter, candidate)) yield row
  }
}

function* map<A, B>(items: Iterable<A>, convert: (item: A) => B): Generator<B> {
  for (const item of items) yield convert(item)
}
