import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isWholeHead } from '../../src/check/kept-heads.ts'
import { LayerScanner } from '../../src/check/packages/layer-scanner.ts'
import type { FilePath } from '../../src/layer/file-path.ts'
import { checkImage } from '../../src/session/check/check-image.ts'
import { memoryImage, NOW } from '../kit/image/checked-image.ts'
import { type ImageFixture, imageFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { elfFixture } from '../kit/samples/elf-fixture.ts'
import { summed } from '../kit/samples/secret-samples.ts'
import { RUN_CASES } from './corpus/run-cases.ts'

/** Findings of an image, and the files that layers were passed over for; without what scans kept of files if so asked. */
async function checked(fixture: ImageFixture, withHeads: boolean) {
  const { image, session, layers } = await memoryImage(fixture)
  const { scans, ...tree } = await layers.scannedTree()
  const known = withHeads ? scans : scans.map(scan => ({ ...scan, heads: new Map() }))
  let read = 0
  const opened = {
    image,
    session: {
      readFilesInOnePass: (...[blob, reading, entries, signal]: Parameters<typeof session.readFilesInOnePass>) => {
        read += entries.length
        return session.readFilesInOnePass(blob, reading, entries, signal)
      },
    },
    layers: { scannedTree: async () => ({ ...tree, scans: known }) },
  }
  const { findings } = await checkImage(opened, { reference: 'x', now: NOW }, new AbortController().signal)
  return { findings, read }
}

test('the findings are the same whether a scan kept the beginnings of files or not', async () => {
  let [kept, fetched] = [0, 0]
  const cases = RUN_CASES.filter(({ id }) => /interpreter|architecture|executable|user/.test(id))
  for (const { name, image } of cases.filter((_, index) => index % 3 === 0)) {
    const [one, other] = [await checked(image(), true), await checked(image(), false)]
    assert.deepEqual(one.findings, other.findings, name)
    kept += one.read
    fetched += other.read
  }
  assert.ok(kept < fetched / 2, `${kept} files were read, ${fetched} without`)
})

test('no layer is passed over for a program, its loader, accounts and jobs', async () => {
  const program = elfFixture({ interpreter: '/lib64/ld-linux-x86-64.so.2', body: Buffer.alloc(50_000, 'x') })
  const image = imageFixture(
    [
      layerFixture({
        'etc/passwd': 'app:x:7:7::/:/bin/sh\n',
        'etc/group': 'app:x:7:\n',
        'etc/cron.d/x': '* * * * * root true\n',
        'lib64/ld-linux-x86-64.so.2': { content: elfFixture({ type: 3, body: Buffer.alloc(9000) }), mode: 0o755 },
        'srv/start': { content: program, mode: 0o755 },
        'usr/lib/python3/core.py': 'x = 1\n',
      }),
    ],
    { config: { config: { Cmd: ['/srv/start'], User: 'app' } } },
  )
  assert.equal((await checked(image, true)).read, 0)
  assert.ok((await checked(image, false)).read > 4)
})

test('a head is whole where headers, the path of the loader or the first line are in it', () => {
  const elf = elfFixture({ interpreter: '/lib/ld.so', body: Buffer.alloc(2000) })
  for (const [bytes, isWhole] of [
    [elf, true],
    [elf.subarray(0, 64 + 56 + 11), true],
    [elf.subarray(0, 64 + 56 + 10), false],
    [elf.subarray(0, 100), false],
    [elf.subarray(0, 20), false],
    [elfFixture({ bits: 32 }).subarray(0, 64), true],
    [Buffer.from('#!/bin/sh\n'), true],
    [Buffer.from(`#!/${'x'.repeat(600)}\n`), false],
    [Buffer.from('text\n'), false],
    [Buffer.alloc(0), false],
  ] as const)
    assert.equal(isWholeHead(bytes), isWhole)
})

test('what has a secret in it is not kept, nor what is there for secrets', () => {
  const scanner = new LayerScanner()
  const files: readonly (readonly [string, string])[] = [
    ['usr/bin/x', `#!/bin/sh\nT=${summed('ghp_', 'head')}\n`],
    ['usr/bin/y', '#!/bin/sh\n'],
    ['etc/shadow', 'root:$6$abc:1::::::\n'],
    ['app/.env', 'A=b\n'],
  ]
  for (const [entry, [path, content]] of files.entries()) {
    scanner.begin(path as FilePath, 0o755, content.length)
    scanner.data(Buffer.from(content))
    scanner.end(entry)
  }
  assert.deepEqual([...scanner.finish().heads.keys()], [1])
})
