import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listImages } from '../../src/image/list.ts'
import { parseDestination } from '../../src/image/location.ts'
import type { Edit } from '../../src/rebuild/edit.ts'
import type { Session } from '../../src/session/session.ts'
import { chooseNode } from '../../src/session/write/destination-plan.ts'
import { nodeOf as chosenNode } from '../../src/session/write/source-node.ts'
import { imageFixture, indexFixture, layerFixture, memorySource } from '../kit/image/image-fixture.ts'

const [amd64, arm64] = ['amd64', 'arm64'].map(architecture =>
  imageFixture([layerFixture({ a: architecture })], { config: { architecture } }),
) as [ReturnType<typeof imageFixture>, ReturnType<typeof imageFixture>]

test('a place for one image takes an index of one, or the platform that the plan names; never one of several unasked', async () => {
  const nodeOf = async (...images: readonly (typeof amd64)[]) => {
    const [node] = (await listImages(memorySource(indexFixture(images)))).nodes
    assert.ok(node?.kind === 'index')
    return node
  }
  const [one, two] = [await nodeOf(amd64), await nodeOf(amd64, arm64)]
  const chosen = one.children[0]
  const session = { choose: () => chosen } as unknown as Session
  const platforms = (...names: readonly string[]): Edit => ({ type: 'platforms', platforms: names })
  const archive = parseDestination('docker-archive:out.tar', () => false)
  assert.equal(chooseNode(one, { edits: [] }, archive, session), one)
  for (const edits of [[], [platforms('linux/amd64', 'linux/arm64')], [platforms('linux/amd64'), platforms()]])
    assert.throws(() => chooseNode(two, { edits }, archive, session), { code: 'DESTINATION_UNSUPPORTED' })
  assert.equal(chooseNode(two, { edits: [platforms(), platforms('linux/amd64')] }, archive, session), chosen)
  for (const destination of [parseDestination('oci:out', () => false), undefined])
    assert.equal(chooseNode(two, { edits: [] }, destination, session), two)
})

test('a named and a nameless image are two, of whatever platforms: no index is made of them and none is left out unsaid', async () => {
  const under = (name: string | undefined, { descriptor }: typeof amd64, architecture: string) => ({
    ...descriptor,
    platform: { os: 'linux', architecture },
    ...(name !== undefined && { annotations: { 'org.opencontainers.image.ref.name': name } }),
  })
  const session = async (...names: readonly (string | undefined)[]) => {
    const roots = [under(names[0], amd64, 'amd64'), under(names[1], arm64, 'arm64')]
    const listing = await listImages({ ...memorySource(indexFixture([amd64, arm64])), roots: async () => roots })
    return { listing, selector: {}, choose: () => listing.nodes[1] } as unknown as Session
  }
  for (const names of [
    ['1', undefined],
    [undefined, '1'],
    ['1', '2'],
  ]) {
    const place = await session(...names)
    assert.throws(() => chosenNode(place, { platform: undefined }), { code: 'IMAGE_AMBIGUOUS' })
    assert.equal(chosenNode(place, { platform: 'linux/arm64' }), place.listing.nodes[1])
  }
  for (const names of [['1', '1'], []]) assert.equal(chosenNode(await session(...names), { platform: undefined }).kind, 'index')
})
