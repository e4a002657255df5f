import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { parseDestination } from '../../src/image/location.ts'
import type { Edit } from '../../src/rebuild/edit.ts'
import { asking } from '../../src/session/asking.ts'
import { withSession } from '../../src/session/opened-image.ts'
import { type Goal, openGoal } from '../../src/session/write/open-goal.ts'
import { ociArchive } from '../kit/image/archive-fixture.ts'
import { type ImageFixture, imageFixture, indexFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'

const layers = ['a', 'b', 'c', 'd'].map(name => layerFixture({ [name]: name }))
const image = imageFixture(layers)
const withLayers = (count: number) =>
  imageFixture(Array.from({ length: count }, (_, at) => layerFixture({ [`other${at}`]: 'x' })))

/** Opens the destination for what the edits make of the four layers, where `taken` has its name; undefined for a copy. */
async function goalOf(
  context: TestContext,
  taken: ImageFixture,
  edits: readonly Edit[] | undefined,
  force = false,
): Promise<Goal & { readonly file: string }> {
  const directory = scratch(context)
  const source = writeLayout(join(directory, 'source'), { x: image })
  const file = join(directory, 'taken.tar')
  writeFileSync(file, ociArchive({ y: taken }))
  const asked = asking({ cache: false })
  return await withSession(asked, `oci:${source}:x`, async session => {
    const [node] = session.listing.nodes
    assert.ok(node !== undefined)
    const options = { names: [], force, session, node, ...(edits !== undefined && { plan: { edits } }) }
    const goal = await openGoal(asked, parseDestination(`oci-archive:${file}:y`, existsSync), options)
    await goal.sink?.abort()
    return { ...goal, file }
  })
}

const REFUSED = { code: 'DESTINATION_EXISTS' }
const squash = (from?: number, to?: number): Edit => ({
  type: 'squash',
  ...(from !== undefined && { from }),
  ...(to !== undefined && { to }),
})

describe('a name that is taken', () => {
  test('by an image of another number of layers is refused before any layer is read', async context => {
    for (const [edits, count] of [
      [[squash()], 1],
      [[squash(1, 2)], 3],
      [[squash(0, 1), squash(2, 3)], 2],
      [[squash(2)], 3],
      [[], 4],
    ] as const) {
      for (const other of [count - 1, count + 1])
        if (other > 0) await assert.rejects(goalOf(context, withLayers(other), edits), REFUSED, `${count} ${other}`)
      const goal = await goalOf(context, withLayers(count), edits)
      assert.equal(goal.sink, undefined)
      assert.equal(goal.isThere(image.descriptor), false)
      assert.equal(goal.refusal.code, 'DESTINATION_EXISTS')
    }
  })

  test('may be the result where the plan does not tell its layers: files are removed, layers dropped, nothing is planned', async context => {
    for (const edits of [[{ type: 'remove', path: '/a' }], [{ type: 'drop-layer', position: 0 }], undefined] as const)
      assert.equal((await goalOf(context, withLayers(2), edits)).sink, undefined)
    const index = indexFixture([withLayers(2), withLayers(3)])
    assert.equal((await goalOf(context, index, [squash()])).sink, undefined)
  })

  test('by the same image: nothing is to be done', async context => {
    const goal = await goalOf(context, image, undefined)
    assert.deepEqual([goal.sink, goal.isThere(image.descriptor)], [undefined, true])
  })

  test('is open where it is said, and holds what it held until something is written', async context => {
    const taken = withLayers(2)
    const { sink, file } = await goalOf(context, taken, [squash()], true)
    assert.ok(sink !== undefined)
    assert.deepEqual(readFileSync(file), ociArchive({ y: taken }))
  })
})
