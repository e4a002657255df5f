import { join } from 'node:path'
import { parse, TomlError } from 'smol-toml'
import { isRecord, strings } from '../../blob/descriptor.ts'
import { configHome, dropIns, invalidSettings, readSettingsText, type SettingsPlaces, systemPath } from './settings-file.ts'

/** Where an image may be fetched besides its registry. */
type Mirror = {
  readonly location: string
  readonly insecure: boolean
  readonly pulls: 'all' | 'digest-only' | 'tag-only'
}

/** A `[[registry]]` of containers-registries.conf(5). */
export type RegistryEntry = {
  /** Of names that it is about: a host, with a part of a repository, or `*.example.com`. */
  readonly prefix: string
  /** The text that takes the prefix's place; the prefix itself where empty. */
  readonly location: string
  readonly insecure: boolean
  readonly blocked: boolean
  readonly mirrors: readonly Mirror[]
}

/** The settings of registries.conf and the files of registries.conf.d together. */
export type RegistriesConf = {
  /** Registries to look short names up in, in this order. */
  readonly search: readonly string[]
  readonly aliases: ReadonlyMap<string, string>
  readonly entries: readonly RegistryEntry[]
}

/**
 * Reads registries.conf of version 2, or 1: `CONTAINERS_REGISTRIES_CONF`, else the user's, else the system's; then every file of the
 * system's and the user's registries.conf.d, each of which goes before those that came earlier.
 * @throws ImageError `SETTINGS_INVALID`
 */
export async function readRegistriesConf(places: SettingsPlaces): Promise<RegistriesConf> {
  const chosen = (places.environment ?? process.env)['CONTAINERS_REGISTRIES_CONF']
  const own = join(configHome(places), 'containers/registries.conf')
  const system = systemPath(places, 'etc/containers/registries.conf')
  const first = chosen ? [chosen] : (await readSettingsText(own)) === undefined ? [system] : [own]
  const more = chosen ? [] : [...(await dropIns(`${system}.d`)), ...(await dropIns(`${own}.d`))]
  let all: RegistriesConf = { search: [], aliases: new Map(), entries: [] }
  for (const file of [...first, ...more]) {
    const text = await readSettingsText(file)
    if (text !== undefined) all = joined(all, parseRegistriesConf(text, file))
  }
  return all
}

function joined(before: RegistriesConf, after: RegistriesConf): RegistriesConf {
  const renewed = new Set(after.entries.map(({ prefix }) => prefix))
  return {
    search: after.search.length > 0 ? after.search : before.search,
    aliases: new Map([...before.aliases, ...after.aliases]),
    entries: [...before.entries.filter(({ prefix }) => !renewed.has(prefix)), ...after.entries],
  }
}

/** One such file. @throws ImageError `SETTINGS_INVALID` */
function parseRegistriesConf(text: string, file: string): RegistriesConf {
  let value: Readonly<Record<string, unknown>>
  try {
    value = parse(text)
  } catch (thrown) {
    throw invalidSettings(file, thrown instanceof TomlError ? `line ${thrown.line} is not TOML` : 'it is not TOML')
  }
  if (isRecord(value['registries'])) return versionOne(value, value['registries'], file)
  const aliases = isRecord(value['aliases']) ? Object.entries(value['aliases']) : []
  return {
    search: strings(value['unqualified-search-registries']),
    // An empty alias takes one of an earlier file back.
    aliases: new Map(aliases.filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
    entries: records(value['registry']).map(each => entryOf(each, file)),
  }
}

/** Version 1 has three lists of hosts, and nothing of version 2 beside them: skopeo refuses both in one file, too. */
function versionOne(
  value: Readonly<Record<string, unknown>>,
  lists: Readonly<Record<string, unknown>>,
  file: string,
): RegistriesConf {
  if (value['registry'] !== undefined || value['unqualified-search-registries'] !== undefined)
    throw invalidSettings(file, 'it mixes the versions 1 ([registries.search]) and 2 ([[registry]])')
  const hosts = (list: string) => (isRecord(lists[list]) ? strings(lists[list]['registries']) : [])
  const [insecure, blocked] = [new Set(hosts('insecure')), new Set(hosts('block'))]
  const entries = [...new Set([...insecure, ...blocked])].map(host =>
    entryOf({ location: host, insecure: insecure.has(host), blocked: blocked.has(host) }, file),
  )
  return { search: hosts('search'), aliases: new Map(), entries }
}

function entryOf(value: Readonly<Record<string, unknown>>, file: string): RegistryEntry {
  const [prefix, location] = [textOf(value['prefix']), textOf(value['location'])]
  if (prefix === '' && location === '') throw invalidSettings(file, 'a [[registry]] has neither prefix nor location')
  const digestsOnly = value['mirror-by-digest-only'] === true
  return {
    prefix: prefix === '' ? location : prefix,
    location,
    insecure: value['insecure'] === true,
    blocked: value['blocked'] === true,
    mirrors: records(value['mirror']).flatMap(mirror => {
      const pulls = mirror['pull-from-mirror']
      const kind = pulls === 'digest-only' || pulls === 'tag-only' ? pulls : digestsOnly ? 'digest-only' : 'all'
      const place = textOf(mirror['location'])
      return place === '' ? [] : [{ location: place, insecure: mirror['insecure'] === true, pulls: kind }]
    }),
  }
}

/** The entry that is about a name (`host/repository`): the one with the longest prefix. */
export function entryFor({ entries }: RegistriesConf, name: string): RegistryEntry | undefined {
  let longest: RegistryEntry | undefined
  for (const entry of entries)
    if (isAbout(entry.prefix, name) && entry.prefix.length > (longest?.prefix.length ?? -1)) longest = entry
  return longest
}

/** `prefix` of a name ends at a border of its parts; `*.example.com` is about every host below. */
function isAbout(prefix: string, name: string): boolean {
  if (!prefix.startsWith('*.')) return name === prefix || name.startsWith(`${prefix}/`)
  const host = name.slice(0, name.includes('/') ? name.indexOf('/') : undefined).replace(/:\d+$/, '')
  return host.endsWith(prefix.slice(1))
}

/** A name with an entry's location, or a mirror's, in the place of its prefix. */
export function relocated(name: string, { prefix }: RegistryEntry, location: string): string {
  if (location === '') return name
  if (prefix.startsWith('*.')) return `${location}${name.includes('/') ? name.slice(name.indexOf('/')) : ''}`
  return `${location}${name.slice(prefix.length)}`
}

function records(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.replace(/\/+$/, '') : ''
}
