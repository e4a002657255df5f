import { realpathSync, statSync } from 'node:fs'
import { readdir, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { Digest } from '../blob/digest.ts'
import type { LocalBlob } from '../blob/source.ts'
import { ImageError } from '../error.ts'
import { inTurn, quotePath, systemError } from './local-file.ts'
import { errorCode } from './text/usual-text.ts'

/**
 * The file that has a blob, by its name below the directory of an image. Links inside that directory are followed; one that leads
 * out of it could put any file of this user into a copy of the image, under a digest that nothing can check.
 * @throws ImageError `BLOB_NOT_A_FILE`, `PERMISSION_DENIED`
 */
export async function fileInDirectory(directory: string, name: string, digest: Digest): Promise<LocalBlob | undefined> {
  const named = join(directory, name)
  await inTurn()
  try {
    const [file, home] = [realpathSync.native(named), realpathSync.native(directory)]
    if (!file.startsWith(join(home, sep))) throw leaves(digest, named)
    const stats = statSync(file)
    if (stats.isFile()) return { file, offset: 0, size: stats.size }
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT' || errorCode(thrown) === 'ENOTDIR') return undefined
    throw systemError(thrown, `read ${quotePath(named)}`)
  }
  throw new ImageError('BLOB_NOT_A_FILE', `Cannot read ${digest}: ${quotePath(named)} is not a regular file`)
}

/** A directory of blobs of a layout, by its name there, that is a link out of it: what is written to a stranger's layout stays in it. */
export async function linkThatLeadsOut(layout: string): Promise<string | undefined> {
  const home = await realpath(layout)
  const algorithms = await readdir(join(layout, 'blobs')).catch(() => [])
  for (const name of ['blobs', ...algorithms.map(each => join('blobs', each))]) {
    const real = await realpath(join(layout, name)).catch(() => undefined)
    if (real !== undefined && !real.startsWith(join(home, sep))) return name
  }
  return undefined
}

function leaves(digest: Digest, file: string): ImageError {
  const why = `${quotePath(file)} is a link that leads out of the layout`
  return new ImageError(
    'BLOB_NOT_A_FILE',
    { action: `read ${digest}`, why },
    { hint: 'Put the blob itself in the place of the link.' },
  )
}
