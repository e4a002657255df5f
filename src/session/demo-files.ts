import type { TarMemberInput } from '../blob/tar-member.ts'

/** Members of the demo image's layers, in tar order, and what the build steps were called. */
export type DemoMember = TarMemberInput & { readonly content?: Buffer }
export type DemoStep = { readonly createdBy: string; readonly members?: readonly DemoMember[] }

/**
 * The steps of a build as many people write it: apt lists and a package cache that a later step removes, an application
 * that is copied and then chowned (shipped twice), a token that is deleted too late, hard links, an opaque directory.
 */
export function demoSteps(architecture: string): readonly DemoStep[] {
  return [
    { createdBy: 'ADD rootfs.tar / # buildkit', members: base(architecture) },
    { createdBy: 'CMD ["sh"]' },
    { createdBy: 'RUN /bin/sh -c apt-get update # buildkit', members: aptLists() },
    {
      createdBy: 'RUN /bin/sh -c apt-get install -y --no-install-recommends weather-runtime # buildkit',
      members: runtime(architecture),
    },
    { createdBy: 'ENV WEATHER_HOME=/app' },
    { createdBy: 'WORKDIR /app', members: [directory('app/')] },
    { createdBy: 'COPY . /app # buildkit', members: application(0) },
    { createdBy: 'RUN /bin/sh -c rm -rf /var/lib/apt/lists/* /var/cache/apt/archives # buildkit', members: cleanUp() },
    { createdBy: 'RUN /bin/sh -c chown -R 1000:1000 /app # buildkit', members: application(1000) },
    { createdBy: 'RUN /bin/sh -c rm /app/.env && make -C /app assets # buildkit', members: assets() },
    { createdBy: 'USER 1000' },
    { createdBy: 'EXPOSE map[8080/tcp:{}]' },
    { createdBy: 'ENTRYPOINT ["/app/bin/weather"]' },
  ]
}

const MTIME = { seconds: Date.UTC(2026, 0, 15, 9, 30) / 1000, nanoseconds: 0 }

function base(architecture: string): DemoMember[] {
  const applets = ['cat', 'chmod', 'cp', 'grep', 'ls', 'mkdir', 'mv', 'rm', 'sed', 'sh', 'tar', 'vi']
  return [
    link('bin', 'usr/bin'),
    directory('etc/'),
    file('etc/group', 'root:x:0:\napp:x:1000:\n'),
    file('etc/os-release', 'NAME="Demo Linux"\nID=demo\nVERSION_ID=1\n'),
    file('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/app:/bin/sh\n'),
    directory('tmp/', 0o1777),
    directory('usr/'),
    directory('usr/bin/'),
    file('usr/bin/busybox', program('busybox', architecture, 180_000), 0o755),
    ...applets.map(name => hardLink(`usr/bin/${name}`, 'usr/bin/busybox')),
    file('usr/bin/su', program('su', architecture, 40_000), 0o4755),
    directory('usr/lib/'),
    file('usr/lib/libdemo.so.1', program('libdemo', architecture, 120_000)),
    link('usr/lib/libdemo.so', 'libdemo.so.1'),
    directory('var/'),
  ]
}

function aptLists(): DemoMember[] {
  const lists = ['main', 'contrib', 'security'].map((name, index) =>
    file(`var/lib/apt/lists/deb.example_dists_stable_${name}_Packages`, packageList(name, 900 - 300 * index)),
  )
  return [directory('var/lib/'), directory('var/lib/apt/'), directory('var/lib/apt/lists/'), ...lists]
}

function runtime(architecture: string): DemoMember[] {
  return [
    directory('usr/bin/'),
    file('usr/bin/weather-runtime', program('runtime', architecture, 260_000), 0o755),
    directory('usr/lib/weather/'),
    ...['codec', 'forecast', 'network'].map(name => file(`usr/lib/weather/${name}.so`, program(name, architecture, 60_000))),
    directory('usr/share/doc/weather/'),
    file('usr/share/doc/weather/changelog', packageList('changelog', 200)),
    directory('usr/share/weather/'),
    file('usr/share/weather/stations.json', stations()),
    directory('var/cache/apt/archives/'),
    file(`var/cache/apt/archives/weather-runtime_1.4_${architecture}.deb`, noise('deb', 210_000)),
  ]
}

function application(owner: number): DemoMember[] {
  return ownedBy(owner, [
    directory('app/'),
    file('app/.env', madeUpKey(), 0o600),
    directory('app/bin/'),
    file('app/bin/weather', '#!/bin/sh\nexec weather-runtime /app/data/stations.json "$@"\n', 0o755),
    directory('app/cache/'),
    file('app/cache/tiles-0.bin', noise('tiles', 90_000)),
    file('app/cache/tiles-1.bin', noise('more tiles', 90_000)),
    directory('app/data/'),
    file('app/data/stations.json', stations()),
    file('app/data/stations-copy.json', stations()),
    file('app/data/München.txt', 'Stachus 48.139 11.566\n'),
  ])
}

function ownedBy(owner: number, members: readonly DemoMember[]): DemoMember[] {
  return members.map(member => ({ ...member, uid: owner, gid: owner }))
}

/** A key of the right shape that was never issued: made of noise, so that neither the image nor this file holds a published one. */
function madeUpKey(): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const id = [...noise('a key', 16)].map(byte => letters.charAt(byte % letters.length)).join('')
  return `AWS_ACCESS_KEY_ID=AKIA${id}\nAWS_SECRET_ACCESS_KEY=${noise('a secret', 30).toString('base64')}\n`
}

function cleanUp(): DemoMember[] {
  return [
    directory('var/'),
    directory('var/cache/'),
    directory('var/cache/apt/'),
    file('var/cache/apt/.wh.archives', ''),
    directory('var/lib/'),
    directory('var/lib/apt/'),
    directory('var/lib/apt/lists/'),
    file('var/lib/apt/lists/.wh..wh..opq', ''),
  ]
}

/** The build replaces the cache directory as a whole: an opaque marker hides what was in it. */
function assets(): DemoMember[] {
  return ownedBy(1000, [
    directory('app/'),
    file('app/.wh..env', ''),
    directory('app/cache/'),
    file('app/cache/.wh..wh..opq', ''),
    file('app/cache/tiles.idx', noise('index', 2_000)),
    directory('app/data/'),
    file('app/data/stations.json', stations().replace('"Bergen"', '"Bergen (Florida)"')),
  ])
}

function file(name: string, content: string | Buffer, mode = 0o644): DemoMember {
  const bytes = Buffer.from(content)
  return { name: binary(name), typeflag: '0', mode, size: bytes.length, mtime: MTIME, content: bytes }
}

function directory(name: string, mode = 0o755): DemoMember {
  return { name: binary(name), typeflag: '5', mode, mtime: MTIME }
}

function link(name: string, target: string): DemoMember {
  return { name: binary(name), typeflag: '2', mode: 0o777, linkName: binary(target), mtime: MTIME }
}

function hardLink(name: string, target: string): DemoMember {
  return { name: binary(name), typeflag: '1', mode: 0o755, linkName: binary(target), mtime: MTIME }
}

/** Names in tar headers are one character per byte here. */
function binary(text: string): string {
  return Buffer.from(text).toString('latin1')
}

/** Begins as an ELF file does, so that the file view has something to recognise. */
function program(seed: string, architecture: string, size: number): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(64), noise(seed, size / 2), Buffer.alloc(size - 64 - size / 2)])
  const machine = architecture === 'arm64' ? 0xb7 : 0x3e
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, machine, 0]).copy(bytes)
  return bytes
}

/** Bytes that do not compress and are the same everywhere (a multiplicative generator of Park and Miller). */
function noise(seed: string, size: number): Buffer {
  const bytes = Buffer.alloc(size)
  let state = 7
  for (const character of seed) state = (state * 31 + character.charCodeAt(0)) % 2_147_483_646
  state++
  for (let index = 0; index < size; index++) {
    state = (state * 48_271) % 2_147_483_647
    bytes[index] = state >> 16
  }
  return bytes
}

function packageList(section: string, count: number): string {
  let text = ''
  for (let index = 0; index < count; index++)
    text += `Package: demo-${section}-${index}\nVersion: 1.${index % 17}\nSection: ${section}\nSize: ${(index * 7919) % 900_000}\nDescription: a package that is only a line in a list\n\n`
  return text
}

function stations(): string {
  const names = ['Bergen', 'Cork', 'Graz', 'Lagos', 'Lima', 'Oslo', 'Perth', 'Quito', 'Split', 'Turku']
  const all = Array.from({ length: 400 }, (_, index) => ({
    id: index,
    name: names[index % names.length],
    altitude: (index * 37) % 2900,
  }))
  return `${JSON.stringify(all, null, 1)}\n`
}
