import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type Destination, formatLocation } from '../../image/location.ts'
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

/** Beginnings of destinations. */
const KINDS = ['oci:', 'oci-archive:', 'docker-archive:', 'dir:', 'docker://', 'docker-daemon:']

/**
 * How a typed destination may go on: kinds of places, names on this disk, then destinations used before that contain what is
 * typed. Before anything is typed, those used before come first.
 */
export async function completeDestination(text: string): Promise<readonly string[]> {
  const used = readRecent(listPath()).map(({ reference }) => reference)
  const fitting = used.filter(each => each.includes(text.trim()))
  const kinds = KINDS.filter(kind => kind.startsWith(text))
  const paths = await pathOffers(text)
  const offers = text === '' ? [...used, ...kinds, ...paths] : [...kinds, ...paths, ...fitting, ...used]
  return [...new Set(offers)].filter(each => each !== text).slice(0, MOST)
}

async function pathOffers(text: string): Promise<readonly string[]> {
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
    .map(entry => `${scheme}${before}${entry.name}${goesOn(join(before, entry.name), entry.isDirectory())}`)
    .sort()
}

/** A layout takes a tag, another directory goes on. */
function goesOn(path: string, directory: boolean): string {
  if (!directory) return ''
  return existsSync(join(path, 'oci-layout')) ? ':' : '/'
}
