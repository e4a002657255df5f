import { hostname } from 'node:os'
import type { Digest } from '../../blob/digest.ts'
import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import { isEverywhere } from '../../serve/listen-address.ts'
import type { ProxyCounts } from '../../serve/proxy/upstream.ts'
import type { ServedRequest } from '../../serve/registry-server.ts'
import type { Repositories } from '../../serve/served-repository.ts'
import type { PullCommand } from '../../state/model/serving.ts'

/** Names shown of one repository, and repositories shown: a list of thousands would hide the commands below it. */
const MOST_TAGS = 8
const MOST_REPOSITORIES = 40

export type ServingText = {
  readonly origin: string
  readonly repositories: Repositories
  readonly writable: boolean
  readonly signal: AbortSignal
}

/** The lines that `peel serve` prints once it listens: the address, the names, and how each client pulls the first of them, and pushes. */
export async function servingLines({ origin, repositories, writable, signal }: ServingText): Promise<readonly string[]> {
  const { names, example } = await servedNames(repositories, signal)
  return [
    `Serving ${origin}`,
    '',
    ...names.map(each => `  ${each}`),
    ...(example === undefined ? [] : ['', 'Pull it with', ...pullCommands(origin, example).map(({ command }) => `  ${command}`)]),
    ...(writable ? ['', 'Push to it with', ...pushCommands(origin).map(each => `  ${each}`)] : []),
    '',
    writable ? 'Pushes are taken. Ctrl-C ends it.' : 'Read-only. Ctrl-C ends it.',
  ]
}

/** A line for each repository with its tags, and the name that stands for all in commands: the first that has one. */
export async function servedNames(
  repositories: Repositories,
  signal: AbortSignal,
): Promise<{ readonly names: readonly string[]; readonly example: string | undefined }> {
  const { namespace } = repositories
  const names = await repositories.names(signal)
  const shown: RepositoryNames[] = []
  for (const name of names.slice(0, MOST_REPOSITORIES)) {
    const repository = await repositories.find(name, signal)
    if (repository === undefined) continue
    shown.push({ name, tags: await repository.tags(signal), digest: await repository.someDigest(signal) })
  }
  const named = shown.find(({ tags, digest }) => tags.length > 0 || digest !== undefined)
  const example = named !== undefined ? firstName(named) : namespace === undefined ? undefined : 'NAME:TAG'
  const lines = [
    ...(namespace === undefined ? [] : [`everything of ${escapeText(namespace)}, from the cache where it is there`]),
    ...shown.map(repositoryLine),
    ...(names.length > MOST_REPOSITORIES ? [`… ${names.length - MOST_REPOSITORIES} more repositories`] : []),
  ]
  return { names: lines, example }
}

type RepositoryNames = { readonly name: string; readonly tags: readonly string[]; readonly digest: Digest | undefined }

function repositoryLine({ name, tags, digest }: RepositoryNames): string {
  const shown = tags.slice(0, MOST_TAGS)
  if (shown.length === 0) return `${name}  ${digest === undefined ? '' : `@${digest}`}`.trimEnd()
  const more = tags.length > shown.length ? ` and ${tags.length - shown.length} more` : ''
  return `${name}  ${shown.join(', ')}${more}`
}

function firstName({ name, tags, digest }: RepositoryNames): string {
  const [tag] = tags
  return tag === undefined ? `${name}@${digest}` : `${name}:${tag}`
}

/** As a client names the server: one that listens on every address is found by the machine's name. */
function clientUrl(origin: string): URL {
  const url = new URL(origin)
  if (isEverywhere(url.hostname)) url.hostname = hostname()
  return url
}

function pushCommands(origin: string): readonly string[] {
  const { host, protocol } = clientUrl(origin)
  const plain = protocol === 'http:'
  const image = `${host}/NAME:TAG`
  return [
    `docker push ${image}`,
    `podman push ${plain ? '--tls-verify=false ' : ''}${image}`,
    `skopeo copy ${plain ? '--dest-tls-verify=false ' : ''}SOURCE docker://${image}`,
    `peel copy SOURCE ${image}`,
  ]
}

/**
 * How each client pulls `name` from here. docker, containerd and peel take plain http on loopback; podman and skopeo ask for TLS there
 * too unless they are told not to (facts/serve.md §4).
 */
export function pullCommands(origin: string, name: string): readonly PullCommand[] {
  const { host, protocol } = clientUrl(origin)
  const plain = protocol === 'http:'
  const image = `${host}/${name}`
  const local = name.split(/[:@]/)[0] ?? name
  const commands = [
    `docker pull ${image}`,
    `podman pull ${plain ? '--tls-verify=false ' : ''}${image}`,
    `skopeo copy ${plain ? '--src-tls-verify=false ' : ''}docker://${image} oci:${local.replaceAll('/', '-')}`,
    `ctr images pull ${plain ? '--plain-http ' : ''}${image}`,
    `peel copy ${image} oci:${local.replaceAll('/', '-')}`,
  ]
  return commands.map(command => ({ client: command.slice(0, command.indexOf(' ')), command }))
}

/** One line of the log on standard error. Paths come from clients and are escaped. */
export function requestLine({ method, path, status, bytes, milliseconds, client }: ServedRequest): string {
  return `${client}  ${escapeText(method)} ${escapeText(path.slice(0, 300))}  ${status}  ${formatSize(bytes)}  ${Math.round(milliseconds)} ms\n`
}

/** How much of what clients of a proxy pulled came from its cache. */
export function cacheLine({ blobs, hits, ahead, bytes, hitBytes }: ProxyCounts): string {
  if (blobs === 0) return 'No blob was pulled.\n'
  const share = Math.floor((100 * hits) / blobs)
  const early = ahead === 0 ? '' : `, ${ahead} of them fetched ahead`
  return `From the cache: ${hits} of ${blobs} blobs (${share} %)${early}; ${formatSize(hitBytes)} of ${formatSize(bytes)}\n`
}
