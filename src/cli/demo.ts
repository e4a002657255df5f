import type { Command } from 'commander'
import type { Context } from './context.ts'
import { DEMO } from './open/demo-image.ts'

export function define(command: Command, context: Context): void {
  command
    .addHelpText('after', `\nEvery other command takes it too, under the name "${DEMO}": peel waste ${DEMO}`)
    .action(async () => {
      const { interactive } = await import('./interface/interactive.ts')
      await interactive(context, DEMO)
    })
}
