import type { Command } from 'commander'
import { escapeText } from '../../escape.ts'
import { registryOptions } from '../../session/remote.ts'
import type { Context } from '../run/context.ts'
import { jsonText } from '../run/json-text.ts'
import { typed } from '../run/typed-command.ts'
import { UsageError } from '../run/usage-error.ts'

export function define(command: Command, context: Context): void {
  typed(command)
    .argument('<host>', 'the registry: localhost:5000')
    .option('--json', 'as one JSON object')
    .action(async typed => {
      const host = typed.replace(/^(?:docker|https?):\/\//, '').replace(/\/+$/, '')
      if (host === '' || host.includes('/')) {
        throw new UsageError('USAGE', `Cannot list "${escapeText(typed.replace(/[^/]*@/, '***@'))}": it is not a host`, {
          hint: 'Write HOST or HOST:PORT.',
        })
      }
      const { registryCatalog } = await import('../../transport/remote.ts')
      const { names: repositories, diagnostics } = await registryCatalog(host, registryOptions(context.common()), context.signal)
      if (context.json) await context.output.write(`${jsonText({ registry: host, repositories })}\n`)
      else await context.output.writeLines(repositories.map(escapeText))
      await context.warn(diagnostics)
    })
}
