import { existsSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import { selectNodes } from '../../image/choose.ts'
import { destinationHelp } from '../../image/destination-form.ts'
import { type Destination, parseDestination } from '../../image/location.ts'
import type { Edit } from '../../rebuild/edit.ts'
import { copyRun } from '../../session/copy/copy-run.ts'
import { copyTags } from '../../session/copy/copy-tags.ts'
import type { Copied } from '../../session/copy-image.ts'
import { resultReference, runRebuild } from '../../session/rebuild-run.ts'
import { openSession, type Session, wantedPlatform } from '../../session/session.ts'
import { squashJson } from '../print/squash-json.ts'
import { squashText } from '../print/squash-text.ts'
import type { Context } from '../run/context.ts'
import { jsonText } from '../run/json-text.ts'
import { flag, text, type Values } from '../run/options.ts'
import { UsageError } from '../run/usage-error.ts'
import { parseCompress } from './squash.ts'

export function define(command: Command, context: Context): void {
  command
    .argument('<source>', 'the image')
    .argument('<destination>', 'where it is written: see below')
    .option('--all', 'an index with all its images and attestations, not only this machine’s; all tags of a layout or archive')
    .option('--tags <glob>', 'every tag that is like this, each to the same tag: 1.*')
    .option('--referrers', 'signatures, SBOMs and attestations that name the image go along')
    .option('--compress <how>', 'gzip, zstd or none, with :LEVEL if wanted; every layer', parseCompress)
    .addOption(new Option('--format <family>', 'media types of the result').choices(['oci', 'docker']))
    .option('--force', 'replace an image that has the destination’s name')
    .option('--allow-unverified', 'copy blobs whose kind of digest cannot be computed here, unchecked')
    .option('--json', 'as one JSON object')
    .addHelpText('after', `\nThe destination:\n${destinationHelp()}`)
    .action(async (source: string, destination: string, values: Values) => {
      if (flag(values, 'all') && context.common().platform !== undefined) {
        throw new UsageError('USAGE', 'Cannot combine --all with --platform: all is every platform')
      }
      const tags = text(values, 'tags')
      if ((tags !== undefined || flag(values, 'referrers')) && editsOf(values).length > 0) {
        throw new UsageError(
          'USAGE',
          'Cannot combine --tags or --referrers with --compress or --format: what is written anew has other digests',
        )
      }
      // A destination that cannot be meant is told before anything is opened.
      parseDestination(destination, existsSync)
      const edits = editsOf(values)
      // A repository need not have the tag `latest` for others to be copied.
      if (tags !== undefined) return copyAll(context, source, destination, values)
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
  const options = {
    force: flag(values, 'force'),
    referrers: flag(values, 'referrers'),
    allowUnverified: flag(values, 'allowUnverified'),
  }
  const all = flag(values, 'all')
  if (all && severalTags(session)) return copyAll(context, session.reference, typed, values)
  const root = rootOf(context, session, all)
  const copied = await copyRun(context.asking(), session, root, destination, options)
  const output = typed === '-' ? context.error : context.output
  if (context.json) await output.write(`${jsonText(copiedJson(copied, destination), 2)}\n`)
  else if (!context.common().quiet) await output.write(copiedText(copied, typed, destination))
  await context.warn([...copied.diagnostics, ...(session.source.diagnostics ?? [])])
}

/** With `--json` an array, else some lines a tag. */
async function copyAll(context: Context, source: string, typed: string, values: Values): Promise<void> {
  const bodies: object[] = []
  const options = {
    force: flag(values, 'force'),
    referrers: flag(values, 'referrers'),
    allowUnverified: flag(values, 'allowUnverified'),
    all: flag(values, 'all'),
    glob: text(values, 'tags'),
  }
  const destination = parseDestination(typed, existsSync)
  for await (const { tag, destination: target, copied } of copyTags(context.asking(), source, destination, options)) {
    if (context.json) bodies.push({ tag, ...copiedJson(copied, target) })
    else if (!context.common().quiet) await context.output.write(copiedText(copied, tag, target))
    await context.warn(copied.diagnostics)
  }
  if (context.json) await context.output.write(`${jsonText(bodies, 2)}\n`)
}

/** Whether the reference names a whole layout or archive that has several images. */
function severalTags({ place, listing, selector }: Session): boolean {
  return place.transport !== 'docker' && Object.keys(selector).length === 0 && listing.nodes.length > 1
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

function copiedJson({ root, layers }: Copied, destination: Destination): object {
  const pointer = { digest: root.digest, size: root.size }
  return {
    source: pointer,
    result: { ...pointer, reference: resultReference(destination) },
    layers: layers.map(({ digest, size }, position) => ({ position, action: 'kept', digest, size })),
    saved: { tar: 0, compressed: 0 },
    lostSharing: 0,
    verified: true,
  }
}

function copiedText({ root, bytes, alreadyThere }: Copied, typed: string, destination: Destination): string {
  const where = escapeText(resultReference(destination) ?? typed)
  const said = alreadyThere ? 'Already there:' : `Copied ${formatSize(bytes)} to`
  return `${said} ${where}\n${root.digest}\n${converted(destination)}`
}

/** Docker's archives and engines keep a config and plain layers, nothing else. */
function converted({ transport }: Destination): string {
  if (transport !== 'docker-archive' && transport !== 'docker-daemon') return ''
  return 'Layers are unpacked there and no manifest is kept: the image ID is the same, this digest is not.\n'
}
