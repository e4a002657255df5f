import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Environment, RegistryOptions, RepositoryName } from '../../http/registry-options.ts'
import { type CredentialFile, parseCredentialFile, readCredentialFile } from './credential-file.ts'
import { askHelper } from './credential-helper.ts'
import type { CredentialSearch, Credentials } from './credentials.ts'

/**
 * The credentials for a repository, first hit wins (registry.md 3.3): `--authfile` or REGISTRY_AUTH_FILE alone when
 * given, else DOCKER_AUTH_CONFIG, the containers auth files, docker's config.json and the legacy .dockercfg.
 * @throws ImageError `CREDENTIALS_UNREADABLE` for a file that was asked for by name
 */
export async function findCredentials(repository: RepositoryName, options: RegistryOptions): Promise<CredentialSearch> {
  const environment = options.environment ?? process.env
  const problems: string[] = []
  for (const load of credentialFiles(environment, options.authFile)) {
    const file = await load()
    if (file === undefined) continue
    if (file.problem !== undefined) problems.push(file.problem)
    const credentials = await searchFile(file, repository, environment, problems)
    if (credentials !== undefined) return { credentials, problems }
  }
  return { credentials: undefined, problems }
}

type Load = () => Promise<CredentialFile | undefined>

function credentialFiles(environment: Environment, authFile: string | undefined): readonly Load[] {
  const variable = (name: string) => environment[name] || undefined
  const chosen = authFile ?? variable('REGISTRY_AUTH_FILE')
  if (chosen !== undefined) return [() => readCredentialFile(chosen, { required: true })]
  const home = variable('HOME') ?? homedir()
  const runtime = variable('XDG_RUNTIME_DIR')
  const dockerConfig = variable('DOCKER_CONFIG') ?? join(home, '.docker')
  const files = [
    runtime === undefined ? `/run/containers/${process.getuid?.() ?? 0}/auth.json` : join(runtime, 'containers/auth.json'),
    join(variable('XDG_CONFIG_HOME') ?? join(home, '.config'), 'containers/auth.json'),
    join(dockerConfig, 'config.json'),
  ]
  const inline = variable('DOCKER_AUTH_CONFIG')
  return [
    ...(inline === undefined ? [] : [async () => parseCredentialFile(inline, 'DOCKER_AUTH_CONFIG')]),
    ...files.map(file => () => readCredentialFile(file)),
    () => readCredentialFile(join(home, '.dockercfg'), { legacy: true }),
  ]
}

/** Within one file: a helper for the host, then the credentials store, then what is written down. */
async function searchFile(
  file: CredentialFile,
  repository: RepositoryName,
  environment: Environment,
  problems: string[],
): Promise<Credentials | undefined> {
  const { host } = repository
  const helper = hostKeys(host).flatMap(key => file.helpers.get(key) ?? [])[0]
  for (const name of [helper, file.store]) {
    if (name === undefined) continue
    const answer = await askHelper(name, serverURL(host), environment)
    if (answer.problem !== undefined) problems.push(answer.problem)
    if (answer.credentials !== undefined) return answer.credentials
  }
  for (const key of [...namespaceKeys(repository), ...hostKeys(host)]) {
    const entry = file.entries.get(key)
    if (entry !== undefined) return entry
  }
  return undefined
}

/** `host/ns/repo`, `host/ns`: the longest match first. */
function namespaceKeys({ host, path }: RepositoryName): readonly string[] {
  const parts = path.split('/').filter(Boolean)
  return parts.map((_, index) => `${host}/${parts.slice(0, parts.length - index).join('/')}`)
}

function hostKeys(host: string): readonly string[] {
  return isDockerHub(host) ? ['docker.io', 'index.docker.io', 'registry-1.docker.io'] : [host]
}

/** The name of a host for helpers and in docker's own file. */
function serverURL(host: string): string {
  return isDockerHub(host) ? 'https://index.docker.io/v1/' : host
}

function isDockerHub(host: string): boolean {
  return host === 'docker.io' || host === 'index.docker.io' || host === 'registry-1.docker.io'
}
