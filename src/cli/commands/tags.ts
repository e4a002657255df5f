import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { escapeText } from '../../escape.ts'
import { parseLocation } from '../../image/location.ts'
import { parseReference } from '../../image/reference.ts'
import { registryHost } from '../../image/registry-host.ts'
import { tagsOf } from '../../session/copy/copy-tags.ts'
import { registryOptions } from '../../session/remote.ts'
import type { Context } from '../run/context.ts'
import { jsonText } from '../run/json-text.ts'
import { typed } from '../run/typed-command.ts'
import { UsageError } from '../run/usage-error.ts'

export function define(command: Command, context: Context): void {
  typed(command)
    .argument('<repository>', 'nginx, ghcr.io/owner/app, localhost:5000/app; or a layout or an archive')
    .option('--json', 'as one JSON object')
    .action(async typed => {
      if (!existsSync(typed)) refuseRegistry(typed)
      const place = parseLocation(typed, existsSync)
      if (place.transport !== 'docker') return await write(context, typed, await tagsOf(context.asking(), typed, place))
      const { repositoryTags } = await import('../../transport/remote.ts')
      const reference = parseReference(typed.replace(/^docker:\/\//, ''))
      const { names: tags, diagnostics } = await repositoryTags(reference, registryOptions(context.common()), context.signal)
      await write(context, `${reference.domain}/${reference.path}`, tags)
      await context.warn(diagnostics)
    })
}

async function write(context: Context, repository: string, tags: readonly string[]): Promise<void> {
  if (context.json) await context.output.write(`${jsonText({ repository, tags })}\n`)
  else await context.output.writeLines(tags.map(escapeText))
}

/** By the grammar `localhost:5000` is a repository of Docker Hub with a tag, which is hardly ever meant. */
function refuseRegistry(typed: string): void {
  const host = registryHost(typed)
  if (host === undefined || !(host === 'localhost' || /:\d+$/.test(host) || typed.endsWith('/'))) return
  throw new UsageError('USAGE', `Cannot list the tags of "${escapeText(typed)}": it is a registry`, {
    hint: `Name a repository: \`peel catalog ${escapeText(host)}\` lists them.`,
  })
}
