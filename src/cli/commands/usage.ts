import type { Command } from 'commander'
import { recordGrowth } from '../../session/usage/growth.ts'
import { placeUsage } from '../../session/usage/place-usage.ts'
import { growthLines, matrixLines } from '../print/usage-growth-text.ts'
import { usageJson, usageLines } from '../print/usage-text.ts'
import type { Context } from '../run/context.ts'
import { jsonText } from '../run/json-text.ts'
import { readSize } from '../run/options.ts'
import { addSelectionOptions, readSelection } from '../run/selection-options.ts'
import { UsageError } from '../run/usage-error.ts'

export function define(command: Command, context: Context): void {
  addSelectionOptions(command)
    .argument('<place>', 'a layout, an archive, or a repository of a registry')
    .option('--record <file>', 'append the current sizes to this file, and print their growth')
    .option('--capacity <size>', 'with --record: warn when four fifths of this size are held', readSize)
    .option('--matrix', 'print the bytes that each pair of tags shares')
    .option('--json', 'as one JSON object')
    .addHelpText('after', `\n${HELP}`)
    .action(async (typed, values) => {
      const [record, capacity] = [values.record, values.capacity]
      if (capacity !== undefined && record === undefined)
        throw new UsageError('USAGE', 'Cannot foretell with --capacity alone: it belongs to --record')
      const usage = await placeUsage(context.asking(), typed, readSelection(values))
      const growth = record === undefined ? undefined : await recordGrowth(record, usage, Date.now())
      if (context.json) await context.output.write(`${jsonText(usageJson(usage, growth), 2)}\n`)
      else {
        const matrix = values.matrix === true ? ['', ...matrixLines(usage)] : []
        const growing = growth === undefined ? [] : growthLines(growth, capacity)
        await context.output.writeLines([...usageLines(usage), ...growing, ...matrix])
      }
      await context.warn(usage.diagnostics)
    })
}

const HELP = [
  'Conditions are ANDed; without any, no tag is selected.',
  'The space that a selection frees is counted exactly: the bytes that only the selected tags lead to.',
  'Signatures and SBOMs go with what they are about.',
  'A tag whose age is not known is never selected by age.',
].join(' ')
