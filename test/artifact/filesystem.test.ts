import assert from 'node:assert/strict'
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { openErofs } from '../../src/artifact/filesystem/erofs.ts'
import { type Filesystem, ListingBudget } from '../../src/artifact/filesystem/filesystem.ts'
import { openSquashfs } from '../../src/artifact/filesystem/squashfs.ts'
import { MetadataTable, readSquashfsSuper } from '../../src/artifact/filesystem/squashfs-metadata.ts'
import { bufferReader } from '../../src/artifact/range-reader.ts'
import { ImageError } from '../../src/error.ts'
import { entriesOf } from '../../src/layer/changeset.ts'
import { unpackXzBlock } from '../../src/transport/xz.ts'
import { SQUASHFS_SAMPLE } from '../kit/image/filesystem-samples.ts'
import { noise } from '../kit/noise.ts'
import { hasPeer, peerTest, run } from '../kit/peer.ts'
import { fc } from '../kit/seeded-check.ts'

let directory = ''
let tree = ''
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'peel-filesystem-'))
  tree = join(directory, 'tree')
  mkdirSync(join(tree, 'etc/deep/er'), { recursive: true })
  writeFileSync(join(tree, 'etc/passwd'), 'root\n', { mode: 0o640 })
  writeFileSync(join(tree, 'empty'), '')
  writeFileSync(join(tree, 'exact'), noise(8192))
  writeFileSync(join(tree, 'large'), Buffer.concat([noise(700_001), Buffer.from('text '.repeat(60_000))]))
  writeFileSync(join(tree, 'sparse'), 'begin')
  truncateSync(join(tree, 'sparse'), 3_000_000)
  linkSync(join(tree, 'etc/passwd'), join(tree, 'etc/deep/again'))
  symlinkSync('../etc/passwd', join(tree, 'link'))
  writeFileSync(join(tree, '.wh.name'), 'a name like others')
  for (let index = 0; index < 400; index++) writeFileSync(join(tree, `etc/deep/er/file-with-a-name-${index}`), `${index}`)
  utimesSync(join(tree, 'large'), 1_600_000_000, 1_600_000_000)
})
after(() => rmSync(directory, { recursive: true }))

async function content(image: Filesystem, entry: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of image.content(entry)) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

/** The image lists what the directory has, and every file reads as it does there. */
async function sameAsTree(image: Filesystem): Promise<void> {
  const entries = [...entriesOf(image.changeset)]
  assert.equal(entries.length, 1 + 3 + 400 + 8)
  let [files, links] = [0, 0]
  for (const entry of entries) {
    const place = join(tree, entry.path)
    if (entry.type === 'file') {
      const bytes = readFileSync(place)
      assert.equal(entry.size, bytes.length, entry.path)
      assert.ok((await content(image, entry.index)).equals(bytes), entry.path)
      assert.equal(entry.mode, statSync(place).mode & 0o7777, entry.path)
      files++
    } else if (entry.type === 'symlink') assert.equal(entry.target, '../etc/passwd')
    else if (entry.type === 'hardlink') {
      links++
      assert.deepEqual([entry.path, entry.target].sort(), ['etc/deep/again', 'etc/passwd'])
    } else assert.ok(statSync(place).isDirectory())
  }
  assert.deepEqual([files, links], [406, 1])
  const large = entries.find(({ path }) => path === 'large')
  assert.equal(large?.mtime.seconds, 1_600_000_000)
}

const make = (file: string, ...args: readonly string[]) => {
  const target = join(directory, file)
  rmSync(target, { force: true })
  run(
    args[0] ?? '',
    args.slice(1).map(arg => (arg === 'TARGET' ? target : arg === 'TREE' ? tree : arg)),
  )
  return readFileSync(target)
}

describe('EROFS', () => {
  for (const [name, options] of [
    ['inline tails and extended inodes', ['-Eforce-inode-extended']],
    ['compact inodes', ['-Eforce-inode-compact', '-T1600000000']],
    ['chunks', ['--chunksize=4096']],
    ['lz4', ['-zlz4']],
    ['lz4 in large clusters', ['-zlz4hc', '-C65536']],
    ['lz4, full indexes', ['-zlz4', '-Elegacy-compress']],
    ['lz4, tails behind the index', ['-zlz4', '-C16384', '-Eztailpacking']],
  ] as const) {
    peerTest(`${name}: everything is listed and read`, ['mkfs.erofs'], async () => {
      await sameAsTree(await openErofs(bufferReader(make('plain.erofs', 'mkfs.erofs', ...options, 'TARGET', 'TREE'))))
    })
  }

  peerTest('a compressed file that needs more than is known says what, and the others are read', ['mkfs.erofs'], async () => {
    const bytes = make('lz4.erofs', 'mkfs.erofs', '-zlz4', '-Eforce-inode-extended', 'TARGET', 'TREE')
    const size = BigInt(statSync(join(tree, 'large')).size)
    let inode = 0
    // Extended, with compact indexes.
    while (bytes.readUInt16LE(inode) !== 7 || bytes.readBigUInt64LE(inode + 8) !== size) inode += 32
    const reading = async (at: number, value: number) => {
      const changed = Buffer.from(bytes)
      changed[inode + 64 + at] = value
      const image = await openErofs(bufferReader(changed))
      const files = [...entriesOf(image.changeset)].filter(({ type }) => type === 'file')
      for (const { path, index } of files) if (path !== 'large') await content(image, index)
      return await content(image, files.find(({ path }) => path === 'large')?.index ?? -1).catch(String)
    }
    assert.match(String(await reading(7, 0x80)), /needs files in fragments, which peel does not know/)
    assert.match(String(await reading(6, 0x11)), /needs lzma compression, which peel does not know/)
  })
})

describe('squashfs', () => {
  for (const [name, options] of [
    ['nothing compressed', ['-noI', '-noD', '-noF', '-noX']],
    ['gzip', ['-comp', 'gzip']],
    ['zstd', ['-comp', 'zstd', '-b', '16384']],
    ['lz4', ['-comp', 'lz4']],
    ['xz', ['-comp', 'xz']],
    ['no fragments', ['-no-fragments']],
  ] as const) {
    peerTest(`${name}: everything is listed and read`, ['mksquashfs'], async () => {
      await sameAsTree(
        await openSquashfs(
          bufferReader(make('image.squashfs', 'mksquashfs', 'TREE', 'TARGET', '-quiet', '-no-progress', ...options)),
          unpackXzBlock,
        ),
      )
    })
  }

  peerTest('what cannot be listed names the compression that is missing', ['mksquashfs'], async () => {
    const bytes = make('lzo.squashfs', 'mksquashfs', 'TREE', 'TARGET', '-quiet', '-no-progress', '-comp', 'lzo')
    await assert.rejects(openSquashfs(bufferReader(bytes), unpackXzBlock), /needs lzo compression, which peel does not know/)
  })
})

describe('hostile file systems', () => {
  const seeds: (readonly [string, Buffer, (reader: ReturnType<typeof bufferReader>) => Promise<Filesystem>])[] = []
  before(() => {
    const small = join(directory, 'small')
    mkdirSync(join(small, 'a/b'), { recursive: true })
    writeFileSync(join(small, 'a/file'), noise(5000))
    symlinkSync('a', join(small, 'link'))
    const swap = (...args: readonly string[]) => make('small.img', ...args.map(arg => (arg === 'TREE' ? small : arg)))
    if (hasPeer('mkfs.erofs')) {
      seeds.push(
        ['erofs', swap('mkfs.erofs', 'TARGET', 'TREE'), openErofs],
        ['chunks', swap('mkfs.erofs', '--chunksize=4096', 'TARGET', 'TREE'), openErofs],
        ['lz4', swap('mkfs.erofs', '-zlz4', '-C16384', 'TARGET', 'TREE'), openErofs],
      )
    }
    if (hasPeer('mksquashfs'))
      seeds.push([
        'squashfs',
        swap('mksquashfs', 'TREE', 'TARGET', '-quiet', '-no-progress', '-noI'),
        reader => openSquashfs(reader, unpackXzBlock),
      ])
  })

  test('bytes changed or cut: an image, or an error of ours, and no more reading than it is worth', async () => {
    for (const [name, bytes, open] of seeds) {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(4095), fc.nat(255)), { minLength: 1, maxLength: 5 }),
          fc.nat(3000),
          async (changes, cut) => {
            const damaged = Buffer.from(bytes.subarray(0, Math.max(1024, bytes.length - (cut % 3 === 0 ? cut : 0))))
            for (const [at, value] of changes) {
              // The superblock's features would end most of them at once.
              if (at < damaged.length && (at < 1024 + 80 || at >= 1024 + 128)) damaged[at] = value
            }
            let left = 64 * 1024 * 1024
            try {
              const image = await open(bufferReader(damaged))
              for (const entry of entriesOf(image.changeset)) {
                if (entry.type !== 'file') continue
                for await (const chunk of image.content(entry.index)) {
                  left -= chunk.length
                  if (left < 0) break
                }
              }
            } catch (error) {
              assert.ok(error instanceof ImageError && error.code.startsWith('FILESYSTEM_'), `${name}: ${String(error)}`)
            }
          },
        ),
        { numRuns: 300 },
      )
    }
  })

  peerTest('a directory that is in itself ends the listing', ['mkfs.erofs'], async () => {
    const bytes = Buffer.from(seeds[0]?.[1] ?? '')
    // The root's block of names begins with the number of `.`; the first other name gets it.
    const root = bytes.readUInt16LE(1024 + 14)
    const name = bytes.indexOf(Buffer.from('...alink'))
    assert.ok(name > 0)
    const count = 4
    const start = name - count * 12
    for (let index = 0; index < count; index++) bytes.writeBigUInt64LE(BigInt(root), start + index * 12)
    await assert.rejects(openErofs(bufferReader(bytes)), /in two places, or in itself/)
  })
})

describe('file systems that share what they have', () => {
  const [BLOCK, ROOT, FILE, SHARED, NAMES] = [512, 2, 8, 4096, 70_144]
  /** An EROFS image: a root directory in one block of names that all lead to one empty file, which has `attributes` shared ones. */
  function sharing(attributes: number, layout = 0): Buffer {
    const bytes = Buffer.alloc(NAMES + BLOCK)
    bytes.writeUInt32LE(0xe0f5e1e2, 1024)
    bytes[1024 + 12] = 9
    bytes.writeUInt16LE(ROOT, 1024 + 14)
    bytes.writeUInt32LE(2048 / BLOCK, 1024 + 40)
    bytes.writeUInt32LE(SHARED / BLOCK, 1024 + 44)
    const inode = (nid: number, form: number, mode: number, size: number, block: number) => {
      const at = 2048 + nid * 32
      bytes.writeUInt16LE(1 | (form << 1), at)
      bytes.writeUInt16LE(mode, at + 4)
      bytes.writeBigUInt64LE(BigInt(size), at + 8)
      bytes.writeUInt32LE(block, at + 16)
      bytes.writeUInt32LE(1, at + 44)
      return at
    }
    inode(ROOT, layout, 0o040755, BLOCK, NAMES / BLOCK)
    const file = inode(FILE, 0, 0o100644, 0, 0)
    bytes.writeUInt16LE(attributes === 0 ? 0 : attributes + 1, file + 2)
    bytes[file + 64 + 4] = attributes
    // All of them are the one at the beginning of what is shared.
    bytes.set([4, 1, 0xe0, 0xfd], SHARED)
    bytes.write('name', SHARED + 4)
    const count = 32
    for (let index = 0; index < count; index++) {
      const at = NAMES + index * 12
      bytes.writeBigUInt64LE(BigInt(FILE), at)
      bytes.writeUInt16LE(count * 12 + index * 2, at + 8)
      bytes.write(`${String.fromCharCode(65 + index)}x`, NAMES + count * 12 + index * 2)
    }
    return bytes
  }

  test('names of one inode are listed, with its attributes', async () => {
    const { changeset } = await openErofs(bufferReader(sharing(1)))
    assert.deepEqual([changeset.length, changeset.xattrSets.length], [33, 2])
  })

  test('a symlink of as many bytes as a path may have is listed; a longer one is damage', async () => {
    const linked = (size: number) => {
      const bytes = sharing(0)
      const file = 2048 + FILE * 32
      bytes.writeUInt16LE(0o120777, file + 4)
      bytes.writeBigUInt64LE(BigInt(size), file + 8)
      bytes.writeUInt32LE(SHARED / BLOCK, file + 16)
      bytes.fill('t', SHARED, SHARED + size)
      return openErofs(bufferReader(bytes))
    }
    const targets = [...entriesOf((await linked(4096)).changeset)].filter(({ type }) => type === 'symlink')
    assert.deepEqual([targets.length, targets[0]?.target], [32, 't'.repeat(4096)])
    await assert.rejects(linked(4097), /a symlink is too long/)
  })

  test('attributes that would come to gigabytes end the listing', async () => {
    await assert.rejects(openErofs(bufferReader(sharing(250))), /longer than that of an image of its size/)
  })

  test('a directory that is compressed is named', async () => {
    await assert.rejects(openErofs(bufferReader(sharing(0, 1))), /needs compressed directories/)
  })

  test('no more entries, and no more bytes of tables, than images have', async () => {
    const budget = new ListingBudget('squashfs', 1000)
    for (let entry = 0; entry < 2_000_000; entry++) budget.takeEntry()
    assert.throws(() => budget.takeEntry(), /more than 2000000 entries/)
    const image = await readSquashfsSuper(bufferReader(SQUASHFS_SAMPLE), unpackXzBlock)
    const table = new MetadataTable(bufferReader(SQUASHFS_SAMPLE), image, image.inodeTable, budget)
    await table.at(0, 0).read(64)
    budget.takeBytes(128 * 1024 * 1024)
    await assert.rejects(table.at(0, 0).read(64 * 1024), /longer than that of an image of its size/)
  })
})
