import { link, mkdir, realpath } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { OCI_INDEX } from '../blob/media-type.ts'
import { quotePath, systemError } from '../transport/local-file.ts'
import { syncDirectory, writeSmallFile } from '../transport/staging.ts'
import { removeTemporary, temporaryPath } from '../transport/temporary.ts'
import { errorCode } from '../transport/text/usual-text.ts'
import { LAYOUT_FILE } from '../transport/written-index.ts'
import { RegistryError } from './registry-error.ts'

const EMPTY_INDEX = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] })

/**
 * Makes an empty layout of `directory`, below `root`, as far as it is none. `index.json` comes first: a layout that lost the file
 * `oci-layout` to a crash can still be read, and gets it with the next push.
 * @throws RegistryError `DENIED` where a link leads out of `root`
 */
export async function makeLayout(directory: string, root: string): Promise<void> {
  try {
    const [inside, home] = await Promise.all([nearestReal(directory), realpath(root)])
    if (inside !== home && !inside.startsWith(join(home, sep)))
      throw new RegistryError(403, 'DENIED', 'the name leads out of the directory that is served')
    await mkdir(directory, { recursive: true })
    for (const [name, text] of [
      ['index.json', EMPTY_INDEX],
      ['oci-layout', LAYOUT_FILE],
    ] as const)
      await placeFile(directory, name, text)
  } catch (thrown) {
    if (thrown instanceof RegistryError) throw thrown
    throw systemError(thrown, `write ${quotePath(directory)}`)
  }
}

/** The real path of the nearest directory that exists. */
async function nearestReal(path: string): Promise<string> {
  return realpath(path).catch(thrown => {
    if (errorCode(thrown) === 'ENOENT') return nearestReal(dirname(path))
    throw thrown
  })
}

/** A whole file appears, or the one that is there stays. */
async function placeFile(directory: string, name: string, text: string): Promise<void> {
  const path = join(directory, name)
  const file = temporaryPath(directory)
  try {
    await writeSmallFile(file, text)
    await link(file, path)
    await syncDirectory(directory)
  } catch (thrown) {
    if (errorCode(thrown) !== 'EEXIST') throw thrown
  } finally {
    await removeTemporary(file)
  }
}
