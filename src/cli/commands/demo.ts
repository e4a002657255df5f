import type { Command } from 'commander'
import { DEMO } from '../../session/demo-image.ts'
import type { Context } from '../run/context.ts'

export function define(command: Command, context: Context): void {
  command
    .addHelpText('after', `\nEvery other command takes it too, under the name "${DEMO}": peel waste ${DEMO}`)
    .action(async () => {
      const { interactive } = await import('./interactive.ts')
      await interactive(context, DEMO, { tour: true })
    })
}
