import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { peel } from '../kit/program/peel-command.ts'

test('a build that grew is held against the one before: by bytes, by a share, by the files that a pattern means', async context => {
  const directory = scratch(context)
  const base = layerFixture({ 'bin/sh': 'x'.repeat(4000) }, { compression: 'none' })
  const app = (bytes: number) => layerFixture({ 'app/main': 'm'.repeat(bytes) }, { compression: 'none' })
  const [small, large] = [app(1000), app(51_000)]
  const layout = writeLayout(join(directory, 'layout'), { one: imageFixture([base, small]), two: imageFixture([base, large]) })
  const grown = large.tar.length - small.tar.length
  const gate = async (growth: string, [now, before]: readonly [string, string] = ['two', 'one']) => {
    writeFileSync(join(directory, '.peel.yaml'), `gates: {growth: ${growth}}\n`)
    const args = ['check', `oci:${layout}:${now}`, '--against', `oci:${layout}:${before}`, '--fail-on', 'none', '--json']
    const { status, stdout } = await peel(args, { cwd: directory })
    const [{ limit, actual, passed }] = JSON.parse(stdout).gates
    return { status, limit, actual, passed }
  }
  assert.deepEqual(await gate(`{size: ${grown}}`), { status: 0, limit: grown, actual: grown, passed: true })
  assert.deepEqual(await gate(`{size: ${grown - 1}}`), { status: 1, limit: grown - 1, actual: grown, passed: false })
  const tenth = Math.floor((base.tar.length + small.tar.length) * 0.1)
  assert.deepEqual(await gate('{size: 10%}'), { status: 1, limit: tenth, actual: grown, passed: false })
  assert.deepEqual(await gate('{size: 50kB, files: ["app/**"]}'), { status: 0, limit: 50_000, actual: 50_000, passed: true })
  assert.deepEqual(await gate('{size: 49999, files: ["app/**"]}'), { status: 1, limit: 49_999, actual: 50_000, passed: false })
  assert.deepEqual(await gate('{size: 0, files: ["bin/**"]}'), { status: 0, limit: 0, actual: 0, passed: true })
  assert.deepEqual(await gate('{size: 0}', ['one', 'two']), { status: 0, limit: 0, actual: -grown, passed: true })
})
