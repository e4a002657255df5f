import { createHash } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { isRecord } from '../../blob/descriptor.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import type { Environment } from '../http/registry-options.ts'
import { readUsualText } from '../text/usual-text.ts'
import { type SshAddress, sshAddress } from './ssh-address.ts'

/** The TLS settings for an engine. */
type EngineTls = { readonly ca?: string; readonly cert?: string; readonly key?: string; readonly rejectUnauthorized: boolean }

/** Where a container engine answers HTTP: a socket of this machine or, where the user sets one, a host. */
export type EngineAddress = { readonly shown: string } & (
  | { readonly socketPath: string }
  | { readonly origin: string; readonly tls?: EngineTls }
  | { readonly ssh: SshAddress }
)

/**
 * The engines to ask, best first, as the docker command has it: what DOCKER_HOST or CONTAINER_HOST names and nothing else; else
 * the context of DOCKER_CONTEXT or of docker's config.json and nothing else; else the sockets that are there, docker's, those
 * of its virtual machines (Docker Desktop, OrbStack, Colima, Rancher Desktop) among them, before podman's, root's before the user's own and before those of podman's virtual machines.
 * @throws ImageError `ENGINE_UNSUPPORTED`, `ENGINE_UNREACHABLE` for a context that is not there
 */
export function engineAddresses(environment: Environment, exists = existsSync): readonly EngineAddress[] {
  const [docker, podman] = [environment['DOCKER_HOST'], environment['CONTAINER_HOST']]
  if (docker) return [parseHost(docker, environmentTls(environment))]
  if (podman) return [parseHost(podman, environmentTls(environment), 'podman')]
  const context = contextName(environment)
  if (context !== undefined && context !== 'default') return [contextAddress(context, environment)]
  const home = homeOf(environment)
  const runtime = environment['XDG_RUNTIME_DIR'] || `/run/user/${process.getuid?.() ?? 0}`
  const sockets = [
    '/var/run/docker.sock',
    join(runtime, 'docker.sock'),
    join(home, '.docker/run/docker.sock'),
    join(home, '.docker/desktop/docker.sock'),
    join(home, '.orbstack/run/docker.sock'),
    join(home, '.colima/default/docker.sock'),
    join(home, '.rd/docker.sock'),
    '/run/podman/podman.sock',
    join(runtime, 'podman/podman.sock'),
    ...machineSockets(home, environment),
  ]
  return sockets.filter(path => exists(path)).map(socketPath => ({ socketPath, shown: socketPath }))
}

/** Where podman's virtual machines put their sockets, by its version and system. */
function machineSockets(home: string, environment: Environment): readonly string[] {
  const data = join(environment['XDG_DATA_HOME'] || join(home, '.local/share'), 'containers/podman/machine')
  const temporary = join(environment['TMPDIR'] || '/tmp', 'podman')
  const named = (directory: string) => {
    try {
      return readdirSync(directory)
    } catch {
      return []
    }
  }
  return [
    join(data, 'podman.sock'),
    ...named(data).map(name => join(data, name, 'podman.sock')),
    ...named(temporary)
      .filter(name => name.endsWith('-api.sock'))
      .map(name => join(temporary, name)),
  ]
}

function homeOf(environment: Environment): string {
  return environment['HOME'] ?? homedir()
}

function dockerConfig(environment: Environment): string {
  return environment['DOCKER_CONFIG'] || join(homeOf(environment), '.docker')
}

function contextName(environment: Environment): string | undefined {
  if (environment['DOCKER_CONTEXT']) return environment['DOCKER_CONTEXT']
  const current = readRecord(join(dockerConfig(environment), 'config.json'))?.['currentContext']
  return typeof current === 'string' && current !== '' ? current : undefined
}

/** A context's engine (docker/cli cli/context/store): its files lie under the sha256 of its name. */
function contextAddress(name: string, environment: Environment): EngineAddress {
  const id = createHash('sha256').update(name).digest('hex')
  const contexts = join(dockerConfig(environment), 'contexts')
  const endpoints = readRecord(join(contexts, 'meta', id, 'meta.json'))?.['Endpoints']
  const docker = isRecord(endpoints) ? endpoints['docker'] : undefined
  const host = isRecord(docker) ? docker['Host'] : undefined
  if (typeof host !== 'string' || host === '') {
    const why = `the docker context "${escapeText(name)}" ${docker === undefined ? 'is not there' : 'names no engine'}`
    throw new ImageError(
      'ENGINE_UNREACHABLE',
      { action: 'reach a container engine', why },
      {
        hint: 'See docker context ls; DOCKER_CONTEXT=default, or DOCKER_HOST with a socket, name another.',
      },
    )
  }
  const skips = isRecord(docker) && docker['SkipTLSVerify'] === true
  const address = parseHost(host, readTls(join(contexts, 'tls', id, 'docker'), skips))
  return { ...address, shown: `${address.shown} (context ${escapeText(name)})` }
}

/** DOCKER_TLS_VERIFY asks for TLS, DOCKER_CERT_PATH says with what; docker's own directory else. */
function environmentTls(environment: Environment): EngineTls | undefined {
  const [verify, path] = [environment['DOCKER_TLS_VERIFY'], environment['DOCKER_CERT_PATH']]
  if (!verify && !environment['DOCKER_TLS']) return undefined
  return readTls(path || dockerConfig(environment), !verify) ?? { rejectUnauthorized: Boolean(verify) }
}

function readTls(directory: string, skipsVerify: boolean): EngineTls | undefined {
  const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map(name => readText(join(directory, name)))
  if (ca === undefined && cert === undefined && !skipsVerify) return undefined
  return {
    rejectUnauthorized: !skipsVerify,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && key !== undefined && { cert, key }),
  }
}

function parseHost(text: string, tls: EngineTls | undefined, engine: 'docker' | 'podman' = 'docker'): EngineAddress {
  const shown = escapeText(text)
  if (text.startsWith('unix://')) return { socketPath: text.slice('unix://'.length), shown }
  const origin = text.replace(/^tcp:\/\//, tls === undefined ? 'http://' : 'https://')
  if (/^https?:\/\//.test(origin) && URL.canParse(origin))
    return { origin: new URL(origin).origin, shown, ...(tls !== undefined && { tls }) }
  if (text.startsWith('ssh://')) return { ssh: sshAddress(text, engine), shown }
  throw new ImageError(
    'ENGINE_UNSUPPORTED',
    `Cannot reach the engine at "${shown}": only unix://, tcp:// and ssh:// addresses are understood`,
    { hint: 'Save the image there (docker save) and open the archive, or set DOCKER_HOST to a socket.' },
  )
}

function readRecord(file: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(readText(file) ?? '')
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

function readText(file: string): string | undefined {
  try {
    return readUsualText(file)
  } catch {
    return undefined
  }
}
