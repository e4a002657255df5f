import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe } from 'node:test'
import { attestationFixture } from '../kit/image/attestation-fixture.ts'
import { type ImageFixture, indexFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { shownImage } from '../kit/image/shown-image.ts'
import { peerTest, run } from '../kit/peer.ts'
import { KEY, peelInTerminal, WHOLE_TREE } from '../kit/program/pty.ts'
import { REGISTRY_PROGRAMS, startDockerRegistry } from '../kit/registry/docker-registry.ts'

describe('browsing a real docker-registry', () => {
  peerTest(
    'what skopeo pushed: to the image, its attestation, and a squashed one beside it',
    [...REGISTRY_PROGRAMS, 'skopeo'],
    async context => {
      const directory = scratch(context)
      const registry = await startDockerRegistry('basic')
      context.after(() => registry.close())
      const image = shownImage('amd64')
      const index: ImageFixture = indexFixture([image, shownImage('arm64'), attestationFixture(image)])
      const layout = writeLayout(join(directory, 'app'), { latest: index })
      const common = ['--insecure-policy', 'copy', '--quiet', '--all', '--dest-tls-verify=false', '--dest-creds', 'user:pass']
      for (const tag of ['1.9', '1.10'])
        run('skopeo', [...common, `oci:${layout}:latest`, `docker://${registry.host}/team/app:${tag}`])
      const session = peelInTerminal(['--authfile', registry.authFile], { cwd: directory, columns: 120, rows: 40 })
      context.after(() => session.close())
      await session.shows('a registry, an image in one')
      session.type('i', registry.host, KEY.enter)
      await session.shows('1 repository', 'team/app')
      session.type(KEY.enter)
      await session.shows('2 tags', /> *1\.10/, / {2}1\.9/)
      session.type('d')
      await session.shows(/> *1\.10 .* 888 B +2024-01-02.* 2 platforms/)
      session.type(KEY.enter)
      await session.shows('team/app:1.10 › linux/amd64', ...WHOLE_TREE)
      session.type('8')
      await session.shows(/▸ attestation/)
      session.type('j', 'G', 'k')
      await session.until(screen => /> .*attestation/.test(screen), 'find the attestation')
      session.type(KEY.enter)
      await session.shows(/SBOM \(SPDX\)/)
      session.type('j', KEY.enter)
      await session.shows(/predicate +https:\/\/spdx\.dev\/Document/)
      session.type('s')
      await session.shows('only linux/amd64', '1 attestation names the old digest', '%   measured')
      session.type('i')
      await session.shows('write to')
      session.type('\u0015', `docker://${registry.host}/team/app:small`, KEY.enter)
      await session.shows('app:small')
      session.type(KEY.enter)
      await session.shows('B: the original', 'team/app:small › linux/amd64')
      const pulled = `oci:${join(directory, 'pulled')}:x`
      run('skopeo', [
        '--insecure-policy',
        'copy',
        '--quiet',
        '--src-tls-verify=false',
        '--src-creds',
        'user:pass',
        `docker://${registry.host}/team/app:small`,
        pulled,
      ])
      assert.equal(JSON.parse(run('skopeo', ['inspect', pulled]).toString()).Layers.length, 1)
    },
  )
})
