import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { onSmallDisk } from '../kit/image/local-image.ts'
import { peerTest } from '../kit/peer.ts'
import { runSampled, SAMPLED_PROGRAMS } from './sampled.ts'

describe('random images, squashed', () => {
  peerTest(
    'umoci and a kernel overlay mount show them as they were',
    SAMPLED_PROGRAMS,
    context =>
      onSmallDisk(context, '64m', async directory => {
        const { kernel, umoci } = runSampled(1, 12, directory)
        assert.ok(kernel >= 12 && umoci >= 12, `${kernel} and ${umoci} comparisons`)
      }),
    { root: true },
  )
})
