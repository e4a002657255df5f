import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext } from 'node:test'
import { temporaryDirectory } from '../../src/transport/temporary-directory.ts'
import { imageFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { REALISTIC_PROGRAMS, realisticImage } from '../kit/image/realistic-image.ts'
import { peerTest, run } from '../kit/peer.ts'
import { peel } from '../kit/program/peel-command.ts'
import { dockerEngine } from '../kit/server/docker-engine.ts'
import { listDirectory } from '../kit/tree/directory-listing.ts'
import type { ListedNode } from '../kit/tree/tree-listing.ts'

/** How the image is rebuilt, by the name the result is loaded under. */
const REBUILT: Readonly<Record<string, readonly string[]>> = {
  whole: [],
  ranges: ['--layers', '1..2', '--layers', '4..5'],
  top: ['--layers', '3..5', '--compress', 'zstd'],
}

let made: Promise<Readonly<Record<string, string>>> | undefined

/** A docker-archive of the realistic image as it is, copied by skopeo, and one of each way of rebuilding it; made once. */
function archives(context: TestContext): Promise<Readonly<Record<string, string>>> {
  made ??= makeArchives(context, engineDirectory())
  return made
}

async function makeArchives(context: TestContext, directory: string): Promise<Readonly<Record<string, string>>> {
  const layers = realisticImage(context).tars.map(tar => ({ tar, compression: 'gzip' as const }))
  const layout = writeLayout(join(directory, 'layout'), { t: imageFixture(layers) })
  const files: Record<string, string> = { original: join(directory, 'original.tar') }
  run('skopeo', ['--insecure-policy', 'copy', '-q', `oci:${layout}:t`, `docker-archive:${files['original']}:peel/original:1`])
  for (const [name, edits] of Object.entries(REBUILT)) {
    files[name] = join(directory, `${name}.tar`)
    const { status, stderr } = await peel(['squash', layout, `docker-archive:${files[name]}:peel/${name}:1`, ...edits])
    assert.equal(status, 0, stderr)
  }
  return files
}

/** Holds the files of every rebuilt image against those of the original, in every attribute that the engine keeps. */
function assertSame(
  files: Readonly<Record<string, string>>,
  rootOf: (name: string, file: string) => string,
  kept: (node: ListedNode) => ListedNode = node => node,
): void {
  const trees = Object.entries(files).map(([name, file]) => [name, listDirectory(rootOf(name, file)).map(kept)] as const)
  const [[, original] = ['', []]] = trees
  assert.ok(original.length > 50)
  for (const [name, tree] of trees) assert.deepEqual(tree, original, name)
}

describe('engines show the files of a rebuilt image as those of the original', () => {
  peerTest(
    'docker loads the archives, its containers are the same, peel reads what docker saves',
    [...REALISTIC_PROGRAMS, 'skopeo', 'docker', 'dockerd'],
    async context => {
      const directory = engineDirectory()
      const docker = await dockerEngine(context, join(directory, 'engine'))
      const data = join(directory, 'engine', 'data')
      const layerdb = (...names: string[]) => readFileSync(join(data, 'image', 'vfs', 'layerdb', ...names), 'utf8')
      const files = await archives(context)
      const rootOf = (name: string, file: string) => {
        docker('load', '-q', '-i', file)
        // The tree that the container's own files lie over: docker puts /etc/hosts and the like into every container.
        const lower = layerdb('mounts', docker('create', `peel/${name}:1`, '/x').trim(), 'parent')
        return join(data, 'vfs', 'dir', layerdb(...lower.split(':'), 'cache-id'))
      }
      assertSame(files, rootOf, asVfsCopies)
      const env = { DOCKER_HOST: `unix://${join(directory, 'engine', 'sock')}` }
      const place = 'docker-daemon:peel/sent:1'
      const sent = await peel(['squash', `docker-archive:${files['original']}`, place, '--quiet'], { env })
      assert.equal(sent.stderr, '')
      assert.deepEqual(listDirectory(rootOf('sent', files['whole'] ?? '')), listDirectory(rootOf('whole', files['whole'] ?? '')))
      assert.match((await peel(['squash', place, place], { env })).stdout, /already there/)
      // A second run finds the image that docker keeps, by its config.
      for (const command of ['squash', 'copy']) {
        const args = [command, `docker-archive:${files['original']}`, `docker-daemon:peel/${command}-twice:1`]
        const [first, second] = [await peel(args, { env }), await peel(args, { env })]
        assert.deepEqual([first.status, second.status], [0, 0], second.stderr)
        assert.doesNotMatch(first.stdout, /already there/i)
        assert.match(second.stdout, /already there/i)
      }
      const other = await peel(['squash', place, place, '--set', 'env.A=B'], { env })
      assert.match(other.stderr, /the engine has an image of that name/)
      const saved = join(directory, 'saved.tar')
      docker('save', '-o', saved, 'peel/whole:1')
      assert.equal((await peel(['verify', saved])).stderr, '')
      const [before, after] = await Promise.all([files['whole'] ?? '', saved].map(file => peel(['ls', file, '--json'])))
      assert.equal(after?.status, 0)
      assert.equal(after?.stdout, before?.stdout)
    },
    { root: true },
  )

  peerTest(
    'podman loads the archives, its containers are the same',
    [...REALISTIC_PROGRAMS, 'skopeo', 'podman'],
    async context => {
      const directory = engineDirectory()
      const store = ['--root', join(directory, 'root'), '--runroot', join(directory, 'run'), '--storage-driver', 'vfs']
      const podman = (...args: string[]) => run('podman', [...store, ...args]).toString()
      assertSame(await archives(context), (name, file) => {
        podman('load', '-q', '-i', file)
        return podman('mount', podman('create', `peel/${name}:1`, '/x').trim()).trim()
      })
      podman('rm', '-a', '-f')
    },
    { root: true },
  )
})

/** Docker's vfs driver copies the layer below for each layer, and of extended attributes only capabilities. */
function asVfsCopies({ xattrs, ...node }: ListedNode): ListedNode {
  const capability = xattrs?.['security.capability']
  return capability === undefined ? node : { ...node, xattrs: { 'security.capability': capability } }
}

/** Hooks run in the order they were added: an engine must end before its directory goes. */
function engineDirectory(): string {
  const directory = mkdtempSync(join(temporaryDirectory(), 'peel-test-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  return directory
}
