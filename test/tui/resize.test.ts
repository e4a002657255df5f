import { after, describe, test } from 'node:test'
import { fuzzResizes } from '../kit/resize-fuzz.ts'
import { shownLayout } from '../kit/shown-image.ts'
import { showImage } from '../kit/shown-program.ts'

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
