import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { peel } from '../kit/program/peel-command.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'

test('a tag that HEAD does not find and GET does is taken: nothing is overwritten without --force (A5)', async context => {
  const there = imageFixture([layerFixture({ a: 'there' })])
  const layout = writeLayout(join(scratch(context), 'new'), { x: imageFixture([layerFixture({ a: 'new' })]) })
  const registry = await TestRegistry.start()
  context.after(() => registry.close())
  registry.store.add('team/app', '1', there)
  registry.always(/^HEAD /, { type: 'status', status: 404 })
  for (const command of ['copy', 'squash']) {
    const { status, stderr } = await peel([command, `oci:${layout}:x`, `docker://${registry.host}/team/app:1`, '--insecure'])
    assert.equal(status, 3, stderr)
    assert.match(stderr, /the tag is taken/)
    assert.equal(registry.store.find('team/app', '1')?.digest, there.descriptor.digest)
  }
})

test('labels and variables with the names of every object’s members are names like any other, also in a difference (C20)', async context => {
  const names = ['constructor', 'toString', 'hasOwnProperty', 'valueOf', '__proto__']
  const labels = (value: string) => Object.fromEntries(names.map(name => [name, value]))
  const layers = [layerFixture({ a: '1' })]
  const image = (value: string) =>
    imageFixture(layers, { config: { config: { Labels: labels(value), Env: names.map(name => `${name}=${value}`) } } })
  const layout = writeLayout(join(scratch(context), 'l'), { one: image('1'), two: image('2'), none: imageFixture(layers) })
  for (const [a, b] of [
    ['one', 'two'],
    ['none', 'one'],
    ['two', 'none'],
  ]) {
    const { status, stdout, stderr } = await peel(['diff', `oci:${layout}:${a}`, `oci:${layout}:${b}`])
    assert.equal(stderr, '')
    assert.equal(status, 0)
    assert.match(stdout, /constructor/)
  }
})
