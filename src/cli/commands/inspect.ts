import type { Command } from 'commander'
import { readDocument } from '../../blob/read.ts'
import { sharedLayers } from '../../compare/shared-layers.ts'
import { ImageError } from '../../error.ts'
import { selectNodes } from '../../image/choose.ts'
import { windowsNotice } from '../../image/load.ts'
import type { LayerReading } from '../../layer/reading.ts'
import { StackBuilder } from '../../overlay/apply.ts'
import { semanticsNotice } from '../../overlay/disagreement.ts'
import { inTurns } from '../../overlay/in-slices.ts'
import { artifactFacts } from '../../session/artifact/artifact-facts.ts'
import { CHECKPOINT_WARNING, isCheckpoint } from '../../session/artifact/checkpoint.ts'
import { loadImageSet } from '../../session/image-set.ts'
import { type ChosenImage, withAny, withSession } from '../../session/opened-image.ts'
import type { Session } from '../../session/session.ts'
import { contentBytes } from '../../space/content-bytes.ts'
import { wasteSteps } from '../../space/waste.ts'
import { artifactText } from '../print/artifact-text.ts'
import { type Inspected, inspectJson, layerDiagnostics } from '../print/inspect-json.ts'
import { inspectText } from '../print/inspect-text.ts'
import { sharedText } from '../print/shared-text.ts'
import type { Context } from '../run/context.ts'
import { jsonText } from '../run/json-text.ts'
import { typed, type ValuesOf } from '../run/typed-command.ts'
import { UsageError } from '../run/usage-error.ts'

export function define(command: Command, context: Context): void {
  options(command).action(async (reference, more, values) => {
    if (values.shared === true) return await shared(context, [reference, ...more], values)
    if (more.length > 0) throw severalImages
    if (values.raw === true && (values.json === true || values.layers === true)) {
      throw new UsageError('USAGE', 'Cannot combine --raw with --json or --layers: raw is the document as it is')
    }
    if (values.raw === true) await withSession(context.asking(), reference, session => raw(context, session))
    else await withAny(context.asking(), reference, opened => inspect(context, opened, values.layers === true))
  })
}

function options(command: Command) {
  return typed(command)
    .argument('<image>', 'the image')
    .argument('[more...]', 'with --shared: other images')
    .option('--json', 'print everything as one JSON object')
    .option('--raw', "the root document's exact bytes")
    .option('--layers', 'read the layers too: unpacked sizes, entries, hidden bytes')
    .option('--shared', 'print the layers that several images share, and their total size; reads documents only')
}

type Values = ValuesOf<typeof options>

const severalImages = new UsageError('USAGE', 'Cannot inspect several images one beside the other', {
  hint: 'Write "peel inspect A B --shared" for what they share, "peel diff A B" for how two differ.',
})

async function shared(context: Context, references: readonly string[], values: Values): Promise<void> {
  if (values.raw === true || values.layers === true) {
    throw new UsageError('USAGE', 'Cannot combine --shared with --raw or --layers: it reads documents only')
  }
  const found = sharedLayers(await loadImageSet(context.asking(), references))
  if (context.json) await context.output.write(`${jsonText(found, 2)}\n`)
  else await context.output.writeLines(sharedText(found, context.paint()))
}

/** Also what the interface shows where there is no terminal to draw on. */
export async function inspect(context: Context, opened: ChosenImage, withLayers: boolean): Promise<void> {
  const artifact =
    opened.artifact === undefined ? undefined : await artifactFacts(opened.session.source, opened.image, context.signal)
  if (artifact === undefined && isCheckpoint(opened.image) && !context.json) await context.warn([CHECKPOINT_WARNING])
  const inspected: Inspected = {
    ...opened,
    described: artifact,
    ...(withLayers ? await layerFacts(context, opened) : { facts: [] }),
  }
  if (context.json) await context.output.write(`${jsonText(inspectJson(inspected), 2)}\n`)
  else {
    const columns = context.output.width
    await context.output.writeLines(
      artifact === undefined
        ? inspectText(inspected, context.paint(), columns)
        : artifactText(opened, artifact, context.paint(), columns),
    )
    await context.warn(artifact?.diagnostics ?? [])
    await context.warn([...opened.session.listing.diagnostics, ...opened.image.diagnostics, ...layerDiagnostics(inspected)])
  }
}

/** The document that the reference names: a manifest or an index; the place's own list where it names nothing and there are several. */
async function raw(context: Context, { source, listing, selector, choose }: Session): Promise<void> {
  const { platform } = context.common()
  const nodes = platform === undefined ? selectNodes(listing, selector) : [choose()]
  const [only] = nodes
  const list = listing.documents.find(({ name }) => name === 'index.json')
  if (only !== undefined && (nodes.length === 1 || list === undefined)) {
    await context.output.write(await readDocument(source, only.descriptor, context.signal))
  } else if (list !== undefined) await context.output.write(list.raw)
  else choose()
}

/** Hidden bytes are known only where every layer is: one that cannot be read may hide anything below it. */
async function layerFacts(context: Context, opened: ChosenImage): Promise<Pick<Inspected, 'facts' | 'stacked'>> {
  const readings: (LayerReading | ImageError)[] = []
  // Layers are stacked while the ones above them are still being read.
  let builder: StackBuilder | undefined = new StackBuilder(context.common().semantics)
  for await (const reading of opened.layers.readable()) {
    readings.push(reading)
    if (reading instanceof ImageError) builder = undefined
    else if (builder !== undefined) await inTurns(builder.appending(reading.changeset), context.signal)
  }
  const stack = builder?.stack()
  const byLayer = stack && (await inTurns(wasteSteps(stack), context.signal)).byLayer
  const disputed = stack && semanticsNotice(stack)
  const notices = [...windowsNotice(opened.image), ...(disputed === undefined ? [] : [disputed])]
  const stacked = [...(stack?.diagnostics ?? []), ...notices]
  const facts = readings.map((reading, position) => {
    if (reading instanceof ImageError) return { error: reading }
    return { reading, contentBytes: contentBytes(reading.changeset), hidden: byLayer?.[position] }
  })
  return { facts, stacked }
}
