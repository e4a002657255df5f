import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type DiskFile, diskTree } from '../kit/disk-tree.ts'
import { peel } from '../kit/peel-command.ts'
import { peerTest, run } from '../kit/peer.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-oracle-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const env = { XDG_CACHE_HOME: join(directory, 'cache') }
let made = false

/** The merged tree as the real command line lists it, in the form of `diskTree`. */
async function listed(semantics: string): Promise<ReadonlyMap<string, DiskFile>> {
  if (!made) run(fileURLToPath(new URL('../kit/awkward-image.sh', import.meta.url)), [directory])
  made = true
  const { status, stdout, stderr } = await peel(['ls', join(directory, 'layout'), '--json', '--semantics', semantics], { env })
  assert.equal(status, 0, stderr)
  const rows: (Record<string, unknown> & { path: string; type: string; links?: string[] })[] = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  return new Map(
    rows.map(({ path, pathBase64, layer: _, ...row }) => {
      // The kernel gives a symlink no mode of its own.
      const { mode, ...rest } = row
      const file = {
        ...(row.type === 'symlink' ? rest : { ...rest, mode }),
        ...(row.links && { links: row.links.map(binary).sort() }),
      }
      return [typeof pathBase64 === 'string' ? Buffer.from(pathBase64, 'base64').toString('latin1') : binary(path), file]
    }),
  )
}

function binary(text: string): string {
  return Buffer.from(text).toString('latin1')
}

describe('what peel ls shows is what other tools unpack', () => {
  const programs = ['buildah', 'skopeo', 'umoci', 'setfattr', 'getfattr', 'setcap']

  peerTest(
    'overlay semantics: a kernel overlay mount, in every attribute',
    programs,
    async () => {
      const ours = await listed('overlay')
      assert.deepEqual(ours, diskTree(join(directory, 'kernel')))
      assert.ok(ours.size > 50)
    },
    { root: true },
  )

  peerTest(
    'spec semantics: umoci raw unpack, in every attribute',
    programs,
    async () => {
      assert.deepEqual(await listed('spec'), diskTree(join(directory, 'umoci')))
    },
    { root: true },
  )
})
