import { BlockList, isIP } from 'node:net'
import { join } from 'node:path'
import { isRecord, strings } from '../../blob/descriptor.ts'
import { bareHost } from '../http/address-class.ts'
import { configHome, invalidSettings, readSettingsText, type SettingsPlaces, systemPath } from './settings-file.ts'

/** The part of docker's daemon.json about registries. */
export type DaemonJson = {
  /** Hosts with their ports, addresses and networks (`10.0.0.0/8`) that may be reached without verified TLS. */
  readonly insecure: readonly string[]
  /** Mirrors of Docker Hub, as addresses. */
  readonly mirrors: readonly string[]
}

/** The system's daemon.json and that of a rootless docker, together. @throws ImageError `SETTINGS_INVALID` */
export async function readDaemonJson(places: SettingsPlaces): Promise<DaemonJson> {
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
export function isInsecureHost({ insecure }: DaemonJson, host: string): boolean {
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
