import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe } from 'node:test'
import { corpusPath, hasCorpus } from '../kit/corpus.ts'
import { scratch } from '../kit/image/local-image.ts'
import { peerTest, run } from '../kit/peer.ts'
import { peel } from '../kit/program/peel-command.ts'

/** Cases whose names or attributes are awkward: another program unpacks what peel wrote to what the kernel would show. */
const SAMPLE = [
  'hardlink-target-replaced',
  'hardlink-cross-layer',
  'hardlink-into-opaque',
  'chmod-one-of-pair',
  'opaque-last',
  'usrmerge-through-link',
  'implicit-parent-keeps-attrs',
  'replace-types',
  'whiteout-then-dir-same-layer',
  'meta-modes',
]

describe('umoci unpacks squashed images to the tree they had', { skip: hasCorpus ? false : 'NO CORPUS' }, () => {
  for (const name of SAMPLE) {
    peerTest(
      name,
      ['umoci'],
      async context => {
        const directory = scratch(context)
        const out = join(directory, 'out')
        const squashed = await peel(['squash', `oci:${corpusPath('weird', name)}:t`, `oci:${out}:t`])
        assert.equal(squashed.status, 0, squashed.stderr)
        run('umoci', ['raw', 'unpack', '--image', `${out}:t`, join(directory, 'tree')])
        const listed = await peel(['ls', `oci:${corpusPath('weird', name)}:t`, '--json'])
        const wanted = listed.stdout
          .trim()
          .split('\n')
          .filter(Boolean)
          .map(line => shown(JSON.parse(line) as Listed))
        assert.deepEqual(onDisk(join(directory, 'tree')).sort(), wanted.sort())
      },
      { root: true },
    )
  }
})

type Listed = {
  path: string
  type: string
  mode: string
  uid: number
  gid: number
  mtime: string | null
  sha256?: string
  target?: string
  links?: string[]
}

/** A line a name: what a file system can show of it. A directory's time without an entry is the epoch. */
function shown({ path, type, mode, uid, gid, mtime, sha256, target, links }: Listed): string {
  const time = mtime === null || mtime === undefined ? 0 : Math.floor(Date.parse(mtime) / 1000)
  return [path, type, type === 'symlink' ? '' : mode, uid, gid, time, sha256 ?? '', target ?? '', links?.length ?? 1].join(' ')
}

function onDisk(root: string, below = ''): string[] {
  return readdirSync(join(root, below)).flatMap(name => {
    const path = below === '' ? name : `${below}/${name}`
    const stats = lstatSync(join(root, path))
    const type = stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'symlink' : stats.isFile() ? 'file' : 'other'
    const content =
      type === 'file'
        ? createHash('sha256')
            .update(readFileSync(join(root, path)))
            .digest('hex')
        : ''
    const target = type === 'symlink' ? readlinkSync(join(root, path)) : ''
    const mode = type === 'symlink' ? '' : (stats.mode & 0o7777).toString(8).padStart(4, '0')
    const line = [
      path,
      type,
      mode,
      stats.uid,
      stats.gid,
      Math.floor(stats.mtimeMs / 1000),
      content,
      target,
      type === 'directory' ? 1 : stats.nlink,
    ].join(' ')
    return [line, ...(type === 'directory' ? onDisk(root, path) : [])]
  })
}
