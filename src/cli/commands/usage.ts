import type { Command } from 'commander'
import { placeUsage } from '../../session/usage/place-usage.ts'
import { usageJson, usageLines } from '../print/usage-text.ts'
import type { Context } from '../run/context.ts'
import { jsonText } from '../run/json-text.ts'
import type { Values } from '../run/options.ts'
import { addSelectionOptions, readSelection } from '../run/selection-options.ts'

export function define(command: Command, context: Context): void {
  addSelectionOptions(command.argument('<place>', 'a layout, an archive, or a repository of a registry'))
    .option('--json', 'as one JSON object')
    .addHelpText('after', HELP)
    .action(async (typed: string, values: Values) => {
      const usage = await placeUsage(context.asking(), typed, readSelection(values))
      if (context.json) await context.output.write(`${jsonText(usageJson(usage), 2)}\n`)
      else await context.output.writeLines(usageLines(usage))
      await context.warn(usage.diagnostics)
    })
}

const HELP = `
Conditions are ANDed; without any, no tag is selected. What a selection frees is counted exactly: the bytes that only the selected tags
lead to. Signatures and SBOMs go with what they are about. A tag whose age is not known is never selected by age.`
