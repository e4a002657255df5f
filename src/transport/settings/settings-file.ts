import { readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { ImageError, reasonOf } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import type { Environment } from '../http/registry-options.ts'
import { errorCode, isMissing, readUsualText } from '../text/usual-text.ts'

/** Where settings of other programs lie; tests name a directory of their own. */
export type SettingsPlaces = {
  readonly environment?: Environment
  /** Before `/etc`. */
  readonly root?: string
}

export function configHome({ environment = process.env }: SettingsPlaces): string {
  const chosen = environment['XDG_CONFIG_HOME']
  return chosen?.startsWith('/') ? chosen : join(environment['HOME'] ?? homedir(), '.config')
}

export function systemPath({ root = '/' }: SettingsPlaces, path: string): string {
  return join(root, path)
}

/** The text of a settings file; undefined where there is none. @throws ImageError `SETTINGS_INVALID` for one that cannot be read */
export async function readSettingsText(file: string): Promise<string | undefined> {
  try {
    return readUsualText(file)
  } catch (thrown) {
    if (isMissing(thrown)) return undefined
    throw invalidSettings(file, errorCode(thrown) ?? reasonOf(thrown))
  }
}

/** Files of a directory that end in `.conf`, in the order their names give them. */
export async function dropIns(directory: string): Promise<readonly string[]> {
  const files: string[] = []
  for (const name of await readdir(directory).catch(() => [])) if (name.endsWith('.conf')) files.push(join(directory, name))
  return files.sort()
}

export function invalidSettings(file: string, why: string): ImageError {
  const failure = { action: `use ${escapeText(file)}`, why: escapeText(why) }
  return new ImageError('SETTINGS_INVALID', failure, { hint: 'Correct the file; podman, skopeo and docker read it as well.' })
}
