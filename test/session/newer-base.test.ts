import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type { Report } from '../../src/check/report.ts'
import { asking } from '../../src/session/asking.ts'
import { checkReferences } from '../../src/session/check/check-references.ts'
import { type ImageFixture, imageFixture, indexFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-newer-base-'))
after(() => rmSync(directory, { recursive: true, force: true }))

const layer = layerFixture({ 'etc/os-release': 'ID=base\n' })
const before = imageFixture([layer])
const now = imageFixture([layerFixture({ 'etc/os-release': 'ID=base\nVERSION=2\n' })])

/** An image on `before`, by its annotations. */
function builtOn(name: string, digest: string = before.descriptor.digest): ImageFixture {
  const annotations = { 'org.opencontainers.image.base.name': name, 'org.opencontainers.image.base.digest': digest }
  return imageFixture([layer, layerFixture({ app: 'x' })], { manifest: { annotations } })
}

async function checked(reference: string, advice = false): Promise<Report> {
  const [report] = await checkReferences(asking({ cache: false, insecure: true }), [reference], {
    ...{ ciConfig: undefined, config: undefined, baseline: undefined, directory, diveRules: undefined, failOn: undefined },
    ...{ base: undefined, only: ['base/*'], ignore: [], against: undefined, advice, now: Date.UTC(2026, 0, 1) },
  })
  return report ?? assert.fail()
}

async function inLayout(images: Readonly<Record<string, ImageFixture>>, advice = false): Promise<Report> {
  return await checked(`oci:${writeLayout(mkdtempSync(join(directory, 'layout-')), images)}:app`, advice)
}

const told = ({ findings }: Report) => findings.map(({ id, detail }) => [id, detail])

describe('a base whose name means a newer image', () => {
  const name = 'registry.example/base:1'

  test('is found where the image lies, and rebasing is advised', async () => {
    const report = await inLayout({ app: builtOn(name), [name]: now, old: before }, true)
    const detail = `${name} is ${now.descriptor.digest} now; the image was built on ${before.descriptor.digest}.`
    assert.deepEqual(told(report), [['base/outdated', detail]])
    assert.deepEqual(
      report.advice?.filter(({ id }) => id === 'A18').map(({ layers, proof, saves }) => [layers, proof, saves]),
      [[[0], null, { content: null, compressed: null }]],
    )
  })

  test('is not told of the same image, of a platform of its index, or where the name is not known', async () => {
    for (const images of [
      { app: builtOn(name), [name]: before },
      { app: builtOn(name), [name]: indexFixture([before, now]) },
      { app: builtOn(name), 'registry.example/base:2': now, 'other.example/base:1': now, base: now },
      { app: builtOn(`${name}@${before.descriptor.digest}`), [name]: now },
      { app: builtOn('not a name'), [name]: now },
      { app: imageFixture([layer, layerFixture({ app: 'x' })]), [name]: now },
    ])
      assert.deepEqual(told(await inLayout(images)), [])
  })

  test('a registry is asked for its own names, and no other', async t => {
    const [registry, other] = [await TestRegistry.start(), await TestRegistry.start()]
    t.after(async () => {
      await registry.close()
      await other.close()
    })
    for (const each of [registry, other]) each.store.add('base', '1', now)
    registry.store.add('own', '1', builtOn(`${registry.host}/base:1`))
    registry.store.add('foreign', '1', builtOn(`${other.host}/base:1`))
    assert.equal((await checked(`docker://${registry.host}/own:1`)).findings.length, 1)
    assert.deepEqual(told(await checked(`docker://${registry.host}/foreign:1`)), [])
    assert.deepEqual(other.seen, [])
  })
})
