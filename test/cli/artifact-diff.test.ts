import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { artifactFixture, TITLE } from '../kit/image/artifact-fixture.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { peel } from '../kit/program/peel-command.ts'
import { tarFixture } from '../kit/tar/tar-fixture.ts'

const NOTES = 'read me\n'.repeat(2000)
const chart = (version: string, replicas: number, notes = 'NOTES.txt') =>
  artifactFixture(
    [
      {
        type: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
        bytes: gzipSync(
          tarFixture([
            { name: 'app/Chart.yaml', content: `name: app\nversion: ${version}\n` },
            { name: 'app/values.yaml', content: `replicas: ${replicas}\n` },
            { name: 'app/.wh.kept', content: 'an ordinary name' },
          ]),
        ),
      },
      { type: 'text/plain', bytes: NOTES, annotations: { [TITLE]: notes } },
    ],
    {
      config: { type: 'application/vnd.cncf.helm.config.v1+json', value: { name: 'app', version } },
      annotations: { v: version },
    },
  )

describe('peel diff of artifacts', () => {
  let directory = ''
  let layout = ''
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'peel-artifact-diff-'))
    layout = writeLayout(join(directory, 'layout'), {
      one: chart('1.0.0', 1),
      two: chart('1.1.0', 1),
      renamed: chart('1.0.0', 1, 'README'),
      image: imageFixture([layerFixture({ 'NOTES.txt': NOTES })]),
    })
  })
  after(() => rmSync(directory, { recursive: true }))
  const diff = async (a: string, b: string, ...args: string[]) => {
    const env = { XDG_CACHE_HOME: join(directory, 'cache') }
    const { stdout, stderr, status } = await peel(['diff', `oci:${layout}:${a}`, `oci:${layout}:${b}`, ...args], { env })
    assert.ok(status === 0 || status === 1, stderr)
    return { stdout, status }
  }
  const json = async (a: string, b: string) => JSON.parse((await diff(a, b, '--json')).stdout)

  test('files, the config that is the artifact’s own, annotations', async () => {
    const { files, config, summary } = await json('one', 'two')
    assert.deepEqual(
      files.map(({ path, change }: { path: string; change: string }) => [path, change]),
      [['app/Chart.yaml', 'modified']],
    )
    assert.deepEqual(config, [
      { path: 'version', before: '1.0.0', after: '1.1.0' },
      { path: 'annotations.v', before: '1.0.0', after: '1.1.0' },
    ])
    assert.deepEqual([summary.identical, summary.changed], [false, 1])
    assert.match((await diff('one', 'two', '--content', 'app/Chart.yaml')).stdout, /^\+version: 1\.1\.0$/m)
  })

  test('one blob under two names is a file that moved; an artifact differs in nothing from itself', async () => {
    const { files } = await json('one', 'renamed')
    assert.deepEqual(
      files.map(({ path, change, from }: { path: string; change: string; from?: string }) => [path, change, from]),
      [['README', 'moved', 'NOTES.txt']],
    )
    assert.equal((await json('one', 'one')).summary.identical, true)
  })

  test('an artifact and an image are compared by their files; status 1 where that is asked for', async () => {
    const { files, summary } = await json('image', 'one')
    assert.equal(summary.added, 4)
    const notes = files.find(({ path }: { path: string }) => path === 'NOTES.txt')
    assert.ok(notes === undefined || !notes.classes.includes('content'))
    assert.equal((await diff('one', 'two', '--exit-code')).status, 1)
    assert.equal((await diff('one', 'one', '--exit-code')).status, 0)
  })
})
