import type { Command } from 'commander'
import { placeUsage } from '../../session/usage/place-usage.ts'
import { prunedDirectory, pruneLayout } from '../../session/usage/prune-layout.ts'
import { usageJson, usageLines } from '../print/usage-text.ts'
import type { Context } from '../run/context.ts'
import { jsonText } from '../run/json-text.ts'
import { flag, type Values } from '../run/options.ts'
import { addSelectionOptions, readSelection } from '../run/selection-options.ts'

export function define(command: Command, context: Context): void {
  addSelectionOptions(command.argument('<layout>', 'an OCI layout in a directory'))
    .option('--delete', 'delete; without it nothing is, and what would go is shown')
    .option('--json', 'as one JSON object')
    .addHelpText('after', HELP)
    .action(async (typed: string, values: Values) => {
      prunedDirectory(typed)
      const selection = readSelection(values)
      const deleted = flag(values, 'delete')
      const run = deleted ? pruneLayout : placeUsage
      const usage = await run(context.asking(), typed, selection)
      await context.warn(usage.diagnostics)
      if (context.json) await context.output.write(`${jsonText({ ...usageJson(usage), deleted }, 2)}\n`)
      else
        await context.output.writeLines([...usageLines(usage), deleted ? 'Deleted.' : 'Nothing was deleted; --delete does it.'])
    })
}

const HELP = `
Deletes the selected tags (as "peel usage" selects them), the blobs that only they lead to, and blobs that nothing leads to; without a
condition only the last. Other programs than peel keep to no lock: let none write to the layout meanwhile.`
