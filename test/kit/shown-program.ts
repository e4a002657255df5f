import { createLayerWork } from '../../src/cli/interface/layer-work.ts'
import { createWorld } from '../../src/cli/interface/world.ts'
import { DEFAULT_COMMON } from '../../src/cli/run/options.ts'
import { type Shown, type ShowOptions, showProgram } from './fake-terminal.ts'

/** The interface with its real world on a terminal in memory, an image open and all its layers read. */
export async function showImage(
  reference: string,
  options: ShowOptions = {},
  shows: readonly RegExp[] = [/% wasted/, /▾ \//],
): Promise<Shown> {
  // Nothing of the person who runs the tests is read or written.
  const layers = createLayerWork({ ...DEFAULT_COMMON, cache: false })
  const world = createWorld({ ...DEFAULT_COMMON, cache: false }, layers.work)
  const quiet = { ...world, saveSettings: () => Promise.resolve() }
  const shown = showProgram(quiet, { effects: [{ type: 'open', reference }], ...options })
  await shown.terminal.shows(...shows)
  await shown.terminal.quiet()
  return {
    ...shown,
    close: async () => {
      const status = await shown.close()
      await layers.close()
      return status
    },
  }
}
