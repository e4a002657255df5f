import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { crc32, deflateRawSync } from 'node:zlib'
import { goBuildInfo, goModules } from '../../../src/check/packages/go-build-info.ts'
import { parseJar } from '../../../src/check/packages/jar.ts'
import type { FilePath } from '../../../src/layer/file-path.ts'
import { peerTest, run } from '../../kit/peer.ts'
import { fc } from '../../kit/seeded-check.ts'

/** The build info that Go 1.18 and later write into a program. */
function goProgram(version: string, modules: string): Buffer {
  const counted = (text: string) => {
    const bytes = Buffer.from(text)
    const length: number[] = []
    for (let left = bytes.length; ; left >>= 7) {
      length.push(left > 0x7f ? (left & 0x7f) | 0x80 : left)
      if (left <= 0x7f) break
    }
    return Buffer.concat([Buffer.from(length), bytes])
  }
  const head = Buffer.alloc(32)
  head.write('\xff Go buildinf:', 0, 'latin1')
  head[14] = 8
  head[15] = 2
  const mark = 'm'.repeat(16)
  return Buffer.concat([
    Buffer.from('\x7fELF and code \xff Go buildinf: as a text', 'latin1'),
    head,
    counted(version),
    counted(`${mark}${modules}${mark}`),
    Buffer.alloc(64),
  ])
}

/** A zip archive of these members, every other one deflated. */
function zip(members: Readonly<Record<string, string>>): Buffer {
  const [pieces, directory]: [Buffer[], Buffer[]] = [[], []]
  let offset = 0
  for (const [index, [name, text]] of Object.entries(members).entries()) {
    const content = Buffer.from(text)
    const packed = index % 2 === 0 ? content : deflateRawSync(content)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(index % 2 === 0 ? 0 : 8, 4)
    common.writeUInt32LE(crc32(content), 10)
    common.writeUInt32LE(packed.length, 14)
    common.writeUInt32LE(content.length, 18)
    common.writeUInt16LE(name.length, 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), packed])
    const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\0'), common, Buffer.alloc(14), Buffer.from(name)])
    central.writeUInt32LE(offset, 42)
    pieces.push(local)
    directory.push(central)
    offset += local.length
  }
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...pieces, ...directory, end])
}

const listed = (found: readonly { readonly name: string; readonly version: string }[]) =>
  found.map(({ name, version }) => `${name} ${version}`)

describe('what Go programs say they are made of', () => {
  test('the main module, what it depends on, and what stands in the place of another', () => {
    const program = goProgram(
      'go1.22.1 X:boring',
      'path\texample.com/cmd\nmod\texample.com\tv1.0.0\th1:x=\ndep\ta.com/x\tv1.2.3\th1:y=\ndep\tb.com/y\tv0.1.0\n=>\tc.com/fork\tv9.9.9\th1:z=\nbuild\t-compiler=gc\n',
    )
    const info = goBuildInfo(program) ?? assert.fail()
    assert.deepEqual(listed(goModules(info)), ['example.com v1.0.0', 'a.com/x v1.2.3', 'c.com/fork v9.9.9', 'stdlib go1.22.1'])
  })

  peerTest('a program that Go built: skopeo', ['skopeo'], () => {
    const place = run('sh', ['-c', 'command -v skopeo']).toString().trim()
    const modules = listed(goModules(goBuildInfo(readFileSync(place)) ?? assert.fail()))
    assert.ok(modules.some(each => each.startsWith('github.com/containers/skopeo')))
    assert.match(modules.at(-1) ?? '', /^stdlib go1\.\d+/)
  })

  test('other programs say nothing, and damaged ones end', () => {
    assert.equal(goBuildInfo(Buffer.from('\x7fELF')), undefined)
    const program = goProgram('go1.22', 'mod\ta\tv1\n')
    fc.assert(
      fc.property(fc.nat(program.length - 1), fc.nat(255), fc.nat(program.length), (at, value, cut) => {
        const damaged = Buffer.from(program.subarray(0, cut))
        damaged[at] = value
        const info = goBuildInfo(damaged)
        assert.ok(info === undefined || goModules(info).length < 9)
      }),
    )
  })
})

describe('what Java archives say they are', () => {
  const jar = (members: Readonly<Record<string, string>>, name = 'x.jar') =>
    listed(parseJar(zip(members), `opt/${name}` as FilePath))

  test('coordinates, else the manifest, else the name', () => {
    const manifest =
      'Manifest-Version: 1.0\r\nBundle-SymbolicName: org.example.thing;singleton:=tr\r\n ue\r\nBundle-Version: 2.1\r\n\r\n'
    assert.deepEqual(
      jar({
        'META-INF/MANIFEST.MF': manifest,
        'META-INF/maven/org.a/b/pom.properties': '#x\r\nversion=1.2\r\ngroupId=org.a\r\nartifactId=b\r\n',
        'META-INF/maven/org.c/d/pom.properties': 'artifactId=d\nversion=3\n',
      }),
      ['org.a:b 1.2', 'd 3'],
    )
    assert.deepEqual(jar({ 'a.class': 'x', 'META-INF/MANIFEST.MF': manifest }), ['org.example.thing 2.1'])
    assert.deepEqual(jar({ 'a.class': 'x' }, 'commons-lang3-3.12.0.jar'), ['commons-lang3 3.12.0'])
    assert.deepEqual(jar({}, 'plain.jar'), ['plain '])
  })

  test('a damaged archive ends', () => {
    const whole = zip({ 'META-INF/MANIFEST.MF': 'a', 'META-INF/maven/a/b/pom.properties': 'artifactId=b\n'.repeat(50) })
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 20 }), changes => {
        const damaged = Buffer.from(whole)
        for (const [at, value] of changes) damaged[at] = value
        assert.ok(parseJar(damaged, 'x.jar' as FilePath).length <= 3)
      }),
    )
  })
})
