import type { Command } from 'commander'
import { ImageError } from '../../error.ts'
import type { Image } from '../../image/load.ts'
import { type Difference, difference } from '../../overlay/difference.ts'
import { type ChosenImage, withImage } from '../../session/opened-image.ts'
import { configDifferences } from '../print/config-diff.ts'
import { type DiffFound, diffJson, diffText } from '../print/diff-output.ts'
import type { Context } from '../run/context.ts'
import { flag, number, parseLayerNumber, type Values } from '../run/options.ts'
import { UsageError } from '../run/usage-error.ts'

export function define(command: Command, context: Context): void {
  command
    .argument('<a>', 'an image')
    .argument('[b]', 'the image to compare it with')
    .option('--layer <n>', 'what one layer of a single image changed, the base being 1', parseLayerNumber)
    .option('--exit-code', 'end with status 1 when something differs')
    .option('--json', 'as one JSON object')
    .action(async (a: string, b: string | undefined, values: Values) => {
      const layer = number(values, 'layer')
      if ((b === undefined) === (layer === undefined)) {
        throw new UsageError('USAGE', 'Cannot compare: diff takes two images, or one image and --layer', {
          hint: 'Write "peel diff A B" or "peel diff IMAGE --layer N".',
        })
      }
      const report = (found: DiffFound, differs = false) => write(context, found, { differs, exitCode: flag(values, 'exitCode') })
      if (layer !== undefined) await withImage(context.asking(), a, opened => ofLayer(opened, layer, report))
      else
        await withImage(context.asking(), a, one => withImage(context.asking(), b ?? '', other => ofImages(one, other, report)))
    })
}

/** `differs`: known already, whatever the files say. */
type Report = (found: DiffFound, differs?: boolean) => Promise<void>

async function ofLayer(opened: ChosenImage, layer: number, report: Report): Promise<void> {
  const position = opened.layers.positionOf(layer)
  const { stack } = await opened.layers.tree(position + 1)
  const digests = opened.image.layers.map(({ blob }) => blob.digest)
  await report({
    config: [],
    layers: { shared: digests.slice(0, position), onlyA: [], onlyB: digests.slice(position, position + 1) },
    lower: stack.snapshot(position),
    upper: stack.snapshot(position + 1),
    files: () => difference(stack.snapshot(position), stack.snapshot(position + 1)),
  })
}

async function ofImages(a: ChosenImage, b: ChosenImage, report: Report): Promise<void> {
  const lower = (await a.layers.tree()).snapshot
  const upper = (await b.layers.tree()).snapshot
  const config = configDifferences(documentOf(a.image), documentOf(b.image))
  const layers = layerDifferences(a.image, b.image)
  const differs = config.length + layers.onlyA.length + layers.onlyB.length > 0
  await report({ config, layers, lower, upper, files: () => difference(lower, upper) }, differs)
}

function documentOf({ config }: Image): unknown {
  if (config === undefined) throw new ImageError('CONFIG_MISSING', 'Cannot compare: an image has no config')
  return JSON.parse(Buffer.from(config.raw).toString())
}

function layerDifferences(a: Image, b: Image): DiffFound['layers'] {
  const [left, right] = [a, b].map(({ layers }) => layers.map(({ blob }) => blob.digest))
  const [inA, inB] = [new Set(left), new Set(right)]
  return {
    shared: (left ?? []).filter(digest => inB.has(digest)),
    onlyA: (left ?? []).filter(digest => !inB.has(digest)),
    onlyB: (right ?? []).filter(digest => !inA.has(digest)),
  }
}

type Verdict = { differs: boolean; readonly exitCode: boolean }

async function write(context: Context, found: DiffFound, verdict: Verdict): Promise<void> {
  const files = function* (): Generator<Difference> {
    for (const each of found.files()) {
      verdict.differs = true
      yield each
    }
  }
  const counted = { ...found, files }
  await context.output.writeLines(context.json ? diffJson(counted) : diffText(counted, context.paint()))
  if (verdict.differs && verdict.exitCode) context.status = 1
}
