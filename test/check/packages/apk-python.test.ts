import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { parseApkInstalled, parseApkWorld } from '../../../src/check/packages/apk.ts'
import { parsePythonMetadata, parsePythonRecord } from '../../../src/check/packages/python.ts'

const sha1 = createHash('sha1').update('x')
const sum = sha1.digest()

const INSTALLED = `C:Q1p4vmpXYZ=
P:busybox
V:1.36.1-r2
A:x86_64
S:509600
I:962560
T:Size optimized toolbox
L:GPL-2.0-only
o:busybox
m:me <me@host>
D:so:libc.musl-x86_64.so.1 scanelf>1 !old
p:cmd:sh=1.36 /bin/sh
F:bin
R:busybox
a:0:0:755
Z:Q1${sum.toString('base64')}
R:sh
a:0:0:777
F:usr/bin
M:0:0:755
R:su
a:0:0:4755

P:.build-deps
V:20240101
A:noarch
D:gcc make

F:lost
R:file

P:last
V:1`

describe("apk's database", () => {
  test('packages with their files, modes and digests', () => {
    const [busybox, virtual, last, ...others] = parseApkInstalled(INSTALLED)
    assert.deepEqual(others, [])
    assert.deepEqual(
      [busybox?.name, busybox?.version, busybox?.licence, busybox?.architecture],
      ['busybox', '1.36.1-r2', 'GPL-2.0-only', 'x86_64'],
    )
    assert.deepEqual(busybox?.depends, ['so:libc.musl-x86_64.so.1', 'scanelf'])
    assert.deepEqual(busybox?.provides, ['cmd:sh', '/bin/sh'])
    assert.deepEqual(busybox?.files, [
      { path: 'bin/busybox', mode: 0o755, digest: { algorithm: 'sha1', hex: sum.toString('hex') } },
      { path: 'bin/sh', mode: 0o777 },
      { path: 'usr/bin/su', mode: 0o4755 },
    ])
    assert.deepEqual([virtual?.name, virtual?.depends, virtual?.files], ['.build-deps', ['gcc', 'make'], []])
    assert.deepEqual([last?.name, last?.version], ['last', '1'])
  })

  test('lines that belong to nothing are passed over', () => {
    assert.deepEqual([...parseApkInstalled('')], [])
    assert.deepEqual([...parseApkInstalled('x\na:0:0:7\nZ:Q1\nR:file\n\nV:1\n')], [])
    assert.deepEqual(
      [...parseApkInstalled('P:a\nR:f\nZ:Q1notasum\na:0:0:9z\n')].flatMap(({ files }) => files),
      [{ path: 'f' }],
    )
  })

  test('a digest has 20 bytes after Q1 and 32 after Q2; one of another length is none', () => {
    const sums = ['sha1', 'sha256'].map(algorithm => createHash(algorithm).update('x').digest())
    const [short = Buffer.alloc(0), long = Buffer.alloc(0)] = sums
    const digestsOf = (mark: string, sum: Uint8Array) =>
      [...parseApkInstalled(`P:a\nR:f\nZ:${mark}${Buffer.from(sum).toString('base64')}\n`)][0]?.files.map(({ digest }) => digest)
    assert.deepEqual(digestsOf('Q1', short), [{ algorithm: 'sha1', hex: short.toString('hex') }])
    assert.deepEqual(digestsOf('Q2', long), [{ algorithm: 'sha256', hex: long.toString('hex') }])
    for (const [mark, sum] of [
      ['Q1', long],
      ['Q2', short],
      ['Q3', long],
      ['Q1', short.subarray(1)],
      ['Q2', long.subarray(1)],
    ] as const)
      assert.deepEqual(digestsOf(mark, sum), [undefined])
  })

  test('the world names what was asked for', () => {
    assert.deepEqual([...parseApkWorld('busybox\npython3>3.11 nodejs@edge\n')], ['busybox', 'python3', 'nodejs'])
  })
})

describe("Python's metadata", () => {
  test('name, version and licence, wherever the licence stands', () => {
    assert.deepEqual(
      parsePythonMetadata(
        'Metadata-Version: 2.4\nName: requests\nVersion: 2.31.0\nLicense-Expression: Apache-2.0\n\nName: not this\n',
      ),
      { type: 'python', name: 'requests', version: '2.31.0', licence: 'Apache-2.0' },
    )
    assert.equal(
      parsePythonMetadata('Name: a\nVersion: 1\nLicense: UNKNOWN\nClassifier: License :: OSI Approved :: MIT License\n')?.licence,
      'MIT License',
    )
    assert.equal(parsePythonMetadata('Version: 1\n'), undefined)
    assert.equal(parsePythonMetadata(''), undefined)
  })

  test('files of a record, relative to where it lies, with commas and quotes in names', () => {
    const digest = createHash('sha256').update('x').digest()
    const record = `requests/__init__.py,sha256=${digest.toString('base64url')},4\n../../../bin/normalizer,sha256=${digest.toString('base64url')},9\n"a, ""b"".py",sha256=${digest.toString('base64url')},1\nrequests/__pycache__/x.pyc,,\nrequests-2.31.0.dist-info/RECORD,,\n../../../../../../../etc/passwd,sha256=x,1\n/usr/bin/absolute,,\n`
    assert.deepEqual(parsePythonRecord(record, 'usr/lib/python3/site-packages'), [
      {
        path: 'usr/lib/python3/site-packages/requests/__init__.py',
        digest: { algorithm: 'sha256', hex: digest.toString('hex') },
      },
      { path: 'usr/bin/normalizer', digest: { algorithm: 'sha256', hex: digest.toString('hex') } },
      { path: 'usr/lib/python3/site-packages/a, "b".py', digest: { algorithm: 'sha256', hex: digest.toString('hex') } },
      { path: 'usr/lib/python3/site-packages/requests/__pycache__/x.pyc' },
      { path: 'usr/lib/python3/site-packages/requests-2.31.0.dist-info/RECORD' },
      { path: 'usr/bin/absolute' },
    ])
  })
})
