import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { run } from '../peer.ts'

const script = fileURLToPath(new URL('realistic-image.sh', import.meta.url))
const LAYERS = [0, 1, 2, 3, 4]

/** The programs that the script runs, and those that list its trees. */
export const REALISTIC_PROGRAMS = ['tar', 'getfattr', 'setfattr', 'mount']

/**
 * The layers of an image with what real ones hold (hard links, set-id bits, capabilities, binary xattrs, devices, huge ids,
 * names that are not UTF-8, nanoseconds, opaque directories, type changes), written through a kernel overlay mount; what the
 * kernel shows is at `directory`/merged until the test ends. Needs root.
 */
export function realisticImage(context: TestContext): { directory: string; tars: readonly Buffer[] } {
  const directory = mkdtempSync(join(tmpdir(), 'peel-test-'))
  context.after(() => {
    for (const each of ['merged', 'fs']) if (isMounted(join(directory, each))) run('umount', [join(directory, each)])
    rmSync(directory, { recursive: true, force: true })
  })
  run('sh', [script, directory])
  return { directory, tars: LAYERS.map(layer => readFileSync(join(directory, `layer-${layer}.tar`))) }
}

function isMounted(path: string): boolean {
  const [own, parent] = [path, join(path, '..')].map(each => statSync(each, { throwIfNoEntry: false }))
  return own !== undefined && own.dev !== parent?.dev
}
