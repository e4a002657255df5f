import { after, describe, test } from 'node:test'
import { fuzzResizes } from '../kit/fuzz/resize-fuzz.ts'
import { shownLayout } from '../kit/image/shown-image.ts'
import { showImage } from '../kit/terminal/shown-program.ts'

const shown = shownLayout()
after(() => shown.remove())

describe('resizes and keys for long', () => {
  test('100 seeds', async () => {
    for (let seed = 1000; seed < 1100; seed++) {
      const program = await showImage(shown.layout)
      await fuzzResizes(program, seed, 120)
      await program.close()
    }
  })
})
