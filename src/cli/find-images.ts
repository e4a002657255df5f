import { existsSync } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { escapeText } from '../escape.ts'
import type { Candidate } from '../state/start.ts'

/** Entries of a directory that are looked at: a directory of a million files is not where images are kept. */
const MOST_ENTRIES = 2000
const MAGICS: readonly (readonly [bytes: string, what: string])[] = [
  ['1f8b', 'archive, gzip'],
  ['28b52ffd', 'archive, zstd'],
  ['fd377a585a00', 'archive, xz'],
]

/** Layouts and archives in `directory` and one level below it, by what they are, not by their names. */
export async function findImages(directory: string, signal: AbortSignal): Promise<readonly Candidate[]> {
  const found: Candidate[] = []
  const own = isLayout(directory) ? [candidate('.', 'OCI layout')] : []
  for (const name of await namesIn(directory)) {
    if (signal.aborted) break
    found.push(...(await look(directory, name)))
  }
  return [...own, ...found]
}

async function look(directory: string, name: string): Promise<readonly Candidate[]> {
  const path = join(directory, name)
  try {
    const facts = await stat(path)
    if (facts.isFile()) return await archiveAt(path, name, facts.size)
    if (!facts.isDirectory()) return []
    if (isLayout(path)) return [candidate(name, 'OCI layout')]
    const below = (await namesIn(path)).filter(each => isLayout(join(path, each)))
    return below.map(each => candidate(join(name, each), 'OCI layout'))
  } catch {
    // Gone or forbidden meanwhile: not offered.
    return []
  }
}

function isLayout(path: string): boolean {
  return existsSync(join(path, 'oci-layout')) && existsSync(join(path, 'index.json'))
}

/** A tar by its magic, a compressed file only when its name speaks of tar: most `.gz` files are something else. */
async function archiveAt(path: string, name: string, size: number): Promise<readonly Candidate[]> {
  if (size < 1024) return []
  const file = await open(path)
  try {
    const { buffer } = await file.read({ buffer: Buffer.alloc(512), position: 0 })
    if (buffer.toString('latin1', 257, 262) === 'ustar') {
      return /^(?:blobs|index\.json|oci-layout|manifest\.json|repositories|[0-9a-f]{64})/.test(buffer.toString('latin1', 0, 100))
        ? [candidate(name, 'archive', size)]
        : []
    }
    const hex = buffer.toString('hex', 0, 6)
    const magic = MAGICS.find(([bytes]) => hex.startsWith(bytes))
    return magic !== undefined && /\.(tar|tgz|txz|tzst|oci)/.test(name) ? [candidate(name, magic[1], size)] : []
  } finally {
    await file.close()
  }
}

function candidate(name: string, detail: string, size?: number): Candidate {
  const reference = name === '.' ? '.' : `./${name}`
  return { reference, label: escapeText(name), detail, group: 'here', ...(size !== undefined && { size }) }
}

async function namesIn(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory).catch(() => [])
  return names
    .filter(name => !name.startsWith('.') && name !== 'node_modules')
    .sort()
    .slice(0, MOST_ENTRIES)
}
