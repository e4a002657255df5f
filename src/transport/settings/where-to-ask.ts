import { BlockList, isIP } from 'node:net'
import { join } from 'node:path'
import { isRecord, strings } from '../../blob/descriptor.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { formatReference, isShortName, parseReference, type Reference, refuseRegistryAlone } from '../../image/reference.ts'
import { bareHost } from '../http/address-class.ts'
import { entryFor, type RegistriesConf, readRegistriesConf, relocated } from './registries-conf.ts'
import { configHome, invalidSettings, readSettingsText, type SettingsPlaces, systemPath } from './settings-file.ts'

/** A place to ask for an image. */
export type Endpoint = {
  readonly reference: Reference
  readonly insecure: boolean
  /** The image under another name than its own. */
  readonly isMirror: boolean
}

/**
 * The places an image may be read from, in the order they are tried: for a short name its alias, else every registry of
 * `unqualified-search-registries`; for each of them its mirrors, then the registry. Without settings, the registry of the name.
 * @throws ImageError `REGISTRY_BLOCKED`, `SETTINGS_INVALID`, `REFERENCE_INVALID` for a registry's name alone
 */
export async function whereToRead(reference: Reference, places: SettingsPlaces = {}): Promise<readonly Endpoint[]> {
  const [conf, daemon] = await Promise.all([readRegistriesConf(places), readDaemonJson(places)])
  const endpoints: Endpoint[] = []
  for (const each of meaningsOf(reference, conf))
    if (entryFor(conf, nameOf(each))?.blocked !== true)
      endpoints.push(...mirrorsOf(each, conf, daemon), registryOf(each, conf, daemon))
  if (endpoints.length === 0) throw blocked(reference)
  return endpoints
}

/** The place that a name is written to: its registry's, never a mirror. @throws ImageError as `whereToRead` */
export async function whereToWrite(reference: Reference, places: SettingsPlaces = {}): Promise<Endpoint> {
  refuseRegistryAlone(reference)
  const [conf, daemon] = await Promise.all([readRegistriesConf(places), readDaemonJson(places)])
  if (entryFor(conf, nameOf(reference))?.blocked === true) throw blocked(reference)
  return registryOf(reference, conf, daemon)
}

/**
 * The place whose tags, repositories and referrers are listed for a name, never a mirror, which may know of fewer. A short name is its
 * alias, else one of the first search registry. `path` empty is the registry itself. @throws ImageError as `whereToRead`
 */
export async function whereToList(reference: Reference, places: SettingsPlaces = {}): Promise<Endpoint> {
  const [conf, daemon] = await Promise.all([readRegistriesConf(places), readDaemonJson(places)])
  const open = meaningsOf(reference, conf).find(each => entryFor(conf, nameOf(each))?.blocked !== true)
  if (open === undefined) throw blocked(reference)
  if (open.path !== '') return registryOf(open, conf, daemon)
  const entry = entryFor(conf, open.domain)
  const domain = entry === undefined ? open.domain : hostOf(relocated(open.domain, entry, entry.location))
  return {
    reference: { domain, path: '' },
    insecure: entry?.insecure === true || isInsecureHost(daemon, domain),
    isMirror: false,
  }
}

function meaningsOf(reference: Reference, { aliases, search }: RegistriesConf): readonly Reference[] {
  if (!isShortName(reference)) return [reference]
  const short = reference.path.replace(/^library\//, '')
  const alias = aliases.get(short)
  if (alias !== undefined && alias !== '') return [withName(reference, alias)]
  if (search.length === 0) refuseRegistryAlone(reference)
  return search.length === 0 ? [reference] : search.map(host => withName(reference, `${host}/${short}`))
}

function mirrorsOf(reference: Reference, conf: RegistriesConf, daemon: DaemonJson): readonly Endpoint[] {
  const name = nameOf(reference)
  const entry = entryFor(conf, name)
  if (entry === undefined)
    return reference.domain === 'docker.io' ? daemon.mirrors.flatMap(each => hubMirror(reference, each)) : []
  const byDigest = reference.digest !== undefined
  return entry.mirrors
    .filter(({ pulls }) => pulls === 'all' || (pulls === 'digest-only') === byDigest)
    .map(({ location, insecure }) => ({
      reference: withName(reference, relocated(name, entry, location)),
      insecure: insecure || isInsecureHost(daemon, hostOf(location)),
      isMirror: true,
    }))
}

function hubMirror(reference: Reference, address: string): readonly Endpoint[] {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || url.username !== '') return []
  const path = url.pathname.replace(/^\/|\/$/g, '')
  const name = [url.host, path, reference.path].filter(Boolean).join('/')
  return [{ reference: withName(reference, name), insecure: url.protocol === 'http:', isMirror: true }]
}

function registryOf(reference: Reference, conf: RegistriesConf, daemon: DaemonJson): Endpoint {
  const entry = entryFor(conf, nameOf(reference))
  const moved = entry === undefined ? reference : withName(reference, relocated(nameOf(reference), entry, entry.location))
  return { reference: moved, insecure: entry?.insecure === true || isInsecureHost(daemon, moved.domain), isMirror: false }
}

function nameOf({ domain, path }: Reference): string {
  return path === '' ? domain : `${domain}/${path}`
}

function hostOf(location: string): string {
  return location.split('/')[0] ?? location
}

/** The same tag and digest under another name, which settings wrote and which is checked like any other. */
function withName({ tag, digest }: Reference, name: string): Reference {
  const { domain, path } = parseReference(name)
  return { domain, path, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) }
}

function blocked(reference: Reference): ImageError {
  const failure = { action: `ask for ${escapeText(formatReference(reference))}`, why: 'registries.conf blocks its registry' }
  return new ImageError('REGISTRY_BLOCKED', failure, { hint: 'Change "blocked" there, or name another registry.' })
}

/** The part of docker's daemon.json about registries. */
type DaemonJson = {
  /** Hosts with their ports, addresses and networks (`10.0.0.0/8`) that may be reached without verified TLS. */
  readonly insecure: readonly string[]
  /** Mirrors of Docker Hub, as addresses. */
  readonly mirrors: readonly string[]
}

/** The system's daemon.json and that of a rootless docker, together. @throws ImageError `SETTINGS_INVALID` */
async function readDaemonJson(places: SettingsPlaces): Promise<DaemonJson> {
  const found = { insecure: [] as string[], mirrors: [] as string[] }
  for (const file of [systemPath(places, 'etc/docker/daemon.json'), join(configHome(places), 'docker/daemon.json')]) {
    const text = await readSettingsText(file)
    if (text === undefined || text.trim() === '') continue
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      throw invalidSettings(file, 'it is not JSON')
    }
    if (!isRecord(value)) continue
    found.insecure.push(...strings(value['insecure-registries']))
    found.mirrors.push(...strings(value['registry-mirrors']))
  }
  return found
}

/** Whether a host, with its port as typed, is named as insecure, itself or by its network. */
function isInsecureHost({ insecure }: DaemonJson, host: string): boolean {
  if (insecure.includes(host)) return true
  const address = bareHost(host.replace(/:\d+$/, ''))
  const family = isIP(address)
  if (family === 0) return false
  const networks = new BlockList()
  for (const each of insecure) {
    const [network = '', bits = ''] = each.split('/')
    const most = family === 4 ? 32 : 128
    if (isIP(network) === family && /^\d{1,3}$/.test(bits) && Number(bits) <= most)
      networks.addSubnet(network, Number(bits), family === 4 ? 'ipv4' : 'ipv6')
  }
  return networks.check(address, family === 4 ? 'ipv4' : 'ipv6')
}
