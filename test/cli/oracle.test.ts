import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { FileJson } from '../../src/cli/print/file-json.ts'
import { imageFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { hasPeer, peerTest, run } from '../kit/peer.ts'
import { peel } from '../kit/program/peel-command.ts'
import { listDirectory } from '../kit/tree/directory-listing.ts'
import type { ListedNode } from '../kit/tree/tree-listing.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-oracle-'))
const env = { XDG_CACHE_HOME: join(directory, 'cache') }
const mounts = ['merged', 'fs'].map(name => join(directory, name))
after(() => {
  if (hasPeer('umount')) run('sh', ['-c', 'for mount; do ! mountpoint -q "$mount" || umount "$mount"; done', 'sh', ...mounts])
  rmSync(directory, { recursive: true, force: true })
})

let layout: string | undefined

/** The image as a layout, and its merged tree mounted by the kernel. */
function makeImage(): string {
  if (layout !== undefined) return layout
  run('sh', [fileURLToPath(new URL('../kit/image/realistic-image.sh', import.meta.url)), directory])
  const tars = [0, 1, 2, 3, 4].map(layer => readFileSync(join(directory, `layer-${layer}.tar`)))
  layout = writeLayout(join(directory, 'layout'), { t: imageFixture(tars.map(tar => ({ tar, compression: 'gzip' }))) })
  return layout
}

/** The merged tree as the real command line lists it, in the form of `listDirectory`. */
async function listed(semantics: string): Promise<ListedNode[]> {
  const { status, stdout, stderr } = await peel(['ls', makeImage(), '--json', '--semantics', semantics], { env })
  assert.equal(status, 0, stderr)
  return stdout
    .trim()
    .split('\n')
    .map(line => toListed(JSON.parse(line)))
    .sort(byPath)
}

function toListed({
  path,
  pathBase64,
  type,
  mode,
  uid,
  gid,
  mtime,
  size,
  sha256,
  target,
  device,
  links,
  xattrs,
}: FileJson): ListedNode {
  const hex = Object.entries(xattrs ?? {}).map(([name, value]) => [name, Buffer.from(value, 'base64').toString('hex')])
  return {
    path: pathBase64 === undefined ? path : Buffer.from(pathBase64, 'base64').toString('utf8'),
    type: LETTERS[type] ?? type,
    ...(type !== 'symlink' && { mode }),
    uid,
    gid,
    mtime_ns: nanoseconds(mtime ?? ''),
    ...(type === 'file' && { size: size ?? -1, sha256: sha256?.slice(0, 16) ?? '' }),
    ...(target !== undefined && { target }),
    ...(device !== undefined && { rdev: device.join(':') }),
    ...(links !== undefined && { hardlinks: links.toSorted() }),
    ...(hex.length > 0 && { xattrs: Object.fromEntries(hex) }),
  }
}

const LETTERS: Readonly<Record<string, string>> = {
  file: 'f',
  directory: 'd',
  symlink: 'l',
  'character-device': 'c',
  'block-device': 'b',
  fifo: 'p',
}

function nanoseconds(time: string): bigint {
  const [, seconds = '', fraction = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(time) ?? []
  return BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'))
}

function byPath(a: ListedNode, b: ListedNode): number {
  return a.path < b.path ? -1 : 1
}

describe('what the command line shows is what other tools unpack', () => {
  const programs = ['tar', 'getfattr', 'setfattr', 'mount']

  peerTest(
    'ls, overlay semantics: a kernel overlay mount, in every attribute',
    programs,
    async () => {
      const ours = await listed('overlay')
      assert.deepEqual(ours, listDirectory(join(directory, 'merged')).sort(byPath))
      assert.ok(ours.length > 50)
    },
    { root: true },
  )

  peerTest(
    'ls, spec semantics: umoci raw unpack, in every attribute',
    [...programs, 'umoci'],
    async () => {
      const ours = await listed('spec')
      run('umoci', ['raw', 'unpack', '--image', `${makeImage()}:t`, join(directory, 'unpacked')])
      assert.deepEqual(ours, listDirectory(join(directory, 'unpacked')).sort(byPath))
    },
    { root: true },
  )

  peerTest(
    'extract --preserve: the kernel overlay mount again; times to the microsecond, which is what Node can set',
    programs,
    async () => {
      const target = join(directory, 'extracted')
      const { status, stderr } = await peel(['extract', makeImage(), '/', target, '--preserve', '--quiet'], { env })
      assert.deepEqual([status, stderr], [0, ''])
      const [ours, theirs] = [listDirectory(target), listDirectory(join(directory, 'merged'))]
      const timeless = (nodes: ListedNode[]) => nodes.map(({ mtime_ns: _, ...rest }) => rest)
      assert.deepEqual(timeless(ours), timeless(theirs))
      for (const [index, { path, mtime_ns }] of theirs.entries()) {
        const apart = Number((mtime_ns ?? 0n) - (ours[index]?.mtime_ns ?? 0n))
        assert.ok(Math.abs(apart) < 1000, `${path}: ${apart} ns apart`)
      }
    },
    { root: true },
  )
})
