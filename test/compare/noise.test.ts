import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { explainNoise, mayBeNoise, noiseOfPath } from '../../src/compare/noise/explain-noise.ts'
import type { FilePath } from '../../src/layer/file-path.ts'
import { peerTest } from '../kit/peer.ts'
import { tarFixture } from '../kit/tar/tar-fixture.ts'

const path = (text: string) => text as FilePath

/** Both ways round, and that a change of one byte of what counts is content again. */
function explains(name: string, file: string, before: Buffer, after: Buffer, counts: number): void {
  assert.ok(!before.equals(after))
  assert.ok(mayBeNoise(path(file), before.length, after.length))
  assert.equal(explainNoise(path(file), before, after), name)
  assert.equal(explainNoise(path(file), after, before), name)
  const changed = Buffer.from(after)
  changed[counts] = (changed[counts] ?? 0) ^ 0x15
  assert.equal(explainNoise(path(file), before, changed), undefined)
}

function with32(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes)
  copy.writeUInt32LE(value, at)
  return copy
}

describe('content that differs by noise only', () => {
  test("the time of a Python source, new and old, and not the source's hash", () => {
    const compiled = (magic: number, flags: number) => {
      const bytes = Buffer.alloc(64, 7)
      bytes.writeUInt16LE(magic, 0)
      bytes.write('\r\n', 2, 'latin1')
      bytes.writeUInt32LE(flags, 4)
      return bytes
    }
    const python311 = compiled(3495, 0)
    explains('noise:pyc-mtime', 'usr/lib/x.pyc', python311, with32(python311, 8, 1234), 12)
    const python2 = compiled(62211, 5)
    explains('noise:pyc-mtime', 'usr/lib/x.pyc', python2, with32(python2, 4, 1234), 8)
    const hashed = compiled(3495, 3)
    assert.equal(explainNoise(path('x.pyc'), hashed, with32(hashed, 8, 1)), undefined)
  })

  test('the time of a gzip member', () => {
    const packed = gzipSync('a manual page')
    explains('noise:gzip-mtime', 'usr/share/man/man1/x.1.gz', packed, with32(packed, 4, 1_700_000_000), 12)
  })

  test('times and owners in a static library', () => {
    const library = (time: string) =>
      Buffer.from(
        `!<arch>\n${'x.o/'.padEnd(16)}${time.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'644'.padEnd(8)}${'4'.padEnd(10)}\`\nabcd`,
      )
    explains('noise:ar-times', 'usr/lib/libx.a', library('1'), library('1700000000'), 69)
  })

  test('times in a tar archive, whatever its compression', () => {
    const archive = (mtime: number) => tarFixture([{ name: 'post-install', content: 'exit 0\n', mtime }])
    explains('noise:tar-times', 'lib/apk/db/scripts.tar', archive(1), archive(1_700_000_000), 515)
    const packed = [gzipSync(archive(1)), gzipSync(archive(2), { level: 1 })] as const
    assert.equal(explainNoise(path('lib/apk/db/scripts.tar.gz'), ...packed), 'noise:tar-times')
  })

  test('the order of packages and of certificates', () => {
    const status = ['Package: a\nVersion: 1\n', 'Package: b\nVersion: 2\n']
    const joined = (parts: string[]) => Buffer.from(parts.join('\n'))
    explains('noise:package-order', 'var/lib/dpkg/status', joined(status), joined(status.toReversed()), 10)
    const bundle = ['AAAA', 'BBBB'].map(each => `-----BEGIN CERTIFICATE-----\n${each}\n-----END CERTIFICATE-----\n`)
    const certificates = (parts: string[]) => Buffer.from(parts.join(''))
    explains(
      'noise:certificate-order',
      'etc/ssl/certs/ca-certificates.crt',
      certificates(bundle),
      certificates(bundle.toReversed()),
      30,
    )
  })

  test('not other packages whose records run together into the same text', () => {
    const status = (...records: string[]) => Buffer.from(records.join('\n\n'))
    assert.equal(explainNoise(path('var/lib/dpkg/status'), status('ab', 'c'), status('a', 'bc')), undefined)
  })

  test("the loader's caches, and fontconfig's", () => {
    const cache = (entries: readonly (readonly [string, string])[]) => {
      const texts = entries.flat().map(each => `${each}\0`)
      const bytes = Buffer.alloc(48 + entries.length * 24)
      bytes.write('glibc-ld.so.cache1.1', 0, 'latin1')
      bytes.writeUInt32LE(entries.length, 20)
      let at = bytes.length
      for (const [index, [name]] of entries.entries()) {
        bytes.writeUInt32LE(at, 48 + index * 24 + 4)
        bytes.writeUInt32LE(at + name.length + 1, 48 + index * 24 + 8)
        at += (texts[index * 2]?.length ?? 0) + (texts[index * 2 + 1]?.length ?? 0)
      }
      return Buffer.concat([bytes, Buffer.from(texts.join(''))])
    }
    const entries = [
      ['liba.so.1', '/lib/liba.so.1'],
      ['libb.so', '/lib/libb.so.2'],
    ] as const
    explains('noise:ldconfig-cache', 'etc/ld.so.cache', cache(entries), cache(entries.toReversed()), 98)
    const fonts = Buffer.alloc(128, 1)
    fonts.writeUInt32LE(0xfc02fc04, 0)
    explains('noise:fontconfig-cache', 'var/cache/fontconfig/x-le64.cache-7', fonts, with32(fonts, 48, 9), 70)
  })

  test('what a log says', () => {
    assert.equal(noiseOfPath(path('var/log/dpkg.log')), 'noise:log')
    assert.equal(noiseOfPath(path('srv/var/log/x')), undefined)
  })

  test('not what has another length, another name or is damaged', () => {
    const packed = gzipSync('x')
    assert.equal(explainNoise(path('x.txt'), packed, with32(packed, 4, 9)), undefined)
    assert.ok(!mayBeNoise(path('x.gz'), 100, 101))
    assert.ok(!mayBeNoise(path('x.gz'), 2 ** 30, 2 ** 30))
    for (const name of ['x.pyc', 'x.gz', 'x.zip', 'x.a', 'x.so', 'x.tar', 'etc/ld.so.cache'])
      for (const length of [0, 1, 16, 64, 700])
        assert.equal(explainNoise(path(name), Buffer.alloc(length, 1), Buffer.alloc(length, 2)), undefined, name)
  })

  peerTest('times in zip archives as Python writes them', ['python3'], () => {
    const script = `
import io, sys, zipfile
for year in (1990, 2020):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as z:
        z.writestr(zipfile.ZipInfo('a/b.txt', (year, 1, 2, 3, 4, 6)), 'content')
        z.writestr(zipfile.ZipInfo('c', (year, 1, 2, 3, 4, 6)), 'more')
    sys.stdout.buffer.write(out.getvalue())
`
    const { stdout } = spawnSync('python3', ['-c', script])
    const [one, other] = [stdout.subarray(0, stdout.length / 2), stdout.subarray(stdout.length / 2)]
    explains('noise:zip-times', 'opt/app.jar', Buffer.from(one), Buffer.from(other), 40)
  })
})
