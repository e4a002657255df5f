import { closeSync, constants, existsSync, fstatSync, mkdirSync, openSync, readdirSync, renameSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'
import { isOwn } from '../transport/remove-tree.ts'
import { removeTemporary, sweepLeftovers, temporaryPath } from '../transport/temporary.ts'

/**
 * A private directory beside a destination, in which a tree is made before it gets its final name in one step. Both directories are
 * opened once and everything is reached through these handles (`/proc/PID/fd`, the way to `openat` that Node has): where another
 * user can rename things in the destination's directory, what he puts in the place of this one is not written to. Where there is
 * no `/proc`, paths are used; then no other user should be able to write to that directory.
 */
export class StagedTree {
  /** Where the tree is to be made. */
  readonly path: string
  readonly #target: string
  readonly #staging: string
  readonly #handles: readonly number[]

  private constructor(path: string, target: string, staging: string, handles: readonly number[]) {
    this.path = path
    this.#target = target
    this.#staging = staging
    this.#handles = handles
  }

  /**
   * Sweeps what killed runs left beside the destination, and makes a directory there.
   * @param action of the error's message: "extract into DIRECTORY" where left out
   * @throws ImageError `DESTINATION_INVALID`
   */
  static async open(target: string, action?: string): Promise<StagedTree> {
    const directory = dirname(target)
    await sweepLeftovers(directory)
    const staging = temporaryPath(directory)
    const handles: number[] = []
    const open = (path: string, flags = 0) => {
      const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | flags)
      handles.push(descriptor)
      return existsSync(PROC) ? `${PROC}/${descriptor}` : path
    }
    try {
      const beside = open(directory)
      const made = join(beside, basename(staging))
      mkdirSync(made, { mode: 0o700 })
      const inside = open(made, constants.O_NOFOLLOW)
      const stats = fstatSync(handles.at(-1) ?? -1)
      if (!isOwn(stats.uid) || (stats.mode & 0o077) !== 0 || readdirSync(inside).length > 0) throw new Error('it was exchanged')
      return new StagedTree(join(inside, 'tree'), join(beside, basename(target)), staging, handles)
    } catch (cause) {
      for (const each of handles) closeSync(each)
      await removeTemporary(staging)
      const shown = escapeText(directory)
      const words =
        action === undefined
          ? { action: `extract into "${shown}"`, why: 'it is not a directory that can be written to' }
          : { action, why: `"${shown}" is not a directory that can be written to` }
      throw new ImageError('DESTINATION_INVALID', words, { cause })
    }
  }

  /** Gives the tree its final name. */
  publish(): void {
    renameSync(this.path, this.#target)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.#handles) closeSync(each)
    await removeTemporary(this.#staging)
  }
}

/** Not `self`: programs that are started for a part of the work (`setfattr`) see it as well. */
const PROC = `/proc/${process.pid}/fd`
