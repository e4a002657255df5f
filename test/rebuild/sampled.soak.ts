import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { onSmallDisk } from '../kit/image/local-image.ts'
import { peerTest } from '../kit/peer.ts'
import { runSampled, SAMPLED_PROGRAMS } from './sampled.ts'

describe('many random images, squashed', () => {
  peerTest(
    'umoci and a kernel overlay mount show them as they were',
    SAMPLED_PROGRAMS,
    context =>
      onSmallDisk(context, '64m', async directory => {
        const { kernel, umoci, unreadable, odd } = runSampled(2, 400, directory)
        assert.ok(kernel >= 400 && umoci >= 400 && odd < 40, JSON.stringify({ kernel, umoci, unreadable, odd }))
      }),
    { root: true, timeout: 3_600_000 },
  )
})
