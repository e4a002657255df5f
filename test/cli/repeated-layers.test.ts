import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { peel } from '../kit/program/peel-command.ts'

/** Writes the most memory that the program had when it ends; no code of the program knows of it. */
const meter = (file: string) => `import { readFileSync, writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
const most = () => /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))[1]
if (isMainThread) process.on('exit', () => writeFileSync(${JSON.stringify(file)}, most()))`

test('a layer that an image lists two thousand times takes little memory a listing', {
  skip: process.platform !== 'linux' && 'needs /proc',
}, async context => {
  const directory = scratch(context)
  const layer = layerFixture({ a: '1' })
  const image = imageFixture(Array.from({ length: 2000 }, () => layer))
  const place = `oci:${writeLayout(join(directory, 'image'), { x: image })}:x`
  const file = join(directory, 'most')
  const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(meter(file))}` }
  const { stdout, stderr, status } = await peel(['ls', place, '--no-cache'], { env })
  assert.equal(status, 0, stderr)
  assert.equal(stdout, 'a\n')
  // It had taken half a megabyte each, 1.1 GB beside the program itself; 200 MB in all are usual.
  const megabytes = Number(readFileSync(file, 'utf8')) / 1000
  assert.ok(megabytes < 270, `${megabytes} MB`)
  context.diagnostic(`${megabytes} MB`)
})
