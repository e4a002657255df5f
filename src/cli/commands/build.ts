import { type Command, InvalidArgumentError } from 'commander'
import { parseOwner } from '../../make/add-request.ts'
import { type BuildRun, type BuildWord, runBuild } from '../../session/make/build-run.ts'
import { explainBuild } from '../print/build-text.ts'
import { reportBuild } from '../print/report-build.ts'
import { parseCompress } from '../run/compress-option.ts'
import type { Context } from '../run/context.ts'
import { collected } from '../run/options.ts'
import { isStream } from '../run/stream-destination.ts'
import { typed, type ValuesOf } from '../run/typed-command.ts'
import { UsageError } from '../run/usage-error.ts'

export function define(command: Command, context: Context): void {
  // Options that make layers act in the order of the command line, whatever their names.
  const words: BuildWord[] = []
  options(command, words).action((destination, values) => build(context, destination, words, values))
}

function options(command: Command, words: BuildWord[]) {
  const word = (kind: 'add' | 'delete' | 'history') => (typed: string) => void words.push({ kind, typed } as BuildWord)
  return typed(command)
    .argument('[destination]', 'where it is written: peel help destinations')
    .option('--from <image>', 'the image to build on; an empty one when left out')
    .option(
      '--add <src[:target]>',
      'a directory’s content, or a file; with ,chown=UID:GID ,chmod=MODE ,exclude=GLOB; files that the base has already are not written',
      word('add'),
    )
    .option('--delete <path>', 'remove a path that the layers below have', word('delete'))
    .option('--layer <dir=…|tar=…>', 'a layer of its own: the changes in a directory, or a tar as it is', (typed: string) => {
      const [, from, rest] = /^(dir|tar)=(.+)$/s.exec(typed) ?? []
      if (rest === undefined || (from !== 'dir' && from !== 'tar'))
        throw new InvalidArgumentError('It is dir=DIRECTORY or tar=FILE.')
      words.push({ kind: 'layer', from, typed: rest })
    })
    .option('--history <text>', 'the history text of the layer before it, in place of the options that made it', word('history'))
    .option(
      '--set <key=value>',
      'env.NAME, label.NAME, annotation.NAME, user, workdir, entrypoint, cmd, stopsignal, ports, volumes, healthcheck; empty unsets',
      collected,
    )
    .option('--owner <uid:gid>', 'the owner of added files; 0:0 when left out', parseOwnerOption)
    .option(
      '--mtime <when>',
      'keep, seconds since 1970, or a date; SOURCE_DATE_EPOCH or the newest file’s when left out',
      parseTime,
    )
    .option('--ignore-file <file>', 'leave out files that its patterns match, in the syntax of .dockerignore')
    .option('--xattrs', 'file capabilities too')
    .option('--compress <how>', 'gzip, zstd or none, with :LEVEL if wanted', parseCompress)
    .option('--explain', 'show every document and digest as it is made')
    .option('--dry-run', 'only report the result; the layers are compressed all the same, so its sizes are exact')
    .option('--force', 'replace an image that has the destination’s name')
    .option('--json', 'as one JSON object')
}

type Values = ValuesOf<typeof options>

async function build(context: Context, typed: string | undefined, words: readonly BuildWord[], values: Values): Promise<void> {
  const dryRun = values.dryRun === true
  const { from, compress } = values
  if (typed === undefined && !dryRun) throw usage('the destination is missing', 'Name one (oci:./image:1), or add --dry-run.')
  if (words.every(({ kind }) => kind === 'history') && from === undefined) {
    throw usage('there is nothing to put into it', 'Add something: --add DIR:/TARGET, --layer tar=FILE.')
  }
  const request = {
    destination: dryRun ? undefined : typed,
    force: values.force === true,
    from,
    words,
    settings: values.set ?? [],
    compress: { compression: compress?.compression ?? 'gzip', level: compress?.level },
    wanted: compress?.compression,
    owner: values.owner ?? ([0, 0] as const),
    time: values.mtime,
    ignoreFile: values.ignoreFile,
    xattrs: values.xattrs === true,
  }
  await runBuild(context.asking(), request, run => report(context, run, isStream(typed) && !dryRun, values.explain === true))
}

async function report(context: Context, run: BuildRun, toOutput: boolean, explain: boolean): Promise<void> {
  if (explain) await (toOutput || context.json ? context.error : context.output).writeLines(explainBuild(run))
  await reportBuild(context, run, toOutput, 'build')
}

function parseOwnerOption(typed: string): readonly [uid: number, gid: number] {
  try {
    return parseOwner(typed)
  } catch {
    throw new InvalidArgumentError('It is UID:GID, for example 1000:1000.')
  }
}

/** `keep`, whole seconds with or without `@`, or a date as `Date.parse` takes it; without a zone it is UTC. */
function parseTime(typed: string): 'keep' | number | undefined {
  if (typed === 'keep') return 'keep'
  if (typed === 'SOURCE_DATE_EPOCH') return undefined
  const [, seconds] = /^@?(-?\d{1,12})$/.exec(typed) ?? []
  if (seconds !== undefined) return Number(seconds)
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/i.test(typed) || !typed.includes('T') ? typed : `${typed}Z`
  const milliseconds = /^\d{4}-\d\d-\d\d/.test(typed) ? Date.parse(zoned.replace(' ', 'T')) : Number.NaN
  if (Number.isNaN(milliseconds))
    throw new InvalidArgumentError('It is keep, seconds since 1970, or a date such as 2026-01-31T12:00:00Z.')
  return Math.floor(milliseconds / 1000)
}

function usage(why: string, hint: string): UsageError {
  return new UsageError('USAGE', `Cannot build an image: ${why}`, { hint })
}
