import type { Context } from './context.ts'

/** The terminal interface; where there is no terminal to draw on, the summary that `peel inspect` prints. */
export async function interactive(context: Context, image: string | undefined): Promise<number> {
  await context.error.write(`${image}`)
  return 0
}
