import type { Command } from 'commander'
import { duplicatesOf } from '../space/duplicates.ts'
import { wasteOf } from '../space/waste.ts'
import type { Context } from './context.ts'
import { type OpenedImage, withImage } from './open/opened-image.ts'
import { mergedTree, oddities } from './open/opened-layers.ts'
import { flag, number, parseCount, type Values } from './options.ts'
import { wasteJson } from './print/waste-json.ts'
import { wasteText } from './print/waste-text.ts'

export function define(command: Command, context: Context): void {
  command
    .argument('<image>', 'the image')
    .option('--json', 'as one JSON object')
    .option('--top <n>', 'only the n biggest files (20 without --json, all with it)', (typed: string) => parseCount(typed))
    .option('--dry-run-squash', 'also what a squash of all layers would save, by trying it')
    .action((reference: string, values: Values) =>
      withImage(context, reference, opened => waste(context, opened, number(values, 'top'), flag(values, 'dryRunSquash'))),
    )
}

async function waste(context: Context, opened: OpenedImage, top: number | undefined, trySquash: boolean): Promise<void> {
  const merged = await mergedTree(context, opened)
  const found = {
    ledger: wasteOf(merged.stack),
    duplicates: duplicatesOf(merged.snapshot),
    stack: merged.stack,
    squash: trySquash
      ? await (await import('./interface/dry-run-squash.ts')).dryRunSquash(context, opened.session, opened.image)
      : undefined,
  }
  if (context.json) return await context.output.writeLines(wasteJson(found, top))
  await context.output.writeLines(wasteText(found, top ?? 20, context.paint()))
  await context.warn(oddities(merged))
}
