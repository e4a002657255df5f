import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { isRecord, strings } from '../../blob/descriptor.ts'
import { ImageError, reasonOf } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { parseSize } from '../../filter/filter-number.ts'
import { isOrder, isTab, type Settings } from '../../state/model/settings.ts'
import { isMissing, readUsualText } from '../../transport/text/usual-text.ts'

/** `$XDG_CONFIG_HOME/peel/config.json`: `{"theme": "night", "mouse": false, "ascii": false, "links": true, "tab": "story", "sort": "size", "filters": {"big": ">10M"}, "askAbove": "200M", "keys": {"zoom": ["z"]}}`. */
export type SettingsFile = {
  readonly settings: Partial<Settings>
  /** Commands of the key table and the keys they shall have. */
  readonly keys: Readonly<Record<string, readonly string[]>>
  /** Bytes above which a person is asked before layers are pulled. */
  readonly askAbove?: number
  /** The fault of the file, for the message line; it never stops the program. */
  readonly problem?: string
}

const NONE: SettingsFile = { settings: {}, keys: {} }

export function settingsPath(env: NodeJS.ProcessEnv): string {
  return join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'peel', 'config.json')
}

export function readSettingsFile(path: string): SettingsFile {
  let text: string
  try {
    text = readUsualText(path)
  } catch (error) {
    return isMissing(error) ? NONE : { ...NONE, problem: `Cannot read ${escapeText(path)}: ${escapeText(reasonOf(error))}` }
  }
  try {
    return understand(JSON.parse(text))
  } catch (error) {
    return { ...NONE, problem: `Cannot use ${escapeText(path)}: ${escapeText(reasonOf(error))}` }
  }
}

/**
 * Changes the settings in the file and leaves everything else in it as it is.
 * @throws ImageError `SETTINGS_UNWRITABLE`
 */
export function writeSettingsFile(path: string, settings: Settings): void {
  try {
    const before = readRecord(path)
    mkdirSync(dirname(path), { recursive: true })
    const temporary = `${path}.${process.pid}`
    const { theme, mouse, ascii, sort, filters } = settings
    const kept = Object.keys(filters).length > 0 || before['filters'] !== undefined ? { filters } : {}
    const all = { ...before, theme, mouse, ascii, sort, ...kept }
    writeFileSync(temporary, `${JSON.stringify(all, null, 2)}\n`, { mode: 0o600 })
    renameSync(temporary, path)
  } catch (error) {
    throw new ImageError('SETTINGS_UNWRITABLE', `Cannot save the settings to ${path}: ${reasonOf(error)}`, { cause: error })
  }
}

function understand(value: unknown): SettingsFile {
  if (!isRecord(value)) return { ...NONE, problem: 'The configuration file is not a JSON object; it is not used.' }
  const { theme, mouse, ascii, links, tab, sort, filters, askAbove, keys } = value
  const settings: Partial<Settings> = {
    ...(typeof theme === 'string' && { theme }),
    ...(typeof mouse === 'boolean' && { mouse }),
    ...(typeof ascii === 'boolean' && { ascii }),
    ...(typeof links === 'boolean' && { links }),
    ...(isTab(tab) && { tab }),
    ...(isOrder(sort) && { sort }),
    ...(isRecord(filters) && { filters: onlyTexts(filters) }),
  }
  const own = isRecord(keys) ? Object.entries(keys).map(([command, names]) => [command, strings(names)] as const) : []
  const limit = typeof askAbove === 'string' ? parseSize(askAbove) : typeof askAbove === 'number' ? askAbove : undefined
  return {
    settings,
    ...(limit !== undefined && { askAbove: limit }),
    keys: Object.fromEntries(own.filter(([, names]) => names.length > 0)),
  }
}

function onlyTexts(record: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record).flatMap(([name, text]) => (typeof text === 'string' ? [[name, text]] : [])))
}

/** A file that cannot be understood is not overwritten. @throws */
function readRecord(path: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(readUsualText(path))
    if (isRecord(value)) return value
    throw new Error('it is not a JSON object')
  } catch (error) {
    if (isMissing(error)) return {}
    throw error
  }
}
