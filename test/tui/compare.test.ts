import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { parseLayerRange } from '../../src/session/asked-pair.ts'
import { besideLayout } from '../kit/image/beside-layout.ts'
import { imageFixture, layerFixture } from '../kit/image/image-fixture.ts'
import type { Shown } from '../kit/terminal/fake-terminal.ts'
import { showImage } from '../kit/terminal/shown-program.ts'

const frames = fileURLToPath(new URL('../golden/frames/', import.meta.url))

const step = (created_by: string, created = '2024-01-02T03:04:05Z') => ({ created, created_by })
const numbered = (count: number, below: string, file: object) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${below}/file-${index}`, file]))

const installed = (version: string) =>
  `P:libweather\nV:${version}\nA:x86_64\nF:app/models\nR:weather.bin\n\nP:musl\nV:1.2.4\nA:x86_64\nF:usr/lib\nR:libm.so\n\n`

/** An image and its next build: the same base, another application, one library less, the owner of many files changed. */
function builds() {
  const base = layerFixture(
    {
      'bin/sh': { content: 'x'.repeat(9000), mode: 0o755 },
      'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1::/:/bin/false\n',
      'usr/lib/libc.so.6': { content: 'y'.repeat(20_000) },
      'usr/lib/libm.so': { content: 'm'.repeat(4000) },
      ...numbered(6, 'srv/data', { content: 'd' }),
      'lib/apk/db/installed': installed('1.0'),
    },
    { history: step('ADD rootfs.tar /') },
  )
  const config = (port: number) => ({
    architecture: 'amd64',
    config: { Env: ['PATH=/bin', `PORT=${port}`], Entrypoint: ['/bin/sh'] },
  })
  const one = layerFixture(
    { 'app/config.json': '{"name": "weather", "port": 8080}', 'app/cache/old.bin': { content: 'o'.repeat(50_000) } },
    { history: step('COPY . /app') },
  )
  const two = layerFixture(
    {
      'app/config.json': { content: '{"name": "weather", "port": 9090}', uid: 1000 },
      'app/models/weather.bin': { content: 'w'.repeat(90_000), uid: 1000 },
      'etc/passwd': 'root:x:0:0:root:/root:/bin/bash\napp:x:1000:1000::/app:/bin/sh\nlog:x:2:2::/:/bin/false\n',
      ...numbered(6, 'srv/data', { content: 'd', uid: 1000 }),
      'lib/apk/db/installed': installed('1.1'),
    },
    { history: step('COPY . /app', '2024-02-03T04:05:06Z') },
  )
  const extra = layerFixture(
    { 'usr/lib/.wh.libm.so': '', 'usr/lib/libz.so': 'z'.repeat(3000) },
    { history: step('RUN install libz') },
  )
  const platform = { os: 'linux', architecture: 'amd64' }
  return {
    one: imageFixture([base, one], { config: config(8080), platform }),
    two: imageFixture([base, two, extra], { config: config(9090), platform }),
  }
}

/** Two builds that differ by the time in a gzip header and a log, and a third layer that brings the package's next version. */
function rebuilds() {
  const zipped = (time: number) => {
    const bytes = gzipSync('a manual page')
    bytes.writeUInt32LE(time, 4)
    return bytes
  }
  const built = (time: number) =>
    layerFixture({
      'lib/apk/db/installed': installed('1.0'),
      'usr/share/man/man1/x.1.gz': { content: zipped(time) },
      'var/log/build.log': `built ${time}`,
    })
  const upgrade = layerFixture({ 'lib/apk/db/installed': installed('1.1'), 'app/models/weather.bin': 'w'.repeat(700) })
  const again = layerFixture({ 'lib/apk/db/installed': installed('1.2') })
  return {
    built: imageFixture([built(1)]),
    rebuilt: imageFixture([built(2)]),
    layers: imageFixture([built(1), upgrade, again]),
    none: imageFixture([]),
  }
}

besideLayout({ ...builds(), ...rebuilds() }, '2024-03-01T00:00:00Z')

const SCENES: readonly (readonly [name: string, keys: string, shows: string | RegExp])[] = [
  ['compare-summary', '', 'WHY, BY DIRECTORY'],
  ['compare-files', 'tE', 'weather.bin'],
  ['compare-file', 'Gk\r', /DIFFERENCE/],
  ['compare-layers', '\u001bt', 'install libz'],
  ['compare-packages', 't', 'libweather'],
  ['compare-settings', 't', 'config.Env'],
]

describe('a comparison', () => {
  for (const [columns, rows] of [
    [80, 24],
    [120, 40],
    [200, 60],
  ] as const) {
    test(`golden frames at ${columns}x${rows}`, async () => {
      const shown = await opened(columns, rows)
      try {
        for (const [name, keys, text] of SCENES) {
          await press(shown, keys)
          await shown.terminal.shows(text)
          await shown.terminal.quiet(80)
          assertFrame(`${name}-${columns}x${rows}`, shown.terminal.model.text())
        }
      } finally {
        await shown.close()
      }
    })
  }
})

describe('a comparison is walked through', () => {
  test('n goes from setting to setting, over the lines of their values', async () => {
    const shown = await opened(100, 40)
    try {
      await press(shown, 'tttt')
      await shown.terminal.shows(/config\.Env/, / 1\/\d/)
      await press(shown, 'n')
      await shown.terminal.shows(/ 4\/\d/)
      await press(shown, 'N')
      await shown.terminal.shows(/ 1\/\d/)
    } finally {
      await shown.close()
    }
  })

  test('owners of many files are one row, opened one by one; classes are left out; what is the same is shown', async () => {
    const shown = await opened(100, 40)
    const { terminal } = shown
    try {
      await press(shown, 'tE')
      await terminal.shows('owner of 6 paths')
      await press(shown, 'G\r')
      await terminal.shows('owner of 6 files')
      await press(shown, 'G\r')
      await terminal.shows('file-5')
      await press(shown, 'F')
      await terminal.shows('semantic ·', 'owner')
      await press(shown, 'F')
      await terminal.shows('content ·', '+3 −3 ~3')
      await press(shown, '.')
      await terminal.shows('bin/')
      await press(shown, 'W')
      await terminal.shows('−39.0 kB')
    } finally {
      await shown.close()
    }
  })
})

describe('a pair of layers in a comparison', () => {
  test('Enter lists what they made or removed, Esc goes back to the pair', async () => {
    const shown = await opened(100, 40)
    const { terminal } = shown
    try {
      await press(shown, 'tt')
      await terminal.shows('install libz')
      await press(shown, 'jj\r')
      await terminal.shows('layer 3 of B ·', '−1.00 kB', 'usr/')
      await press(shown, 'E')
      await terminal.shows('libz.so', 'libm.so')
      assert.doesNotMatch(terminal.model.text(), /app\//)
      await press(shown, '\u001b')
      await terminal.shows('install libz', '+39.0 kB', / 3\/3/)
      await press(shown, 'k\r')
      await terminal.shows('layer 2 → 2 ·', 'app/')
      await press(shown, 'W')
      await terminal.shows('layer 2 → 2 ·', '−40.0 kB')
      await press(shown, 't')
      await terminal.shows('−39.0 kB', 'LAYERS')
    } finally {
      await shown.close()
    }
  })

  test('that is the same in both is said to be', async () => {
    const shown = await opened(100, 40)
    try {
      await press(shown, 'tt\r')
      await shown.terminal.shows('Both images have this very layer')
    } finally {
      await shown.close()
    }
  })
})

describe('a comparison looks further than the columns', () => {
  test('files that differ by noise only are told as what they are, and stay it with other ignore sets', async () => {
    const shown = await opened(100, 40, ['built', 'rebuilt'], /noise:gzip-mtime 1, noise:log 1/)
    try {
      await press(shown, 'FF')
      await shown.terminal.shows('content ·', 'noise:gzip-mtime 1, noise:log 1')
      await press(shown, 'W')
      await shown.terminal.shows('noise:gzip-mtime 1, noise:log 1')
    } finally {
      await shown.close()
    }
  })

  test('layers that were named at the start are compared with what lies below them', async () => {
    const shown = await opened(100, 40, ['layers', '2..3'], /libweather 1\.0 → 1\.2/)
    try {
      await shown.terminal.shows('layer 1', 'layers 1–3')
    } finally {
      await shown.close()
    }
  })

  test('an image without layers is compared at once, the same one by its documents', async () => {
    for (const [other, text] of [
      ['none', /−\d+ B/],
      ['built', /The same image\./],
    ] as const)
      await (await opened(100, 40, ['built', other], text)).close()
  })

  test('a second image that cannot be opened is told in its place, and no later one is taken for it', async () => {
    const shown = await opened(100, 40, ['built', 'nosuch'], /B {2}\.\/weather:nosuch: Cannot find "nosuch" here/)
    await shown.close()
  })

  test('layers of one image have the packages that its databases had after each', async () => {
    const shown = await showImage('./weather:layers', { columns: 100, rows: 40 })
    try {
      await press(shown, '1g=j=')
      await shown.terminal.shows('layers 1–2', 'BY PACKAGE', 'libweather 1.0 → 1.1')
    } finally {
      await shown.close()
    }
  })
})

/** The first image with the second one beside it, as `peel ./weather:one ./weather:two` opens them. */
async function opened(
  columns: number,
  rows: number,
  [one, two]: readonly [string, string] = ['one', 'two'],
  shows: RegExp = /packages +1 differs/,
): Promise<Shown> {
  const other = parseLayerRange(two) ?? { reference: `./weather:${two}`, label: `./weather:${two}` }
  const wanted = { reference: `./weather:${one}`, with: other }
  return await showImage(
    `./weather:${one}`,
    { columns, rows, change: state => ({ ...state, slices: { ...state.slices, compare: { ...state.slices.compare, wanted } } }) },
    [shows],
  )
}

async function press({ terminal }: Shown, keys: string): Promise<void> {
  for (const key of keys) {
    terminal.type(key)
    if (key === '\u001b') await terminal.quiet(60)
  }
}

/** Frames are written anew with PEEL_UPDATE=1; look at the difference before committing it. */
function assertFrame(name: string, screen: string): void {
  const file = `${frames}${name}.txt`
  if (process.env['PEEL_UPDATE'] === '1') writeFileSync(file, `${screen}\n`)
  assert.ok(existsSync(file), `${name} has no golden frame: run with PEEL_UPDATE=1`)
  assert.equal(`${screen}\n`, readFileSync(file, 'utf8'))
}
