import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { isRecord } from '../../blob/descriptor.ts'
import { readUsualText } from '../../transport/text/usual-text.ts'

/** An image that was opened before. */
export type Recent = {
  /** The reference that goes to `openSession`: paths are absolute. */
  readonly reference: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

const MOST = 20

export function recentPath(env: NodeJS.ProcessEnv): string {
  return join(env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'peel', 'recent.json')
}

/** Newest first, without what lay on this disk and does so no more; an unreadable list is an empty one. */
export function readRecent(path: string): readonly Recent[] {
  return readList(path).filter(({ reference }) => !isAbsolute(reference) || existsSync(fileOf(reference)))
}

/** The path of a reference without its tag or digest, unless the whole of it is a path. */
function fileOf(reference: string): string {
  return existsSync(reference) ? reference : reference.replace(/(?:@[^/@]*|:[^/:]*)$/, '')
}

/** The references of `here` with those of `recent` that do not lie in a place of them: no image is listed twice. */
export function newPlaces(here: readonly string[], recent: readonly string[]): readonly string[] {
  const found = new Set(here.map(each => resolve(each)))
  return [...here, ...recent.filter(each => !found.has(resolve(fileOf(each))))]
}

function readList(path: string): readonly Recent[] {
  try {
    const value: unknown = JSON.parse(readUsualText(path))
    if (!Array.isArray(value)) return []
    return value.slice(0, MOST).flatMap(each => {
      if (!isRecord(each) || typeof each['reference'] !== 'string' || typeof each['at'] !== 'number') return []
      return [{ reference: each['reference'], at: each['at'] }]
    })
  } catch {
    return []
  }
}

/** Puts `reference` at the top. A list that cannot be written is no reason to complain: it is a convenience. */
export function rememberRecent(path: string, reference: string, now = Date.now()): void {
  const others = readRecent(path).filter(each => each.reference !== reference)
  try {
    mkdirSync(dirname(path), { recursive: true })
    const temporary = `${path}.${process.pid}`
    writeFileSync(temporary, JSON.stringify([{ reference, at: now }, ...others].slice(0, MOST)), { mode: 0o600 })
    renameSync(temporary, path)
  } catch {}
}
