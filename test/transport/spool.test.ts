import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chownSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { ImageError } from '../../src/error.ts'
import { makerOf, temporaryName } from '../../src/transport/maker.ts'
import { spool, type UnpackedFile } from '../../src/transport/spool.ts'
import { sweepLeftovers } from '../../src/transport/temporary.ts'
import { temporaryDirectory } from '../../src/transport/temporary-directory.ts'
import { onSmallDisk, scratch } from '../kit/image/local-image.ts'
import { peerTest, run } from '../kit/peer.ts'

const CONTENT = Buffer.from('some content, '.repeat(50_000))

async function spooled(context: TestContext, bytes: Buffer, pieceBytes = 10_000): Promise<UnpackedFile & { directory: string }> {
  const directory = scratch(context)
  return { ...(await spool(inPieces(bytes, pieceBytes), { what: 'a test', directory })), directory }
}

async function* inPieces(bytes: Buffer, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

describe('spool', () => {
  const packings: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
    plain: bytes => bytes,
    gzip: gzipSync,
    'gzip of many members': bytes => Buffer.concat([gzipSync(bytes.subarray(0, 7)), gzipSync(''), gzipSync(bytes.subarray(7))]),
    zstd: zstdCompressSync,
    'zstd of many frames, a skippable one first': bytes =>
      Buffer.concat([
        Buffer.from('502a4d1803000000aabbcc', 'hex'),
        zstdCompressSync(bytes.subarray(0, 7)),
        zstdCompressSync(bytes.subarray(7)),
      ]),
  }
  for (const [name, pack] of Object.entries(packings)) {
    test(`${name}: unpacked into one private file, gone when removed`, async context => {
      for (const pieceBytes of [1 << 20, 999, ...(name === 'plain' ? [] : [1])]) {
        const packed = pack(pieceBytes === 1 ? CONTENT.subarray(0, 5000) : CONTENT)
        const { file, remove, directory } = await spooled(context, packed, pieceBytes)
        assert.ok(readFileSync(file).equals(pieceBytes === 1 ? CONTENT.subarray(0, 5000) : CONTENT))
        assert.equal(statSync(file).mode & 0o777, 0o600)
        assert.equal(readdirSync(directory).length, 1)
        await remove()
        assert.deepEqual(readdirSync(directory), [])
      }
    })
  }

  peerTest('xz, two streams and padding between', ['xz'], async context => {
    const stream = (bytes: Buffer) => run('xz', ['-c'], { input: bytes })
    const { file } = await spooled(context, Buffer.concat([stream(CONTENT.subarray(0, 99)), stream(CONTENT.subarray(99))]))
    assert.ok(readFileSync(file).equals(CONTENT))
  })

  peerTest('xz that is cut short, damaged, or beyond the reader', ['xz'], async context => {
    const whole = run('xz', ['-c'], { input: CONTENT })
    const damaged = Buffer.from(whole)
    damaged[whole.length >> 1] = (damaged[whole.length >> 1] ?? 0) ^ 1
    const cases = [
      [whole.subarray(0, whole.length >> 1), 'COMPRESSION_DAMAGED'],
      [whole.subarray(0, -1), 'COMPRESSION_DAMAGED'],
      [damaged, 'COMPRESSION_DAMAGED'],
      [run('xz', ['-c', '--check=sha256'], { input: CONTENT }), 'COMPRESSION_UNSUPPORTED'],
    ] as const
    for (const [bytes, code] of cases) {
      const directory = scratch(context)
      await assert.rejects(
        spool(inPieces(bytes, 1000), { what: 'a test', directory }),
        error => error instanceof ImageError && error.code === code,
      )
      assert.deepEqual(readdirSync(directory), [])
    }
  })

  test('damage leaves nothing behind', async context => {
    const directory = scratch(context)
    const whole = gzipSync(CONTENT)
    const damaged = Buffer.from(whole)
    damaged[damaged.length - 6] = (damaged[damaged.length - 6] ?? 0) ^ 1
    for (const bytes of [whole.subarray(0, -20), damaged, zstdCompressSync(CONTENT).subarray(0, -4)]) {
      await assert.rejects(
        spool(inPieces(bytes, 1000), { what: 'a test', directory }),
        error =>
          error instanceof ImageError && error.code === 'COMPRESSION_DAMAGED' && error.message.startsWith('Cannot unpack a test'),
      )
      assert.deepEqual(readdirSync(directory), [])
    }
  })

  test('stops when it is told to, and leaves nothing behind', async context => {
    const directory = scratch(context)
    const controller = new AbortController()
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (let count = 0; ; count++) {
        if (count === 20) controller.abort(new Error('enough'))
        yield Buffer.alloc(1000, count)
      }
    }
    await assert.rejects(spool(endless(), { what: 'a test', directory, signal: controller.signal }), /enough/)
    assert.deepEqual(readdirSync(directory), [])
  })

  test('room that is not there is missed before anything is written', async context => {
    const directory = scratch(context)
    await assert.rejects(
      spool(inPieces(CONTENT, 1000), { what: 'a test', directory, expectedBytes: 2 ** 60 }),
      error => error instanceof ImageError && error.code === 'NO_SPACE' && error.hint?.includes('TMPDIR') === true,
    )
    assert.deepEqual(readdirSync(directory), [])
  })
})

describe('temporary files', () => {
  test('a process that can be seen is alive or gone; one of another machine, boot or container is unknown', () => {
    const mine = temporaryName()
    assert.equal(makerOf(mine), 'alive')
    const [, system = '', pid = '', start = ''] = /^\.peel-(.*)-(\d+)-(\d+)-[0-9a-f]{16}$/.exec(mine) ?? []
    const named = (ofSystem: string, ofPid: string, ofStart: string) => `.peel-${ofSystem}-${ofPid}-${ofStart}-0123456789abcdef`
    assert.equal(makerOf(named(system, pid, `${start}1`)), 'gone', 'an earlier process of this number')
    assert.equal(makerOf(named(system, pid, `${Number(start) - 300}`)), 'alive', 'as an emulator dates it')
    assert.equal(makerOf(named(system, pid, `${Number(start) - 30_000}`)), 'gone')
    assert.equal(makerOf(named(system, '4194000', '5')), 'gone')
    assert.equal(makerOf(named(system.replace(/\..*/, '.0123456789ab'), '4194000', '5')), 'unknown')
    for (const name of ['.peel-x', '.peel-lock', 'image.tar', `x${mine}`]) assert.equal(makerOf(name), 'unknown')
  })

  peerTest(
    'a process of another PID namespace is unknown, whatever its number',
    ['unshare'],
    () => {
      const module = new URL('../../src/transport/maker.ts', import.meta.url).href
      const loader = new URL('../kit/typescript.js', import.meta.url).href
      const script = `import { temporaryName } from ${JSON.stringify(module)}; process.stdout.write(temporaryName())`
      const words = [process.execPath, '--import', loader, '--input-type=module', '-e', script]
      const made = (...around: readonly string[]) => run(around[0] ?? '', [...around.slice(1)]).toString()
      assert.equal(makerOf(made(...words)), 'gone')
      assert.equal(makerOf(made('unshare', '--pid', '--fork', '--mount-proc', ...words)), 'unknown')
    },
    { root: true },
  )

  test('a sweep takes what this user’s dead processes left, directories too, and nothing else', async context => {
    const directory = scratch(context)
    const orphan = temporaryName().replace(/-\d+-\d+-/, '-4194000-5-')
    const elsewhere = (random: string) => `.peel-box.0123456789ab-7-5-${random.padStart(16, '0')}`
    for (const name of [orphan, elsewhere('1'), elsewhere('2')]) {
      mkdirSync(join(directory, name))
      writeFileSync(join(directory, name, 'inner'), 'x')
    }
    // Of two makers that cannot be seen, one has shown no life for a day.
    utimesSync(join(directory, elsewhere('1')), new Date(), new Date(Date.now() - 86_400_000))
    const kept = ['.peel-note', 'data', temporaryName()]
    for (const name of kept) writeFileSync(join(directory, name), 'x')
    await sweepLeftovers(directory)
    assert.deepEqual(readdirSync(directory).sort(), [...kept, elsewhere('2')].sort())
    await sweepLeftovers(join(directory, 'no such directory'))
  })

  test('what another user planted stays, and links in what is swept lead nowhere', {
    skip: process.getuid?.() !== 0,
  }, async context => {
    const directory = scratch(context)
    const precious = join(directory, 'precious')
    mkdirSync(precious)
    writeFileSync(join(precious, 'file'), 'keep me')
    const orphan = (random: string) => temporaryName().replace(/-\d+-\d+-[0-9a-f]+$/, `-4194000-5-${random.padStart(16, '0')}`)
    const [planted, linked, own] = [orphan('1'), orphan('2'), orphan('3')]
    mkdirSync(join(directory, planted))
    chownSync(join(directory, planted), 12345, 12345)
    symlinkSync(precious, join(directory, linked))
    mkdirSync(join(directory, own))
    symlinkSync(precious, join(directory, own, 'z'))
    await sweepLeftovers(directory)
    assert.deepEqual(readdirSync(directory).sort(), [planted, 'precious'].sort())
    assert.deepEqual(readdirSync(precious), ['file'])
  })

  test('a TMPDIR that cannot be used is named, with the reason', context => {
    const directory = scratch(context)
    writeFileSync(join(directory, 'file'), '')
    const said = (TMPDIR: string) => {
      try {
        return temporaryDirectory({ TMPDIR })
      } catch (thrown) {
        assert.ok(thrown instanceof ImageError && thrown.code === 'TEMPORARY_DIRECTORY_UNUSABLE')
        return thrown.message
      }
    }
    assert.equal(said(directory), directory)
    assert.match(said(join(directory, 'none')), /TMPDIR="[^"]*none": there is no such directory/)
    assert.match(said(join(directory, 'file')), /TMPDIR=.*: it is not a directory/)
    assert.match(said('relative'), /TMPDIR="relative": it is not an absolute path/)
    assert.ok(said(''), 'an empty one is none')
  })

  /** Opens a packed archive in another process, which ends in its own way while the spool is there. */
  function inProcess(context: TestContext, end: string): { directory: string; status: number | null } {
    const directory = scratch(context)
    const module = pathToFileURL(fileURLToPath(new URL('../../src/transport/spool.ts', import.meta.url))).href
    const script = `import { spool } from ${JSON.stringify(module)}
      async function* bytes() { yield Buffer.alloc(100000, 1) }
      const { file } = await spool(bytes(), { what: 'x', directory: ${JSON.stringify(directory)} })
      console.log(file)
      ${end}`
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      encoding: 'utf8',
    })
    assert.ok(stdout.startsWith(directory), stderr)
    return { directory, status }
  }

  test('gone when the process ends, also in an error', context => {
    for (const end of ['', 'process.exit(3)', 'throw new Error("x")'])
      assert.deepEqual(readdirSync(inProcess(context, end).directory), [], end)
  })

  test('after a kill, gone at the next start', async context => {
    const { directory } = inProcess(context, 'process.kill(process.pid, "SIGKILL")')
    assert.equal(readdirSync(directory).length, 1)
    const { file, remove } = await spool(inPieces(CONTENT, 1000), { what: 'a test', directory })
    assert.deepEqual(readdirSync(directory), [file.slice(directory.length + 1)])
    await remove()
  })

  peerTest(
    'a disk that fills up is one clear error, and nothing stays on it',
    ['mount', 'umount'],
    async context => {
      await onSmallDisk(context, '80m', async directory => {
        const bomb = gzipSync(Buffer.alloc(100 << 20))
        await assert.rejects(
          spool(inPieces(bomb, 1000), { what: 'a test', directory }),
          error => error instanceof ImageError && error.code === 'NO_SPACE',
        )
        assert.deepEqual(readdirSync(directory), [])
      })
    },
    { root: true },
  )
})
