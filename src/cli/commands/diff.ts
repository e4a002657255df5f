import type { Command } from 'commander'
import { alignLayers, needsContents } from '../../compare/align-layers.ts'
import { compareImages, fileRows } from '../../compare/compare-images.ts'
import { directoryGrowth } from '../../compare/directory-growth.ts'
import { explainRows, type ReadFiles } from '../../compare/explain-rows.ts'
import { growthByExtension, growthByLayer } from '../../compare/growth.ts'
import { topRows } from '../../compare/ranked-rows.ts'
import type { Selection } from '../../compare/selection.ts'
import type { TreeRows } from '../../compare/tree-rows.ts'
import { commandText } from '../../format/history-text.ts'
import { inTurns } from '../../overlay/in-slices.ts'
import { finish, type Steps } from '../../overlay/steps.ts'
import { type AskedPair, namesAnImage, parseLayerRange, splitTagRange, withPair } from '../../session/asked-pair.ts'
import { compareContents, findComparedFile } from '../../session/compared-content.ts'
import { comparePackages } from '../../session/compared-packages.ts'
import { type AskedSide, comparedPair, type ReadSide } from '../../session/compared-pair.ts'
import { oddities } from '../../session/merged.ts'
import { typedReadings } from '../../session/typed-path.ts'
import { withLooker } from '../../worker/content-thread.ts'
import { contentJson, contentText } from '../print/content-diff.ts'
import { differs } from '../print/diff-exit.ts'
import { type DiffPrinted, diffJson } from '../print/diff-json.ts'
import { diffMarkdown } from '../print/diff-markdown.ts'
import { diffText, type PrintedGrowth } from '../print/diff-text.ts'
import type { Context } from '../run/context.ts'
import { addDiffOptions, type DiffOptions, readDiffOptions } from '../run/diff-options.ts'
import { writePaged } from '../run/paged-output.ts'
import { UsageError } from '../run/usage-error.ts'

export function define(command: Command, context: Context): void {
  addDiffOptions(command)
    .argument('<a>', 'an image, or REPOSITORY:TAG..TAG')
    .argument('[b]', 'the image to compare it with, or N..M for the changes of these layers of A')
    .argument('[paths...]', 'after --: only these paths, and what lies below them')
    .action(async (a, b, more, values) => {
      const options = readDiffOptions(values)
      const paths = context.afterDashes
      const words = [a, ...(b === undefined ? [] : [b]), ...more]
      const asked = await askedPair(context, words.slice(0, words.length - paths.length), options)
      await withPair(context.asking(), asked, (one, other) => compare(context, one, other, options, paths))
    })
}

/** @throws UsageError `USAGE` */
async function askedPair(context: Context, [a, b, ...more]: readonly string[], { layer }: DiffOptions): Promise<AskedPair> {
  const usage = new UsageError('USAGE', 'Cannot compare: diff takes two images, or one image and layers of it', {
    hint: 'Write "peel diff A B", "peel diff REPOSITORY:1..2", "peel diff IMAGE 3..5" or "peel diff IMAGE --layer N"; paths come after --.',
  })
  if (a === undefined || more.length > 0 || (b !== undefined && layer !== undefined)) throw usage
  if (layer !== undefined) return { kind: 'layers', image: a, from: layer, to: layer }
  if (b !== undefined) {
    const range = parseLayerRange(b)
    if (range === undefined) return { kind: 'images', a, b }
    if (range.from <= range.to) return { kind: 'layers', image: a, ...range }
    throw new UsageError('USAGE', `Cannot compare layers ${b}: the first one comes after the last`)
  }
  const tags = splitTagRange(a)
  // A tag may be called `1..2`: then one image was named.
  if (tags === undefined || (await namesAnImage(context.asking(), a))) throw usage
  return { kind: 'images', ...tags }
}

async function compare(
  context: Context,
  one: AskedSide,
  other: AskedSide,
  options: DiffOptions,
  paths: readonly string[],
): Promise<void> {
  const { signal } = context
  const pair = await comparedPair(context.asking(), one, other, { files: await wantedFiles(one, other, context, options) })
  for (const { merged, image } of context.json ? [] : [pair.a, pair.b])
    if (merged !== undefined) await context.warn(oddities(merged, image))
  const rows = await inTurns(fileRows(pair.a, pair.b), signal)
  if (options.content !== undefined)
    return await compareContent(context, rows, { ...one, ...pair.a }, { ...other, ...pair.b }, options)
  if (rows !== undefined) {
    const reading =
      ({ chosen }: AskedSide, { merged }: ReadSide): ReadFiles =>
      files =>
        chosen.layers.contents(merged?.readings ?? [], files)
    const read = { before: reading(one, pair.a), after: reading(other, pair.b) }
    await withLooker(signal, looker => explainRows(rows, read, looker, signal))
  }
  const selection = { ...options.selection, paths: paths.flatMap(typedReadings) }
  const comparison = await inTurns(compareImages(pair.a, pair.b, rows, selection), signal)
  const { files } = comparison
  const packages =
    files === undefined || !wantsPackages(context, options)
      ? undefined
      : await comparePackages(files, { ...one, ...pair.a }, { ...other, ...pair.b }, signal)
  const printed: DiffPrinted = { comparison, packages, top: files && topRows(files, options.order, options.top) }
  await print(context, printed, pair, options)
  if (options.exit !== undefined && differs(comparison, options)) context.status = 1
}

async function compareContent(
  context: Context,
  rows: TreeRows | undefined,
  one: AskedSide & ReadSide,
  other: AskedSide & ReadSide,
  { content: typed = '', exit }: DiffOptions,
): Promise<void> {
  const file = findComparedFile(rows, one, other, typed)
  const { signal } = context
  const content = await withLooker(signal, looker => compareContents(one, other, file, looker, signal))
  if (context.json) await context.output.write(`${contentJson(file, content, { a: one.snapshot, b: other.snapshot })}\n`)
  else await writePaged(context, contentText(file, content, context.paint()))
  const isSame = content.at === undefined && file.before?.type === file.after?.type
  if (exit !== undefined && !(isSame && file.before?.target === file.after?.target)) context.status = 1
}

function wantsPackages(context: Context, { view }: DiffOptions): boolean {
  return context.json || view === undefined || view === 'packages'
}

/** Settings are documents; layers are aligned by their contents only where the documents leave some of both images over. */
async function wantedFiles(
  one: AskedSide,
  other: AskedSide,
  context: Context,
  { view, content }: DiffOptions,
): Promise<'never' | 'needed' | 'always'> {
  if (content !== undefined) return 'always'
  if (context.json || (view !== 'config' && view !== 'layers')) return 'needed'
  if (view === 'config') return 'never'
  const { a, b } = await comparedPair(context.asking(), one, other, { files: 'never' })
  return needsContents(a.layers, b.layers, finish(alignLayers(a.layers, b.layers))) ? 'needed' : 'never'
}

async function print(
  context: Context,
  printed: DiffPrinted,
  sides: { readonly a: ReadSide; readonly b: ReadSide },
  options: DiffOptions,
): Promise<void> {
  if (context.json) return context.output.writeLines(diffJson(printed))
  if (options.markdown) return context.output.writeLines(diffMarkdown(printed))
  const { files } = printed.comparison
  const growth = files && (await inTurns(growthOf(files), context.signal))
  const commands = { a: commandsOf(sides.a), b: commandsOf(sides.b) }
  await writePaged(
    context,
    diffText({ ...printed, commands, growth, paint: context.paint(), columns: context.output.width }, options.view),
  )
}

function* growthOf(files: Selection): Steps<PrintedGrowth> {
  const layers = yield* growthByLayer(files)
  const extensions = yield* growthByExtension(files)
  return { directories: yield* directoryGrowth(files), layers, extensions }
}

/** The command of each layer, by position. */
function commandsOf({ image }: ReadSide): readonly string[] {
  const commands = new Map(image.steps.map(({ layer, history }) => [layer, commandText(history)]))
  return image.layers.map(({ position }) => commands.get(position) ?? '')
}
