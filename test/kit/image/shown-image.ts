import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ImageFixture, imageFixture, layerFixture, writeLayout } from './image-fixture.ts'

const DATE = '2024-01-02T03:04:05Z'

/** The image that journeys walk through and golden frames show: four layers with something of everything. */
export function shownImage(architecture = 'amd64'): ImageFixture {
  const step = (created_by: string) => ({ created: DATE, created_by })
  const base = layerFixture(
    {
      'bin/': {},
      'bin/sh': { content: 'x'.repeat(9000), mode: 0o755 },
      'etc/': {},
      'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1::/:/bin/false\n',
      'etc/motd': 'welcome\n',
      'usr/': {},
      'usr/lib/': {},
      'usr/lib/libc.so.6': { content: 'y'.repeat(20_000) },
      'usr/lib/libm.so': { flag: '2', link: 'libm.so.6' },
    },
    { history: step('ADD rootfs.tar /') },
  )
  const app = layerFixture(
    {
      'app/': {},
      'app/config.json': '{"name": "weather", "port": 8080, "tags": ["a", "b"]}',
      'app/secret.pem': '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n',
      'app/cache/': {},
      'app/cache/big.bin': { content: 'z'.repeat(50_000) },
      'etc/passwd': { content: 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/app:/bin/sh\n', uid: 0 },
    },
    { history: step('COPY . /app'), compression: 'zstd' },
  )
  const clean = layerFixture(
    { 'app/.wh.cache': '', 'app/.wh.secret.pem': '', 'bin/sh': { content: 'x'.repeat(9000), mode: 0o700 } },
    { history: step('RUN rm -rf /app/cache /app/secret.pem && chmod 700 /bin/sh') },
  )
  const config = {
    architecture,
    config: { Env: ['PATH=/bin', 'PORT=8080'], Entrypoint: ['/bin/sh'], Labels: { maintainer: 'someone' } },
  }
  return imageFixture([base, app, clean], { config, platform: { os: 'linux', architecture } })
}

/** A layout on disk with the image in it; remove it with the function that comes with it. */
export function shownLayout(images: Readonly<Record<string, ImageFixture>> = { latest: shownImage() }): {
  readonly directory: string
  readonly layout: string
  remove(): void
} {
  const directory = mkdtempSync(join(tmpdir(), 'peel-shown-'))
  const layout = writeLayout(join(directory, 'weather'), images)
  return { directory, layout, remove: () => rmSync(directory, { recursive: true, force: true }) }
}
