import { ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'
import {
  elements,
  fromRaw,
  isRawObject,
  keys,
  member,
  membersByKey,
  type RawJson,
  rawArray,
  toRaw,
  withKeys,
  withMember,
} from '../image/raw-json.ts'
import { readValue, type SettingShape } from './setting-value.ts'

/** One change of how a container of the image starts, or of an annotation; `undefined` removes the value. */
export type Setting =
  | { readonly kind: 'env' | 'label' | 'annotation'; readonly name: string; readonly value: string | undefined }
  | { readonly kind: SettingKind; readonly value: unknown }

type SettingKind = 'user' | 'workdir' | 'entrypoint' | 'cmd' | 'stopsignal' | 'ports' | 'volumes' | 'healthcheck'

/** The config's field for each key (image-spec config.md; Healthcheck is docker's) and what its value looks like. */
const FIELDS: Readonly<Record<SettingKind, readonly [field: string, shape: SettingShape]>> = {
  user: ['User', 'text'],
  workdir: ['WorkingDir', 'text'],
  entrypoint: ['Entrypoint', 'words'],
  cmd: ['Cmd', 'words'],
  stopsignal: ['StopSignal', 'text'],
  ports: ['ExposedPorts', 'ports'],
  volumes: ['Volumes', 'paths'],
  healthcheck: ['Healthcheck', 'healthcheck'],
}

const HINT =
  'Keys are env.NAME, label.NAME, annotation.NAME, user, workdir, entrypoint, cmd, stopsignal, ports, volumes and healthcheck.'

/**
 * Reads `KEY=VALUE` as `--set` takes it: an empty value unsets; entrypoint and cmd are JSON arrays of strings, healthcheck a
 * JSON object, ports and volumes lists.
 * @throws ImageError `SETTING_INVALID`
 */
export function parseSetting(text: string): Setting {
  const equals = text.indexOf('=')
  if (equals < 1) throw invalid(text, 'it is not KEY=VALUE')
  const [key, value] = [text.slice(0, equals), text.slice(equals + 1)]
  const named = /^(env|label|annotation)\.(.+)$/s.exec(key)
  if (named !== null) {
    const [, kind, name = ''] = named
    return { kind: kind as 'env' | 'label' | 'annotation', name, value: value === '' ? undefined : value }
  }
  if (!isSettingKind(key)) throw invalid(text, `there is no key "${key}"`)
  if (value === '') return { kind: key, value: undefined }
  const read = readValue(FIELDS[key][1], key, value)
  if ('problem' in read) throw invalid(text, read.problem, read.hint)
  return { kind: key, value: read.value }
}

/** The setting as `parseSetting` reads it. */
export function formatSetting(setting: Setting): string {
  const key = 'name' in setting ? `${setting.kind}.${setting.name}` : setting.kind
  const { value } = setting
  return `${key}=${value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value)}`
}

/** The config document with the setting applied; annotations are the manifest's and change nothing here. */
export function applySetting(config: RawJson, setting: Setting): RawJson {
  if (setting.kind === 'annotation') return config
  const present = member(config, 'config')
  const before = isRawObject(present) ? present : toRaw({})
  const after = changed(before, setting)
  return after === before ? config : withMember(config, 'config', after)
}

/** A map of strings (`Labels`, `annotations`) with one name set or removed; a map that becomes empty goes. */
export function withEntry(object: RawJson, field: string, name: string, value: string | undefined): RawJson {
  return withEntries(object, field, [[name, value]])
}

/** The same for several names in one pass: a stranger's document may have tens of thousands. */
export function withEntries(
  object: RawJson,
  field: string,
  values: Iterable<readonly [name: string, value: string | undefined]>,
): RawJson {
  const present = member(object, field)
  const before = isRawObject(present) ? present : toRaw({})
  const current = membersByKey(before)
  const changes = new Map<string, RawJson | undefined>()
  for (const [name, value] of values) {
    const is = current.get(name)
    if (is === undefined ? value !== undefined : fromRaw(is) !== value)
      changes.set(name, value === undefined ? undefined : toRaw(value))
  }
  if (changes.size === 0) return object
  const after = withKeys(before, changes)
  return withMember(object, field, keys(after).length === 0 ? undefined : after)
}

/** The map without some of its names. */
export function withoutEntries(object: RawJson, field: string, names: readonly string[]): RawJson {
  if (names.length === 0) return object
  return withEntries(
    object,
    field,
    names.map(name => [name, undefined]),
  )
}

function changed(container: RawJson, setting: Setting): RawJson {
  if (setting.kind === 'env' && 'name' in setting) return withVariable(container, setting.name, setting.value)
  if (setting.kind === 'label' && 'name' in setting) return withEntry(container, 'Labels', setting.name, setting.value)
  if (!isSettingKind(setting.kind)) return container
  const [field, shape] = FIELDS[setting.kind]
  const current = member(container, field)
  const isSet = (shape === 'ports' || shape === 'paths') && Array.isArray(setting.value)
  const value = isSet ? asSet(setting.value) : setting.value
  if (value === undefined) return withMember(container, field, undefined)
  const same = current !== undefined && JSON.stringify(fromRaw(current)) === JSON.stringify(value)
  return same ? container : withMember(container, field, toRaw(value))
}

/** `Env` with the variable in its old place, else at the end; the first of a repeated name counts, as in a shell's start. */
function withVariable(container: RawJson, name: string, value: string | undefined): RawJson {
  const before = elements(member(container, 'Env'))
  const isNamed = (element: RawJson) => String(fromRaw(element)).startsWith(`${name}=`)
  const at = before.findIndex(isNamed)
  if (value === undefined && at < 0) return container
  const wanted = value === undefined ? undefined : toRaw(`${name}=${value}`)
  const old = before[at]
  if (old !== undefined && wanted !== undefined && fromRaw(old) === fromRaw(wanted) && before.filter(isNamed).length === 1) {
    return container
  }
  const after = before.flatMap((element, index) => {
    if (!isNamed(element)) return [element]
    return index === at && wanted !== undefined ? [wanted] : []
  })
  if (at < 0 && wanted !== undefined) after.push(wanted)
  return withMember(container, 'Env', after.length === 0 ? undefined : rawArray(after))
}

function asSet(items: readonly unknown[]): object {
  return Object.fromEntries(items.map(item => [String(item), {}]))
}

function isSettingKind(key: string): key is SettingKind {
  return Object.hasOwn(FIELDS, key)
}

function invalid(text: string, why: string, hint = HINT): ImageError {
  return new ImageError(
    'SETTING_INVALID',
    { action: `set "${escapeText(text.slice(0, 200))}"`, why: escapeText(why) },
    {
      hint: escapeText(hint),
    },
  )
}
