import type { Command } from 'commander'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { displayPath, ROOT } from '../../layer/file-path.ts'
import { buildingStack } from '../../overlay/apply.ts'
import { inTurns } from '../../overlay/in-slices.ts'
import type { Snapshot, TreeNode } from '../../overlay/tree.ts'
import type { Merged } from '../../session/merged.ts'
import { type ChosenImage, withAny } from '../../session/opened-image.ts'
import { removingLayer } from '../../session/removing-layer.ts'
import { findTyped, typedReadings } from '../../session/typed-path.ts'
import type { Context } from '../run/context.ts'
import { parseLayerNumber } from '../run/options.ts'
import { PrintableText } from '../run/printable-text.ts'
import { typed } from '../run/typed-command.ts'

export function define(command: Command, context: Context): void {
  typed(command)
    .argument('<image>', 'the image')
    .argument('<path>', 'the file')
    .option('--layer <n>', 'the version that this layer ships, the base being 1', parseLayerNumber)
    .option('--force', 'print binary data to a terminal too')
    .action((reference, path, values) =>
      withAny(context.asking(), reference, async opened => {
        const layer = values.layer
        const bytes = layer === undefined ? await fromImage(opened, path) : await fromLayer(opened, path, layer, context.signal)
        const text = context.output.terminal && values.force !== true ? new PrintableText() : undefined
        for await (const chunk of bytes) {
          if (text?.takes(chunk) === false) throw binary(path)
          await context.output.write(chunk)
        }
      }),
    )
}

function binary(path: string): ImageError {
  return new ImageError('OUTPUT_IS_TERMINAL', `Cannot print "${escapeText(path)}" to a terminal: it is not text`, {
    hint: 'Redirect it to a file or a program; --force prints it all the same.',
  })
}

async function fromImage(opened: ChosenImage, typed: string): Promise<AsyncIterable<Uint8Array>> {
  const merged = await opened.layers.around(typed, { inflated: true })
  const { readings } = merged
  const node = findInImage(merged, typed)
  if (node.type !== 'file' || node.content === undefined) throw notAFile(displayPath(node.path), node.type)
  return opened.layers.content(readings[node.content.layer], node.content)
}

function findInImage(merged: Merged, typed: string): TreeNode {
  try {
    return findTyped(merged.snapshot, typed)
  } catch (error) {
    if (!(error instanceof ImageError) || error.code !== 'PATH_NOT_FOUND') throw error
    const position = removingLayer(merged.readings, typedReadings(typed)[0] ?? ROOT)
    if (position === undefined) throw error
    throw new ImageError('PATH_NOT_FOUND', `Cannot find "${escapeText(typed)}": layer ${position + 1} removes it`, {
      hint: 'With --layer N the version is printed that a layer below ships; "peel waste IMAGE" names the layer.',
    })
  }
}

/** Just the one layer is read: unpacked alone, it shows its own version, its own links followed. */
async function fromLayer(
  opened: ChosenImage,
  typed: string,
  layer: number,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const position = opened.layers.positionOf(layer)
  const [reading] = await opened.layers.list([position], { inflated: true })
  const stack = await inTurns(buildingStack(reading === undefined ? [] : [reading.changeset], 'overlay'), signal)
  const node = findInLayer(stack.snapshot(1), typed, layer)
  if (node.type !== 'file' || node.content === undefined) throw notAFile(displayPath(node.path), node.type)
  return opened.layers.content(reading, { layer: position, entry: node.content.entry })
}

function findInLayer(snapshot: Snapshot, typed: string, layer: number): TreeNode {
  try {
    return findTyped(snapshot, typed)
  } catch (error) {
    if (!(error instanceof ImageError) || error.code !== 'PATH_NOT_FOUND') throw error
    throw new ImageError('PATH_NOT_FOUND', `Cannot find "${escapeText(typed)}" in layer ${layer}: it has no such file`, {
      hint: `"peel ls IMAGE --layer ${layer}" shows what it has; without --layer the file of the whole image is read.`,
    })
  }
}

function notAFile(path: string, type: string): ImageError {
  const hint =
    type === 'directory' ? '"peel ls IMAGE PATH" lists it, "peel extract IMAGE PATH DEST" writes it to disk.' : undefined
  return new ImageError('NOT_A_FILE', `Cannot print "${path}": it is a ${type.replace('-', ' ')}`, {
    ...(hint !== undefined && { hint }),
  })
}
