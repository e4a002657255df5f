import type { Command } from 'commander'
import { escapeText } from '../escape.ts'
import { parseReference } from '../image/reference.ts'
import type { Context } from './context.ts'
import { jsonText } from './json-text.ts'
import { registryOptions } from './remote.ts'

export function define(command: Command, context: Context): void {
  command
    .argument('<repository>', 'nginx, ghcr.io/owner/app, localhost:5000/app')
    .option('--json', 'as one JSON object')
    .action(async (typed: string) => {
      const { repositoryTags } = await import('../transport/remote.ts')
      const reference = parseReference(typed.replace(/^docker:\/\//, ''))
      const { names: tags, diagnostics } = await repositoryTags(reference, registryOptions(context.common()), context.signal)
      const repository = `${reference.domain}/${reference.path}`
      if (context.json) await context.output.write(`${jsonText({ repository, tags })}\n`)
      else await context.output.writeLines(tags.map(escapeText))
      await context.warn(diagnostics)
    })
}
