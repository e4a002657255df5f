import assert from 'node:assert/strict'
import { gunzipSync } from 'node:zlib'
import { readBlob } from '../../../src/blob/read.ts'
import type { BlobSource } from '../../../src/blob/source.ts'
import type { TarEntry } from '../../../src/blob/tar-member.ts'
import { TarReader } from '../../../src/blob/tar-reader.ts'
import type { Semantics } from '../../../src/overlay/tree.ts'
import type { RebuiltImage } from '../../../src/rebuild/rebuilt-image.ts'

/** Holds every written layer of a rebuilt image (gzip) against the rules of semantics.md, "Writing a squashed layer". What only the
 * specification gives a meaning to (0:0 devices, overlay xattrs) may be in it only when its semantics were asked for. */
export async function assertLayerRules(image: RebuiltImage, source: BlobSource, semantics: Semantics): Promise<void> {
  for (const { planned, blob } of image.layers) {
    if (planned.type !== 'write' || blob === undefined) continue
    const parts: Uint8Array[] = []
    for await (const chunk of readBlob(source, blob)) parts.push(chunk)
    const packed = Buffer.concat(parts)
    assert.deepEqual([...packed.subarray(0, 10)], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255], 'gzip with no time and no name')
    assertTarRules(gunzipSync(packed), planned.positions[0] === 0, semantics)
  }
}

export function assertTarRules(tar: Buffer, isBase: boolean, semantics: Semantics): void {
  assert.ok(tar.length % 512 === 0 && tar.subarray(-1024).every(byte => byte === 0), 'two zero blocks at the end')
  const entries = entriesOf(tar)
  assertNames(entries)
  assertOrder(entries)
  const names = new Set<string>()
  for (const { name, typeflag, linkName, devMajor, devMinor, xattrs } of entries) {
    if (typeflag === '1') assert.ok(names.has(linkName), `the link ${name} stands after its target ${linkName}`)
    assert.ok(!(typeflag === '3' && devMajor === 0 && devMinor === 0) || semantics === 'spec', `no 0:0 device: ${name}`)
    assert.ok(xattrs.every(([key]) => !key.startsWith('trusted.overlay.')) || semantics === 'spec', `no overlay xattrs: ${name}`)
    const path = name.replace(/\/$/, '')
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')))
    assert.ok(
      parent === '' || names.has(parent) || parent.split('/').some(each => each.startsWith('.wh.')),
      `the parent of ${name} stands before it`,
    )
    names.add(path)
  }
  const whiteouts = entries.map(entry => entry.name).filter(name => /(^|\/)\.wh\.[^/]+$/.test(name))
  if (isBase) assert.deepEqual(whiteouts, [], 'no whiteouts in a base layer')
  for (const whiteout of whiteouts) {
    const gone = whiteout.replace(/\.wh\.([^/]+)$/, '$1')
    assert.ok(![...names].some(name => name === gone || name.startsWith(`${gone}/`)), `nothing but the whiteout of ${gone}`)
  }
}

function entriesOf(tar: Buffer): TarEntry[] {
  const entries: TarEntry[] = []
  for (let block = 0; block + 512 <= tar.length; ) {
    assert.notEqual(String.fromCharCode(tar[block + 156] ?? 0), 'g', 'no PAX globals')
    const size = Number.parseInt(tar.toString('latin1', block + 124, block + 136), 8) || 0
    block += 512 + Math.ceil(size / 512) * 512
  }
  const reader = new TarReader({
    entry: entry => entries.push(entry),
    data: () => {},
    end: () => {},
    diagnostic: ({ message }) => assert.fail(message),
  })
  reader.push(tar)
  reader.finish()
  return entries
}

function assertNames(entries: readonly TarEntry[]): void {
  const paths = entries.map(({ name }) => name.replace(/\/$/, ''))
  assert.equal(new Set(paths).size, paths.length, 'no path twice')
  for (const { name, typeflag } of entries) {
    if (name === './') continue
    assert.ok(!name.startsWith('/') && !name.startsWith('./'), name)
    assert.ok(!name.split('/').some(each => each === '..' || each === '.'), name)
    assert.equal(name.endsWith('/'), typeflag === '5', `directories end in a slash: ${name}`)
    assert.ok(!/(^|\/)\.wh\.\.wh\./.test(name), `no .wh..wh.: ${name}`)
  }
}

/** Bytewise component by component, parents first, whiteouts before the other children of their directory. */
function assertOrder(entries: readonly TarEntry[]): void {
  const keys = entries.map(({ name }) =>
    name
      .replace(/\/$/, '')
      .split('/')
      .map(each => (each.startsWith('.wh.') ? `0${each}` : `1${each}`)),
  )
  keys.forEach((key, index) => {
    const before = keys[index - 1]
    if (before === undefined || before.join() === '1.') return
    const at = key.findIndex((each, place) => each !== before[place])
    const [one, other] = [before[at], key[at]]
    assert.ok(
      at >= 0 && (one === undefined || (other !== undefined && one < other)),
      `${before.join('/')} before ${key.join('/')}`,
    )
  })
}
