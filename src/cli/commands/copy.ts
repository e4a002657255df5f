import { existsSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import { selectNodes } from '../../image/choose.ts'
import { destinationHelp } from '../../image/destination-form.ts'
import { type Destination, parseDestination } from '../../image/location.ts'
import type { Edit } from '../../rebuild/edit.ts'
import { type Copied, copyImage } from '../../session/copy-image.ts'
import { resultReference, runRebuild } from '../../session/rebuild-run.ts'
import { openDestination } from '../../session/remote.ts'
import { openSession, type Session, wantedPlatform } from '../../session/session.ts'
import { squashJson } from '../print/squash-json.ts'
import { squashText } from '../print/squash-text.ts'
import type { Context } from '../run/context.ts'
import { jsonText } from '../run/json-text.ts'
import { flag, text, type Values } from '../run/options.ts'
import { createProgress } from '../run/progress.ts'
import { UsageError } from '../run/usage-error.ts'
import { parseCompress } from './squash.ts'

export function define(command: Command, context: Context): void {
  command
    .argument('<source>', 'the image')
    .argument('<destination>', 'where it is written: see below')
    .option('--all', 'an index with all its images and attestations, not only this machine’s')
    .option('--compress <how>', 'gzip, zstd or none, with :LEVEL if wanted; every layer', parseCompress)
    .addOption(new Option('--format <family>', 'media types of the result').choices(['oci', 'docker']))
    .option('--force', 'replace an image that has the destination’s name')
    .option('--json', 'as one JSON object')
    .addHelpText('after', `\nThe destination:\n${destinationHelp()}`)
    .action(async (source: string, destination: string, values: Values) => {
      if (flag(values, 'all') && context.common().platform !== undefined) {
        throw new UsageError('USAGE', 'Cannot combine --all with --platform: all is every platform')
      }
      // A destination that cannot be meant is told before anything is opened.
      parseDestination(destination, existsSync)
      const edits = editsOf(values)
      const session = await openSession(source, { ...context.asking(), keepBlobs: edits.length > 0 }, context.signal)
      try {
        await (edits.length > 0
          ? recompress(context, session, destination, values, edits)
          : copy(context, session, destination, values))
      } finally {
        await session.close()
      }
    })
}

function editsOf(values: Values): readonly Edit[] {
  const compress = values['compress'] as Extract<Edit, { type: 'compress' }> | undefined
  const format = text(values, 'format')
  return [
    ...(compress === undefined ? [] : [{ ...compress, every: true }]),
    ...(format === 'oci' || format === 'docker' ? [{ type: 'format', family: format } as const] : []),
  ]
}

/** Byte for byte, every digest proven on the way. */
async function copy(context: Context, session: Session, typed: string, values: Values): Promise<void> {
  const destination = parseDestination(typed, existsSync)
  const root = rootOf(context, session, flag(values, 'all'))
  const sink = await openDestination(context.asking(), destination, {
    force: flag(values, 'force'),
    from: session.place,
    expected: root.digest,
  })
  const progress = createProgress(context, 'copying')
  try {
    const name = 'selector' in destination ? destination.selector.name : undefined
    const copied = await copyImage(session.source, root, sink, name, {
      onProgress: ({ done, total, arrived, blobs }) => progress.update(done, total, `${arrived} of ${blobs} blobs`),
      signal: context.signal,
    })
    progress.end()
    await report(context, copied, typed, destination)
    await context.warn([...copied.diagnostics, ...(session.source.diagnostics ?? [])])
  } finally {
    progress.end()
    await sink.abort()
  }
}

async function recompress(
  context: Context,
  session: Session,
  typed: string,
  values: Values,
  edits: readonly Edit[],
): Promise<void> {
  const run = { destination: typed, force: flag(values, 'force') }
  const only = flag(values, 'all') ? undefined : session.choose(wantedPlatform(context.common().platform))
  await runRebuild(context.asking(), session, { edits }, { ...run, ...(only !== undefined && { node: only }) }, async done => {
    const output = typed === '-' ? context.error : context.output
    if (context.json) await output.write(squashJson(done))
    else if (output !== context.error || !context.common().quiet) await output.writeLines(squashText(done, context.paint()))
    await context.warn(done.diagnostics)
  })
}

/** Everything the reference names with `--all`, else this machine's image or the one that was asked for. */
function rootOf(context: Context, session: Session, all: boolean) {
  const nodes = selectNodes(session.listing, session.selector)
  const [only] = nodes
  if (all && nodes.length === 1 && only !== undefined) return only.descriptor
  return session.chooseAny(wantedPlatform(context.common().platform)).descriptor
}

async function report(
  context: Context,
  { root, layers, bytes, alreadyThere }: Copied,
  typed: string,
  destination: Destination,
): Promise<void> {
  const reference = resultReference(destination)
  const output = typed === '-' ? context.error : context.output
  const pointer = { digest: root.digest, size: root.size }
  if (context.json) {
    const body = {
      source: pointer,
      result: { ...pointer, reference },
      layers: layers.map(({ digest, size }, position) => ({ position, action: 'kept', digest, size })),
      saved: { tar: 0, compressed: 0 },
      lostSharing: 0,
      verified: true,
    }
    await output.write(`${jsonText(body, 2)}\n`)
  } else if (!context.common().quiet) {
    await output.write(
      `${alreadyThere ? 'Already there:' : `Copied ${formatSize(bytes)} to`} ${escapeText(reference ?? typed)}\n${root.digest}\n${converted(destination)}`,
    )
  }
}

/** Docker's archives and engines keep a config and plain layers, nothing else. */
function converted({ transport }: Destination): string {
  if (transport !== 'docker-archive' && transport !== 'docker-daemon') return ''
  return 'Layers are unpacked there and no manifest is kept: the image ID is the same, this digest is not.\n'
}
