import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { type Diagnostic, ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import { type ImageNode, isImageOrIndex } from '../../image/list.ts'
import { type Destination, parseDestination, shadowedHost } from '../../image/location.ts'
import { absentParts } from '../../rebuild/absent-parts.ts'
import type { Edit } from '../../rebuild/edit.ts'
import { copyRun } from '../../session/copy/copy-run.ts'
import { copyTags, whyUntaggable } from '../../session/copy/copy-tags.ts'
import { openSession, type Session, wantedPlatform } from '../../session/session.ts'
import type { CopyRun } from '../../session/write/copy-run.ts'
import { changesCopies, unpacksLayers } from '../../session/write/destination-plan.ts'
import { type RebuildRun, resultReference, runRebuild } from '../../session/write/rebuild-run.ts'
import { namedGroups, selectedGroup, wholeNode } from '../../session/write/source-node.ts'
import { destinationLines } from '../help/topics.ts'
import { diagnosticsJson } from '../print/diagnostics-json.ts'
import { squashJson } from '../print/squash-json.ts'
import { squashText } from '../print/squash-text.ts'
import { parseCompress } from '../run/compress-option.ts'
import type { Context } from '../run/context.ts'
import { jsonText } from '../run/json-text.ts'
import { checkStream, isStream } from '../run/stream-destination.ts'
import { choice, typed, type ValuesOf } from '../run/typed-command.ts'
import { UsageError } from '../run/usage-error.ts'

export function define(command: Command, context: Context): void {
  options(command).action(async (source, destination, values) => {
    if (values.all === true && context.common().platform !== undefined) {
      throw new UsageError('USAGE', 'Cannot combine --all with --platform: all is every platform')
    }
    const tags = values.tags
    if ((tags !== undefined || values.referrers === true) && editsOf(values).length > 0) {
      throw new UsageError(
        'USAGE',
        'Cannot combine --tags or --referrers with --compress or --format: rewritten layers have other digests',
      )
    }
    // A destination that cannot be meant is told before anything is opened.
    const goal = parseDestination(destination, existsSync)
    const shadowed = shadowedHost(destination, goal)
    if (shadowed !== undefined) await context.warn([shadowed])
    checkStream(context, destination, values.force === true)
    const edits = editsOf(values)
    const task = { typed: destination, goal, values, edits }
    // A repository need not have the tag `latest` for others to be copied.
    if (tags !== undefined) return copyTagged(context, source, task)
    await using session = await openSession(source, { ...context.asking(), keepBlobs: edits.length > 0 }, context.signal)
    await copy(context, session, task)
  })
}

function options(command: Command) {
  return typed(command)
    .argument('<source>', 'the image')
    .argument('<destination>', 'where it is written: see below')
    .option('--all', 'an index with all its images and attestations, not only this machine’s; all tags of a layout or archive')
    .option('--tags <glob>', 'copy every tag that matches, each to the same tag: 1.*')
    .option('--referrers', 'signatures, SBOMs and attestations that name the image go along')
    .option('--compress <how>', 'gzip, zstd or none, with :LEVEL if wanted; every layer', parseCompress)
    .addOption(choice('--format <family>', 'media types of the result', ['oci', 'docker']))
    .option('--force', 'replace an image that has the destination’s name')
    .option('--allow-unverified', 'copy blobs whose kind of digest cannot be computed here, unchecked')
    .option('--json', 'as one JSON object')
    .addHelpText('after', () => `\nThe destination:\n${destinationLines().join('\n')}`)
}

type Values = ValuesOf<typeof options>

type Task = {
  readonly typed: string
  readonly goal: Destination
  readonly values: Values
  readonly edits: readonly Edit[]
}

function editsOf(values: Values): readonly Edit[] {
  const { compress, format } = values
  return [
    ...(compress === undefined ? [] : [{ ...compress, every: true }]),
    ...(format === undefined ? [] : [{ type: 'format', family: format } as const]),
  ]
}

/** Byte for byte, every digest proven on the way, unless the destination or the options ask for more. */
async function copy(context: Context, session: Session, task: Task): Promise<void> {
  const { goal, typed, values, edits } = task
  const nodes = nodesOf(context, session, values.all === true)
  const [only] = nodes
  if (nodes.length > 1) {
    if (edits.length > 0) throw severalWith(values)
    // Each tag of its own in places that have tags; an archive, and a layout where tags do not tell the images apart, take all of them at once.
    if (eachHasTag(nodes, goal)) return copyTagged(context, session.reference, task)
  }
  const anew = edits.length > 0 || changesCopies(goal, session) || (await hasAbsent(nodes, session, context.signal))
  if (nodes.length === 1 && only !== undefined && anew) {
    const options = { destination: goal, dryRun: false, force: values.force === true, node: only }
    return await runRebuild(context.asking(), session, { edits }, options, run => reportRebuild(context, run, typed))
  }
  const options = {
    force: values.force === true,
    referrers: values.referrers === true,
    allowUnverified: values.allowUnverified === true,
  }
  const copied = await copyRun(context.asking(), session, nodes, goal, options)
  const said = [...copied.diagnostics, ...(session.source.diagnostics ?? [])]
  const output = isStream(typed) ? context.error : context.output
  if (context.json) await output.write(`${jsonText(copiedJson(copied, goal, said), 2)}\n`)
  else if (output !== context.error || !context.common().quiet) await output.write(copiedText(copied, typed, goal))
  await context.warn(said)
}

function severalWith({ compress }: Values): UsageError {
  const option = compress === undefined ? '--format' : '--compress'
  return new UsageError('USAGE', `Cannot combine ${option} with several images: each would be another image`, {
    hint: 'Choose one with :TAG or @DIGEST, or copy them as they are.',
  })
}

/** @throws ImageError `DESTINATION_UNSUPPORTED` for a registry, whose images have tags */
function eachHasTag(nodes: readonly ImageNode[], { transport }: Destination): boolean {
  if (transport !== 'docker' && transport !== 'oci') return false
  const why = whyUntaggable(nodes)
  if (why === undefined || transport === 'oci') return why === undefined
  throw new ImageError('DESTINATION_UNSUPPORTED', `Cannot copy all images: ${why}`, {
    hint: 'Copy each alone, with a destination tag of its own: SOURCE:NAME or SOURCE@DIGEST, docker://HOST/NAME:TAG.',
  })
}

/** With `--json` an array, else some lines a tag. */
async function copyTagged(context: Context, source: string, { goal, values }: Task): Promise<void> {
  const bodies: object[] = []
  const options = {
    force: values.force === true,
    referrers: values.referrers === true,
    allowUnverified: values.allowUnverified === true,
    all: values.all === true,
    glob: values.tags,
  }
  for await (const { tag, destination: target, copied } of copyTags(context.asking(), source, goal, options)) {
    if (context.json) bodies.push({ tag, ...copiedJson(copied, target, copied.diagnostics) })
    else await context.output.write(copiedText(copied, tag, target))
    await context.warn(copied.diagnostics)
  }
  if (context.json) await context.output.write(`${jsonText(bodies, 2)}\n`)
}

async function reportRebuild(context: Context, run: RebuildRun, typed: string): Promise<void> {
  const output = isStream(typed) ? context.error : context.output
  if (context.json) await output.write(squashJson(run, false))
  else if (output !== context.error || !context.common().quiet) await output.writeLines(squashText(run, context.paint()))
  await context.warn(run.diagnostics)
}

/**
 * Everything the reference names with `--all`: an index, what lies side by side as one, or all the names of the place; else
 * this machine's image or the one that was asked for.
 */
function nodesOf(context: Context, session: Session, all: boolean): readonly ImageNode[] {
  if (!all) return [session.chooseAny(wantedPlatform(context.common().platform))]
  const group = selectedGroup(session)
  const images = group.filter(isImageOrIndex)
  const names = new Set(images.map(node => node.names.join('\n')))
  // Under several names, or one and none, lie several images, of whatever platforms: as one index all names but the first would be lost.
  const whole = names.size > 1 ? undefined : wholeNode(group)
  if (whole !== undefined) return [whole]
  if (Object.keys(session.selector).length > 0) return [session.chooseAny(undefined)]
  // Two images of one platform under one name are no index: each is copied.
  return namedGroups(session.listing).flatMap(group => {
    const node = wholeNode(group)
    return node === undefined ? group : [node]
  })
}

/** Whether an index names what is not here: a byte for byte copy would name it too. */
async function hasAbsent(nodes: readonly ImageNode[], { source }: Session, signal: AbortSignal): Promise<boolean> {
  for (const node of nodes) if (node.kind === 'index' && (await absentParts(node, source, signal)).size > 0) return true
  return false
}

function copiedJson({ root, written, alreadyThere }: CopyRun, destination: Destination, said: readonly Diagnostic[]): object {
  return {
    source: { digest: root.digest, size: root.size },
    result: { digest: written.root.digest, size: written.root.size, reference: resultReference(destination) },
    layers: written.layers.map(({ digest, size }, position) => ({ position, action: 'kept', digest, size })),
    saved: { tar: 0, compressed: 0 },
    lostSharing: 0,
    verified: true,
    ...(alreadyThere && { alreadyThere }),
    diagnostics: diagnosticsJson(said),
  }
}

function copiedText({ written, bytes, alreadyThere }: CopyRun, typed: string, destination: Destination): string {
  const where = escapeText(resultReference(destination) ?? typed)
  const said = alreadyThere ? 'Already there:' : `Copied ${formatSize(bytes)} to`
  return `${said} ${where}\n${written.root.digest}\n${converted(destination)}`
}

/** Docker's archives and engines keep a config and plain layers, nothing else. */
function converted(destination: Destination): string {
  return unpacksLayers(destination) ? 'Layers are unpacked there and no manifest is kept: the digest is the image ID.\n' : ''
}
