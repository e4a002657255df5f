import type { Command } from 'commander'
import { placeUsage } from '../../session/usage/place-usage.ts'
import { prunedPlace, prunePlace } from '../../session/usage/prune-place.ts'
import { pruneRefusal } from '../../session/usage/prune-safety.ts'
import { usageJson, usageLines } from '../print/usage-text.ts'
import type { Context } from '../run/context.ts'
import { jsonText } from '../run/json-text.ts'
import { addSelectionOptions, readSelection } from '../run/selection-options.ts'

export function define(command: Command, context: Context): void {
  addSelectionOptions(command)
    .argument('<place>', 'an OCI layout in a directory, or a repository of a registry')
    .option('--delete', 'delete; without it only print the tags and blobs that would go')
    .option('--json', 'as one JSON object')
    .addHelpText('after', `\n${HELP}`)
    .action(async (typed, values) => {
      await prunedPlace(typed)
      const selection = readSelection(values)
      const deleted = values.delete === true
      const usage = deleted
        ? await prunePlace(context.asking(), typed, selection)
        : await placeUsage(context.asking(), typed, selection, { referrers: true })
      await context.warn(usage.diagnostics)
      // A dry run must not promise what --delete refuses.
      const refused = deleted ? undefined : pruneRefusal(usage, typed)
      if (refused !== undefined) await context.warn([{ code: refused.code, severity: 'warning', message: refused.message }])
      const last = deleted
        ? 'Deleted.'
        : refused === undefined
          ? 'Nothing was deleted; --delete does it.'
          : 'Nothing was deleted.'
      if (context.json) await context.output.write(`${jsonText({ ...usageJson(usage), deleted }, 2)}\n`)
      else await context.output.writeLines([...usageLines(usage), last])
    })
}

const HELP = [
  'Deletes the selected tags (as "peel usage" selects them), the blobs that only they lead to, and blobs that nothing leads to; without a condition only the last.',
  'Of a registry it deletes tags and manifests, in an order that leaves nothing in part; the registry frees the bytes when it collects its garbage.',
  'Other programs than peel do not heed its lock of a layout: let none write to the layout meanwhile.',
].join(' ')
