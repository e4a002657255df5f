import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type Destination, formatLocation } from '../../image/location.ts'
import type { CompletedText } from '../../state/model/effect.ts'
import { readRecent, recentPath, rememberRecent } from './recent.ts'

/** More would not be walked through. */
const MOST = 50

/** Beside the images opened last. */
function listPath(): string {
  return join(dirname(recentPath(process.env)), 'destinations.json')
}

/** Offers a destination from now on, as it will still be right from another directory. */
export function rememberDestination(destination: Destination): void {
  const lasting = 'path' in destination ? { ...destination, path: resolve(destination.path) } : destination
  rememberRecent(listPath(), formatLocation(lasting))
}

/** Beginnings of destinations, and of places to open. */
const KINDS = ['oci:', 'oci-archive:', 'docker-archive:', 'dir:', 'docker://', 'docker-daemon:']

/**
 * How a typed destination, or a place to open, may go on: kinds of places, names on this disk, then those used before: destinations
 * that contain what is typed, places that begin with it. Before anything is typed, those used before come first, the newest before the others.
 */
export async function completeTyped(text: string, of: CompletedText): Promise<readonly string[]> {
  const used = readRecent(of === 'place' ? recentPath(process.env) : listPath()).map(({ reference }) => reference)
  const typed = text.trim()
  const begins = (each: string) => each.startsWith(typed) || each.startsWith(`docker://${typed}`)
  // The only completion is gone on from at once: what merely contains the text would stand in the way of a directory.
  const fitting = used.filter(each => (of === 'place' ? begins(each) : each.includes(typed)))
  const kinds = KINDS.filter(kind => kind.startsWith(text))
  const paths = await pathOffers(text, of)
  const others = of === 'place' ? [] : used
  const offers = text === '' ? [...used, ...kinds, ...paths] : [...kinds, ...paths, ...fitting, ...others]
  return [...new Set(offers)].filter(each => each !== text).slice(0, MOST)
}

async function pathOffers(text: string, of: CompletedText): Promise<readonly string[]> {
  const [, scheme = '', path = ''] = /^((?:oci|oci-archive|docker-archive|dir):)?(.*)$/s.exec(text) ?? []
  // A registry's name, or a tag behind a path that is there already.
  if (path.startsWith('//') || path.includes(':')) return []
  const slash = path.lastIndexOf('/') + 1
  const [before, start] = [path.slice(0, slash), path.slice(slash)]
  const entries = await readdir(before === '' ? '.' : before, { withFileTypes: true }).catch(() => [])
  return entries
    .filter(({ name }) => name.startsWith(start) && (start.startsWith('.') || !name.startsWith('.')))
    .filter(
      entry =>
        entry.isDirectory() || (scheme !== 'oci:' && scheme !== 'dir:' && /\.(?:tar|tgz|tar\.gz|tar\.zst)$/.test(entry.name)),
    )
    .map(entry => `${scheme}${before}${entry.name}${goesOn(join(before, entry.name), entry.isDirectory(), of)}`)
    .sort()
}

/** A layout is opened as it is and written to under a tag; another directory goes on. */
function goesOn(path: string, directory: boolean, of: CompletedText): string {
  if (!directory) return ''
  if (!existsSync(join(path, 'oci-layout'))) return '/'
  return of === 'place' ? '' : ':'
}
