import type { Command } from 'commander'
import { inTurns } from '../../overlay/in-slices.ts'
import { oddities } from '../../session/merged.ts'
import { type ChosenImage, withImage } from '../../session/opened-image.ts'
import { duplicateSteps } from '../../space/duplicates.ts'
import { wasteSteps } from '../../space/waste.ts'
import { wasteJson } from '../print/waste-json.ts'
import { wasteText } from '../print/waste-text.ts'
import type { Context } from '../run/context.ts'
import { parseCount } from '../run/options.ts'
import { typed } from '../run/typed-command.ts'

export function define(command: Command, context: Context): void {
  typed(command)
    .argument('<image>', 'the image')
    .option('--json', 'as one JSON object')
    .option('--top <n>', 'only the n biggest files (20 without --json, all with it)', (typed: string) => parseCount(typed))
    .option('--dry-run-squash', 'also try a squash of all layers and print the bytes it would save')
    .action((reference, values) =>
      withImage(context.asking(), reference, opened => waste(context, opened, values.top, values.dryRunSquash === true)),
    )
}

async function waste(context: Context, opened: ChosenImage, top: number | undefined, trySquash: boolean): Promise<void> {
  const merged = await opened.layers.tree()
  const found = {
    ledger: await inTurns(wasteSteps(merged.stack), context.signal),
    duplicates: await inTurns(duplicateSteps(merged.snapshot), context.signal),
    stack: merged.stack,
    squash: trySquash
      ? await (await import('../../session/write/dry-run-squash.ts')).dryRunSquash(context.asking(), opened.session, opened.image)
      : undefined,
  }
  if (context.json) return await context.output.writeLines(wasteJson(found, top))
  await context.output.writeLines(wasteText(found, top ?? 20, context.paint()))
  await context.warn(oddities(merged, opened.image))
}
