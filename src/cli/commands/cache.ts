import { existsSync, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import { claimDirectory } from '../../transport/cache/claimed-directory.ts'
import { removeTree } from '../../transport/remove-tree.ts'
import { cacheDirectory, OWN_NAMES } from '../../worker/changeset-cache.ts'
import type { Context } from '../run/context.ts'
import { jsonText } from '../run/json-text.ts'
import { argumentChoice, typed } from '../run/typed-command.ts'

export function define(command: Command, context: Context): void {
  typed(command)
    .addArgument(
      argumentChoice('<action>', 'size, or clear: for everything that peel keeps about layers and registries', ['size', 'clear']),
    )
    .option('--json', 'as one JSON object')
    .action(async action => {
      const directory = cacheDirectory()
      // A directory that is not marked as peel's cache, or a link to one, is not its to look through or empty.
      const isOurs = existsSync(directory) && claimDirectory(directory, OWN_NAMES)
      // The mark itself is no content: it is not counted and stays.
      const own = isOurs ? names(directory).filter(name => OWN_NAMES.test(name)) : []
      const { bytes, files } = measure(directory, own)
      if (action === 'clear') for (const name of own) remove(join(directory, name))
      if (context.json) await context.output.write(`${jsonText({ directory, bytes, files })}\n`)
      else
        await context.output.write(
          `${formatSize(bytes)} in ${files} files ${action === 'clear' ? 'removed from' : 'in'} ${escapeText(directory)}\n`,
        )
    })
}

/** Node's own error names the file and not what is wrong with it (`, Unknown error: Read-only file system '…'`). */
function remove(path: string): void {
  try {
    removeTree(path)
  } catch (error) {
    throw new ImageError('CACHE_NOT_CLEARED', `Cannot clear the cache: "${escapeText(path)}" cannot be removed`, {
      hint: 'Look at its permissions, and whether its file system is read-only.',
      cause: error,
    })
  }
}

/** The bytes under these names now; other peels may add and evict meanwhile. */
function measure(directory: string, below: readonly string[]): { bytes: number; files: number } {
  let [bytes, files] = [0, 0]
  for (const name of below) {
    const path = join(directory, name)
    const stats = lstatSync(path, { throwIfNoEntry: false })
    if (stats?.isDirectory() === true) {
      const inside = measure(path, names(path))
      bytes += inside.bytes
      files += inside.files
    } else if (stats !== undefined) {
      bytes += stats.size
      files += 1
    }
  }
  return { bytes, files }
}

function names(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
