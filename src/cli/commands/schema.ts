import type { Command } from 'commander'
import { escapeText } from '../../escape.ts'
import type { Context } from '../run/context.ts'
import { jsonText } from '../run/json-text.ts'
import { UsageError } from '../run/usage-error.ts'
import { SCHEMA_NAMES, schemaOf } from '../schema/schemas.ts'

export function define(command: Command, context: Context): void {
  command.argument('[name]', `${SCHEMA_NAMES.join(', ')}; without one the names`).action(async (name: string | undefined) => {
    if (name === undefined) return context.output.writeLines([...SCHEMA_NAMES])
    const schema = schemaOf(name)
    if (schema === undefined) {
      throw new UsageError('USAGE', `Cannot print the schema "${escapeText(name)}": there is none of that name`, {
        hint: '"peel schema" lists the names.',
      })
    }
    await context.output.write(`${jsonText(schema, 2)}\n`)
  })
}
