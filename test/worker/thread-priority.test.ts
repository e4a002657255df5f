import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { constants, getPriority } from 'node:os'
import { test } from 'node:test'
import type { Descriptor } from '../../src/blob/descriptor.ts'
import { LayerThread } from '../../src/worker/layer-thread.ts'
import { imageFixture, layerFixture, memorySource } from '../kit/image/image-fixture.ts'

const LINUX = process.platform === 'linux'

/** How nice each thread of this process is (proc(5), the 19th field of stat; the name before it may hold spaces). */
function niceness(): number[] {
  return readdirSync('/proc/self/task').map(thread => {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'latin1')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])
  })
}

test('a reading thread that yields is less urgent than the program, others are not', { skip: !LINUX }, async () => {
  const own = getPriority()
  const lower = Math.min(constants.priority.PRIORITY_LOW, own + 5)
  const image = imageFixture([layerFixture({ a: '1' })])
  const [blob] = image.layers as [Descriptor]
  const before = niceness().filter(nice => nice === lower).length
  for (const [yields, more] of [
    [false, 0],
    [true, 1],
  ] as const) {
    const thread = new LayerThread({ yields })
    await thread.read({ blob, local: undefined, bytes: memorySource(image).fetchUnverified(blob), store: undefined })
    const now = niceness().filter(nice => nice === lower).length
    await thread.close()
    if (own !== lower) assert.equal(now - before, more)
  }
  assert.equal(getPriority(), own)
})
