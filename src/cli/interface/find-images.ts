import { existsSync } from 'node:fs'
import { lstat, open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { escapeText } from '../../escape.ts'
import type { StartItem } from '../../state/model/start.ts'

/** Entries that are looked at: a directory of a million files is not where images are kept. */
const MOST_ENTRIES = 5000
/** Looked at however long it takes: images in this directory are found on a busy machine too. */
const FEWEST_ENTRIES = 50
const MAGICS: readonly (readonly [bytes: string, what: string])[] = [
  ['1f8b', 'archive, gzip'],
  ['28b52ffd', 'archive, zstd'],
  ['fd377a585a00', 'archive, xz'],
  ['425a68', 'archive, bzip2'],
]

/**
 * Layouts and archives in `directory` and two levels below it, by what they are, not by their names; the nearest first. It
 * looks for as long and as far as a list may take: an image that it has not come to is opened by its name.
 */
export async function findImages(directory: string, signal: AbortSignal): Promise<readonly StartItem[]> {
  const here = directoryKind(directory)
  const found: StartItem[] = here === undefined ? [] : [candidate('.', here)]
  const until = performance.now() + LONGEST_MILLISECONDS
  let level = ['']
  let looked = 0
  for (let depth = 0; depth < LEVELS && level.length > 0; depth++) {
    const below: string[] = []
    for (const above of level) {
      for (const name of await namesIn(join(directory, above))) {
        const late = looked > FEWEST_ENTRIES && performance.now() > until
        if (signal.aborted || looked++ >= MOST_ENTRIES || late || found.length >= MOST_FOUND) return found
        const seen = await look(directory, join(above, name))
        if (seen === 'directory') below.push(join(above, name))
        else if (seen !== undefined) found.push(seen)
      }
    }
    level = below
  }
  return found
}

const LEVELS = 3
const MOST_FOUND = 200
const LONGEST_MILLISECONDS = 1500

async function look(directory: string, name: string): Promise<StartItem | 'directory' | undefined> {
  const path = join(directory, name)
  try {
    // Links are not followed into directories: they may lead anywhere, and round in circles.
    const facts = await lstat(path)
    const kind = facts.isFile() ? undefined : directoryKind(path)
    if (kind !== undefined) return candidate(name, kind)
    if (facts.isDirectory()) return 'directory'
    const linked = facts.isSymbolicLink() ? await stat(path) : facts
    return linked.isFile() ? await archiveAt(path, name, linked.size) : undefined
  } catch {
    // Gone or forbidden meanwhile: not offered.
    return undefined
  }
}

/** Which kind of image directory it is; links are followed to it. */
function directoryKind(path: string): string | undefined {
  const has = (name: string) => existsSync(join(path, name))
  if (has('oci-layout') && has('index.json')) return 'OCI layout'
  return has('manifest.json') && has('version') ? 'dir: of skopeo' : undefined
}

/** A tar by its magic, a compressed file only when its name speaks of tar: most `.gz` files are something else. */
async function archiveAt(path: string, name: string, size: number): Promise<StartItem | undefined> {
  if (size < 1024) return undefined
  await using file = await open(path)
  const { buffer } = await file.read({ buffer: Buffer.alloc(512), position: 0 })
  if (buffer.toString('latin1', 257, 262) === 'ustar') {
    return /^(?:blobs|index\.json|oci-layout|manifest\.json|repositories|[0-9a-f]{64})/.test(buffer.toString('latin1', 0, 100))
      ? candidate(name, 'archive', size)
      : undefined
  }
  const hex = buffer.toString('hex', 0, 6)
  const magic = MAGICS.find(([bytes]) => hex.startsWith(bytes))
  return magic !== undefined && /\.(tar|tgz|tbz2?|txz|tzst|oci)/.test(name) ? candidate(name, magic[1], size) : undefined
}

function candidate(name: string, detail: string, size?: number): StartItem {
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
