import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { ImageError } from '../../error.ts'
import type { TreeNode } from '../../overlay/tree.ts'

/**
 * Refuses what is larger than the free space around `destination`, before a byte is written: a disk that runs full hurts
 * everything on the machine.
 * @throws ImageError `NO_SPACE`
 */
export function checkRoomForFiles(destination: string, files: readonly TreeNode[]): void {
  const needed = files.reduce((sum, { size }) => sum + size, 0)
  const free = freeBytes(dirname(destination))
  if (free === undefined || needed <= free) return
  throw new ImageError('NO_SPACE', `Cannot extract: the files have ${needed} bytes and the file system has ${free} left`, {
    hint: 'Extract a part of the image, or to another file system.',
  })
}

/** Undefined where the file system does not count its blocks. */
function freeBytes(directory: string): number | undefined {
  try {
    const { bavail, bsize, blocks } = statfsSync(directory)
    return blocks === 0 ? undefined : bavail * bsize
  } catch {
    return undefined
  }
}
