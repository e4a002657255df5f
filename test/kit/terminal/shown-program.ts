import { after } from 'node:test'
import { createLayerWork } from '../../../src/cli/interface/layer-work.ts'
import { createWorld } from '../../../src/cli/interface/world.ts'
import { DEFAULT_COMMON } from '../../../src/cli/run/options.ts'
import { createLayerThreads } from '../../../src/session/layer-threads.ts'
import { type Shown, type ShowOptions, showProgram } from './fake-terminal.ts'

/** Tests of the tree begin on it, in the order of names. */
const FILES_FIRST = { tab: 'files', sort: 'name' } as const
/** Nothing of the person who runs the tests is read or written. */
const COMMON = { ...DEFAULT_COMMON, cache: false }
/** One set for the images of a test file, as one run of the interface has: starting threads costs more than reading an image with them. */
const threads = createLayerThreads(COMMON)
after(() => threads.pool.close())

/** The interface with its real world on a terminal in memory, an image open and all its layers read. */
export async function showImage(
  reference: string,
  { askAbove, ...options }: ShowOptions & { readonly askAbove?: number } = {},
  shows: readonly RegExp[] = [/% hidden/, /▾ \//],
): Promise<Shown> {
  const world = createWorld({ ...COMMON, threads }, createLayerWork(COMMON), { askAbove })
  const quiet = { ...world, saveSettings: () => Promise.resolve() }
  const effects = [{ type: 'open', image: 'shown', reference }] as const
  const shown = showProgram(quiet, { effects, settings: FILES_FIRST, opening: reference, ...options })
  await shown.terminal.shows(...shows)
  await shown.terminal.quiet()
  return shown
}
