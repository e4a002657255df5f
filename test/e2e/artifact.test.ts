import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { artifactFixture, TITLE } from '../kit/image/artifact-fixture.ts'
import { writeLayout } from '../kit/image/image-fixture.ts'
import { KEY, type PtySession, peelInTerminal } from '../kit/program/pty.ts'
import { tarFixture } from '../kit/tar/tar-fixture.ts'

const chart = artifactFixture(
  [
    {
      type: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
      bytes: gzipSync(tarFixture([{ name: 'app/Chart.yaml', content: 'name: app\n' }])),
    },
    { type: 'text/plain', bytes: 'read me first\n', annotations: { [TITLE]: 'NOTES.txt' } },
  ],
  { config: { type: 'application/vnd.cncf.helm.config.v1+json', value: { name: 'app', version: '1.0.0' } } },
)

describe('an artifact in the interface', () => {
  const open: { session?: PtySession; directory?: string } = {}
  afterEach(async () => {
    await open.session?.close()
    if (open.directory !== undefined) rmSync(open.directory, { recursive: true })
  })

  test('its blobs are in the panes of an image: listed, and their files read', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'peel-e2e-artifact-'))
    const layout = writeLayout(join(directory, 'layout'), { chart })
    const session = peelInTerminal([`oci:${layout}:chart`])
    Object.assign(open, { session, directory })
    await session.shows('helm')
    session.type('1')
    await session.shows('LAYERS', '2 layers')
    session.type('j', KEY.enter)
    await session.shows('NOTES.txt')
    session.type('j', KEY.enter)
    await session.shows('read me first')
  })
})
