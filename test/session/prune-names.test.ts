import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { asking } from '../../src/session/asking.ts'
import { prunePlace } from '../../src/session/usage/prune-place.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'

const NAME = 'io.containerd.image.name'

/** A layout as containerd exports it, with one image under two names, and the names that are left in its index. */
async function namesAfter(context: Parameters<typeof scratch>[0], match: string): Promise<readonly unknown[]> {
  const image = imageFixture([layerFixture({ a: 'a' })])
  const layout = writeLayout(scratch(context), { x: image })
  const path = join(layout, 'index.json')
  const index = JSON.parse(readFileSync(path, 'utf8'))
  const [entry] = index.manifests
  const named = (name: string) => ({ ...entry, annotations: { [NAME]: `docker.io/library/${name}` } })
  writeFileSync(path, JSON.stringify({ ...index, manifests: [named('app:old'), named('app:new')] }))
  await prunePlace(asking(), layout, { match })
  return JSON.parse(readFileSync(path, 'utf8')).manifests.map((each: typeof entry) => each.annotations[NAME])
}

test("a name that only containerd's annotation gives is deleted, and the image stays under its other one", async context => {
  assert.deepEqual(await namesAfter(context, 'docker.io/library/app:old'), ['docker.io/library/app:new'])
  assert.deepEqual(await namesAfter(context, 'docker.io/library/app:none'), [
    'docker.io/library/app:old',
    'docker.io/library/app:new',
  ])
})
