import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayBeNoise, noiseOfPath } from '../../../src/compare/noise/explain-noise.ts'
import type { FilePath } from '../../../src/layer/file-path.ts'

const MIB = 1024 * 1024
/** Paths of each kind, whether both sizes must be the same, and the MiB up to which contents are looked at. */
const KINDS: readonly (readonly [paths: string, sameSize: boolean, most: number])[] = [
  ['etc/ld.so.cache var/cache/ldconfig/aux-cache', false, 4],
  ['usr/share/a.tar', false, 4],
  ['var/cache/fontconfig/x.cache-7 a/x.cache-12', true, 16],
  ['var/lib/dpkg/status var/lib/dpkg/available var/lib/dpkg/status-old lib/apk/db/installed x/lib/apk/db/installed', true, 4],
  ['usr/share/man/man1/x.1.gz a.svgz', true, 16],
  ['a.pyc a.pyo', true, 16],
  ['a.zip a.jar a.war a.ear a.whl a.egg', true, 16],
  ['usr/lib/libx.a a.deb a.udeb', true, 16],
  ['etc/ssl/a.crt a.pem', true, 4],
  ['usr/lib/a.so a.so.1.2 a.ko a.o usr/bin/a usr/sbin/a bin/a usr/libexec/a app/a srv/a opt/x/a', true, 16],
]

test('contents are read where noise could make them differ: by the path, by the sizes, up to a size', () => {
  for (const [paths, sameSize, most] of KINDS)
    for (const path of paths.split(' ') as FilePath[]) {
      assert.equal(mayBeNoise(path, most * MIB, most * MIB), true, path)
      assert.equal(mayBeNoise(path, most * MIB + 1, most * MIB + 1), false, path)
      assert.equal(mayBeNoise(path, 5, 6), !sameSize, path)
      assert.equal(mayBeNoise(path, 5, most * MIB + 1), false, path)
    }
})

test('a packed archive is looked into up to one size, as any packed file up to another', () => {
  for (const path of ['srv/a.tar.gz', 'a.tgz'] as FilePath[]) {
    assert.equal(mayBeNoise(path, 5, 4 * MIB), true, path)
    assert.equal(mayBeNoise(path, 5, 4 * MIB + 1), false, path)
    assert.equal(mayBeNoise(path, 16 * MIB, 16 * MIB), true, path)
    assert.equal(mayBeNoise(path, 16 * MIB + 1, 16 * MIB + 1), false, path)
  }
})

test('other paths are content', () => {
  const others =
    'x/etc/ld.so.cache etc/ld.so.cache.d var/cache/ldconfig/aux-cachex a.cache- a.cache-7x var/lib/dpkg/statusx a.tarx a.tar.xz a.gzx a.pycx a.zipx a.ax a.pemx a.sox usr/binx/a usr/bin/d/a app/a.txt app/d/a opt/a'
  for (const path of others.split(' ') as FilePath[]) assert.equal(mayBeNoise(path, 5, 5), false, path)
})

test('a log is noise by its path alone', () => {
  assert.equal(noiseOfPath('var/log/a/b' as FilePath), 'noise:log')
  for (const path of ['var/log', 'x/var/log/a', 'var/logs/a'] as FilePath[]) assert.equal(noiseOfPath(path), undefined)
})
