import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { attestationFixture } from '../kit/image/attestation-fixture.ts'
import { imageFixture, indexFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { peel } from '../kit/program/peel-command.ts'

const forPlatform = (architecture: string) =>
  imageFixture([layerFixture({ a: architecture.repeat(500) }), layerFixture({ '.wh.a': '', b: '2' })], {
    platform: { os: 'linux', architecture },
  })
const [amd, arm, s390x] = [forPlatform('amd64'), forPlatform('arm64'), forPlatform('s390x')]

/** An index in an index, as containerd saves it: amd64 with its attestation and arm64 inside, s390x beside. */
function nested(context: TestContext) {
  const directory = scratch(context)
  const index = indexFixture([indexFixture([amd, arm, attestationFixture(amd)]), s390x])
  const source = `oci:${writeLayout(join(directory, 'source'), { app: index })}:app`
  const result = `oci:${join(directory, 'result')}:app`
  return { directory, source, result }
}

/** Architecture and number of layers of every image in the result, which is whole. */
async function written(reference: string): Promise<readonly string[]> {
  const verified = await peel(['verify', reference])
  assert.equal(verified.status, 0, verified.stdout)
  const images: string[] = []
  for (const architecture of ['amd64', 'arm64', 's390x']) {
    const { status, stdout } = await peel(['inspect', reference, '--json', '--platform', `linux/${architecture}`])
    if (status === 0) images.push(`${architecture} ${(JSON.parse(stdout) as { layers: object[] }).layers.length}`)
  }
  return images
}

test('what is about an image goes with it, whether a note beside it names the image or its own subject alone', async context => {
  const directory = scratch(context)
  const artifact = (manifest: object) =>
    imageFixture([layerFixture({ x: 'y' })], { manifest: { artifactType: 'a/b', ...manifest } })
  const noted = artifact({})
  const about = [
    artifact({ subject: amd.descriptor }),
    { ...noted, descriptor: { ...noted.descriptor, annotations: { 'example.about': amd.descriptor.digest } } },
  ]
  const source = `oci:${writeLayout(join(directory, 'source'), { app: indexFixture([amd, ...about]) })}:app`
  const { status, stdout, stderr } = await peel(['squash', source, `oci:${join(directory, 'result')}:app`, '--json'])
  assert.equal(status, 0, stderr)
  assert.match(stderr, /2 attestations name the old digest and are dropped/)
  const { manifests } = JSON.parse((await peel(['inspect', '--raw', `oci:${join(directory, 'result')}:app`])).stdout)
  assert.deepEqual(
    manifests.map(({ digest }: { digest: string }) => digest),
    [JSON.parse(stdout).images?.[0].result.digest ?? manifests[0].digest],
  )
})

describe('an index inside an index', () => {
  test('the platforms that are named are rewritten in it and are all that is written', async context => {
    const { source, result } = nested(context)
    const inner = await peel(['squash', source, result, '--platform', 'linux/amd64', '--platform', 'linux/s390x'])
    assert.equal(inner.status, 0, inner.stderr)
    assert.match(inner.stderr, /1 other image of the index is not in the result/)
    assert.match(inner.stderr, /1 attestation names the old digest and is dropped/)
    assert.deepEqual(await written(result), ['amd64 1', 's390x 1'])
    const outer = await peel(['squash', source, `${result}-outer`, '--platform', 'linux/s390x'])
    assert.equal(outer.status, 0, outer.stderr)
    assert.deepEqual(await written(`${result}-outer`), ['s390x 1'])
  })

  test('others can be left out of it, and it goes when nothing is left in it', async context => {
    const { directory, source, result } = nested(context)
    const squashed = async (platforms: readonly string[], name: string) => {
      const plan = join(directory, 'plan.json')
      const edits = [{ type: 'squash' }, { type: 'platforms', platforms, others: 'drop' }]
      writeFileSync(plan, JSON.stringify({ peelPlan: 1, edits }))
      const { status, stderr } = await peel(['squash', source, `${result}-${name}`, '--plan', plan])
      assert.equal(status, 0, stderr)
      assert.match(stderr, /1 other image of the index is not in the result/)
      return await written(`${result}-${name}`)
    }
    assert.deepEqual(await squashed(['linux/arm64', 'linux/s390x'], 'two'), ['arm64 1', 's390x 1'])
    assert.deepEqual(await squashed(['linux/amd64', 'linux/arm64'], 'inner'), ['amd64 1', 'arm64 1'])
  })
})
