import { after, before, mock } from 'node:test'
import type { ImageFixture } from './image-fixture.ts'
import { shownLayout } from './shown-image.ts'

/**
 * Makes the layout `weather` of these images for the tests of the file or suite that calls it, which run in its directory: a reference
 * is on the screen, and a relative one is the same on every machine. `now` stops the clock there, for what says how long ago it was.
 */
export function besideLayout(images: Readonly<Record<string, ImageFixture>>, now?: string): void {
  const layout = shownLayout(images)
  const home = process.cwd()
  before(() => {
    if (now !== undefined) mock.timers.enable({ apis: ['Date'], now: new Date(now) })
    process.chdir(layout.directory)
  })
  after(() => {
    process.chdir(home)
    if (now !== undefined) mock.timers.reset()
    layout.remove()
  })
}
