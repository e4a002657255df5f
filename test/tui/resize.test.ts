import { after, describe, test } from 'node:test'
import { fuzzResizes } from '../kit/fuzz/resize-fuzz.ts'
import { shownLayout } from '../kit/image/shown-image.ts'
import { showImage } from '../kit/terminal/shown-program.ts'

const shown = shownLayout()
after(() => shown.remove())

describe('resizes and keys, with Ctrl-L as the oracle', () => {
  for (const seed of [1, 2, 3, 4]) {
    test(`seed ${seed}`, async () => {
      const program = await showImage(shown.layout)
      try {
        await fuzzResizes(program, seed, 40)
      } finally {
        await program.close()
      }
    })
  }
})
