import { type Command, InvalidArgumentError } from 'commander'
import { CHANGE_CLASSES, type ChangeClass, isChangeClass } from '../../compare/change-class.ts'
import { isNoiseName, NOISE_NAMES } from '../../compare/noise/noise-name.ts'
import type { RowOrder } from '../../compare/ranked-rows.ts'
import type { SelectionOptions } from '../../compare/selection.ts'
import { parseCount, parseLayerNumber } from './options.ts'
import { choice, typed, type ValuesOf } from './typed-command.ts'
import { UsageError } from './usage-error.ts'

/** Classes as they were named on the command line: those of cli.md, and single kinds of noise. */
type NamedClasses = { readonly classes: readonly ChangeClass[]; readonly noise: readonly string[] }

const VIEWS = ['stat', 'tree', 'files', 'packages', 'layers', 'config'] as const
/** One part of a comparison; without one all of them are printed, the summary first. */
export type DiffView = (typeof VIEWS)[number]

/** How `peel diff` was asked. */
export type DiffOptions = {
  readonly view: DiffView | undefined
  readonly content: string | undefined
  readonly selection: Omit<SelectionOptions, 'paths'>
  readonly order: RowOrder
  readonly top: number | undefined
  /** Undefined without `--exit-code`; without classes anything that differs counts. */
  readonly exit: NamedClasses | undefined
  readonly markdown: boolean
  /** 1 first. */
  readonly layer: number | undefined
}

export function addDiffOptions(command: Command) {
  return typed(command)
    .option('--stat', 'only the summary')
    .option('--tree', 'only the directories, each with its growth')
    .option('--files', 'only the files')
    .option('--packages', 'only the packages')
    .option('--layers', 'only the layers, side by side; none is read where the documents are enough')
    .option('--config', 'only the settings; no layer is read')
    .option('--content <path>', 'compare the content of one file: lines of text, or facts of other formats')
    .option('--semantic', 'leave out differences that any rebuild makes: times, history, how layers are cut and compressed')
    .option('--ignore <classes>', `leave these classes out: ${CHANGE_CLASSES.join(', ')}`, parseClasses)
    .option('--only <classes>', 'only these classes', parseClasses)
    .addOption(choice('--sort <key>', 'the most bytes or alphabetically first', ['size', 'path']))
    .option('--top <n>', 'only so many files, those with the most bytes unless --sort says otherwise', typed => parseCount(typed))
    .option('--layer <n>', 'the changes of one layer of a single image, the base being 1', parseLayerNumber)
    .option('--exit-code [=classes]', 'end with status 1 when something differs, or something of these classes', parseClasses)
    .option('--json', 'as one JSON object')
    .option('--markdown', 'as a comment for a pull request')
}

/** @throws UsageError `USAGE` where options exclude each other */
export function readDiffOptions(values: ValuesOf<typeof addDiffOptions>): DiffOptions {
  const views = VIEWS.filter(view => values[view] === true)
  const content = values.content
  const shown = [...views, ...(content === undefined ? [] : ['content']), ...(values.markdown === true ? ['markdown'] : [])]
  if (shown.length > 1) throw exclusive(shown.map(each => `--${each}`))
  if (values.markdown === true && values.json === true) throw exclusive(['--markdown', '--json'])
  const { ignore, only, exitCode: exit, top, sort } = values
  return {
    view: views[0],
    content,
    selection: {
      semantic: values.semantic === true,
      ignore: ignore?.classes ?? [],
      ignoreNoise: ignore?.noise ?? [],
      only: only?.classes ?? [],
      onlyNoise: only?.noise ?? [],
    },
    order: sort === 'size' || (sort === undefined && (top !== undefined || values.markdown === true)) ? 'size' : 'path',
    top,
    exit,
    markdown: values.markdown === true,
    layer: values.layer,
  }
}

function exclusive(options: readonly string[]): UsageError {
  return new UsageError('USAGE', `Cannot combine ${options.join(' and ')}: each is a result of its own`)
}

/** Comma-separated names; given several times they add up. */
function parseClasses(typed: string, before: NamedClasses = { classes: [], noise: [] }): NamedClasses {
  const names = typed.split(',').flatMap(each => (each.trim() === '' ? [] : [each.trim()]))
  const wrong = names.find(each => !isChangeClass(each) && !isNoiseName(each))
  if (wrong !== undefined) {
    throw new InvalidArgumentError(`There is no class "${wrong}"; there are ${[...CHANGE_CLASSES, ...NOISE_NAMES].join(', ')}.`)
  }
  return { classes: [...before.classes, ...names.filter(isChangeClass)], noise: [...before.noise, ...names.filter(isNoiseName)] }
}
