import type { Context } from './context.ts'
import { inspect } from './inspect.ts'
import { withImage } from './opened-image.ts'
import { UsageError } from './usage-error.ts'

/** The terminal interface; where there is no terminal to draw on, the summary that `peel inspect` prints. */
export async function interactive(context: Context, image: string | undefined): Promise<void> {
  if (image === undefined) {
    throw new UsageError('USAGE', 'Cannot show the start screen: this is not a terminal', {
      hint: 'Name an image, or run "peel --help" for the commands.',
    })
  }
  await withImage(context, image, opened => inspect(context, opened, false))
}
