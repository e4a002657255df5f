import { join } from 'node:path'
import { isRecord } from '../../blob/descriptor.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { configHome, invalidSettings, readSettingsText, type SettingsPlaces, systemPath } from './settings-file.ts'

/**
 * Refuses an image that the host's signature policy does not let in (containers-policy.json(5)), as `podman` and `skopeo copy`
 * do: `reject`, and every kind of signature, for peel verifies none on this way. `scope` is `host/repository:tag` for the
 * transport `docker`, a path for the others. Without a policy file everything is accepted.
 * @throws ImageError `POLICY_REJECTED`, `SETTINGS_INVALID`
 */
export async function checkPolicy(transport: string, scope: string, places: SettingsPlaces = {}): Promise<void> {
  const own = join(configHome(places), 'containers/policy.json')
  const system = systemPath(places, 'etc/containers/policy.json')
  for (const file of [own, system]) {
    const text = await readSettingsText(file)
    if (text === undefined) continue
    for (const type of requirementsOf(text, file, transport, scope)) {
      if (type !== 'insecureAcceptAnything') throw rejected(`${transport}:${scope}`, file, type)
    }
    return
  }
}

function requirementsOf(text: string, file: string, transport: string, scope: string): readonly string[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  if (!isRecord(value) || !Array.isArray(value['default'])) throw invalidSettings(file, 'it is not a policy in JSON')
  const transports = isRecord(value['transports']) ? value['transports'] : {}
  const scopes = isRecord(transports[transport]) ? transports[transport] : {}
  const known = scopesOf(transport, scope).find(each => Object.hasOwn(scopes, each))
  const requirements = known === undefined ? value['default'] : scopes[known]
  // An empty list lets nothing in.
  if (!Array.isArray(requirements) || requirements.length === 0) return ['reject']
  return requirements.map(each => (isRecord(each) && typeof each['type'] === 'string' ? each['type'] : 'reject'))
}

/** From the most to the least specific: the tag, the repository, each part before, the host, `*.` of its domains, the transport. */
function scopesOf(transport: string, scope: string): readonly string[] {
  const slash = scope.lastIndexOf('/')
  const name = scope.slice(0, slash + 1) + scope.slice(slash + 1).replace(/[:@].*$/, '')
  const parts = name.split('/')
  const prefixes = parts.map((_, index) => parts.slice(0, parts.length - index).join('/')).filter(Boolean)
  const labels = (parts[0] ?? '').replace(/:\d+$/, '').split('.')
  const wild = transport === 'docker' ? labels.slice(1).map((_, index) => `*.${labels.slice(index + 1).join('.')}`) : []
  return [scope, ...prefixes, ...(transport === 'docker' ? wild : ['/']), '']
}

function rejected(image: string, file: string, type: string): ImageError {
  const why = type === 'reject' ? 'rejects it' : `wants a signature (${escapeText(type)}), which peel does not verify`
  return new ImageError(
    'POLICY_REJECTED',
    { action: `take ${escapeText(image)}`, why: `the policy in ${escapeText(file)} ${why}` },
    { hint: 'Copy it with a program that verifies it (skopeo copy), or change the policy.' },
  )
}
