import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { quotePath, systemError } from '../transport/local-file.ts'

/** A layout in a directory of layouts; `below` is its path from there, which becomes its repository name. */
export type FoundLayout = { readonly path: string; readonly below: string }

/** Depth and number of directories that are looked into: a tree of layouts is shallow, a home directory is not one. */
const DEPTH_LIMIT = 8
const DIRECTORIES_LIMIT = 20_000

/**
 * The layouts below a directory that is none itself, in the order of their names. Undefined for what is a layout, no directory, or
 * has no layout below it: opening it says then what is wrong. Links are not followed; a repository may
 * lie below another one.
 */
export async function findLayouts(directory: string): Promise<readonly FoundLayout[] | undefined> {
  const found: FoundLayout[] = []
  const waiting = [{ below: '', depth: 0 }]
  let seen = 0
  for (let next = waiting.pop(); next !== undefined && seen < DIRECTORIES_LIMIT; next = waiting.pop()) {
    seen++
    const path = join(directory, next.below)
    const entries = await readdir(path, { withFileTypes: true }).catch(thrown => {
      if (next?.below === '' && thrown.code !== 'ENOTDIR' && thrown.code !== 'ENOENT')
        throw systemError(thrown, `read ${quotePath(path)}`)
      return []
    })
    const isLayout = entries.some(({ name }) => name === 'index.json' || name === 'oci-layout')
    if (isLayout && next.below === '') return undefined
    if (isLayout) found.push({ path, below: next.below })
    if (next.depth === DEPTH_LIMIT) continue
    const inner = entries.filter(each => each.isDirectory() && !each.name.startsWith('.') && !(isLayout && each.name === 'blobs'))
    for (const entry of inner) waiting.push({ below: join(next.below, entry.name), depth: next.depth + 1 })
  }
  return found.length === 0 ? undefined : found.sort((a, b) => (a.below < b.below ? -1 : 1))
}
