import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import type { ServedRequest } from '../../serve/registry-server.ts'
import type { ServedRepository } from '../../serve/served-repository.ts'

/** Names shown of one repository, and repositories shown: a list of thousands would hide the commands below it. */
const MOST_TAGS = 8
const MOST_REPOSITORIES = 40

/** What `peel serve` prints once it listens: the address, the names, and how each client pulls the first of them. */
export function servingLines(origin: string, repositories: ReadonlyMap<string, ServedRepository>): readonly string[] {
  const all = [...repositories.values()]
  const [first] = all
  return [
    `Serving ${origin}`,
    '',
    ...all.slice(0, MOST_REPOSITORIES).map(repository => `  ${repositoryLine(repository)}`),
    ...(all.length > MOST_REPOSITORIES ? [`  … ${all.length - MOST_REPOSITORIES} more repositories`] : []),
    ...(first === undefined ? [] : ['', 'Pull it with', ...pullCommands(origin, firstName(first)).map(each => `  ${each}`)]),
    '',
    'Read-only. Ctrl-C ends it.',
  ]
}

function repositoryLine({ name, tags, documents }: ServedRepository): string {
  const shown = [...tags.keys()].slice(0, MOST_TAGS)
  if (shown.length === 0)
    return `${name}  ${[...documents.keys()]
      .slice(0, 1)
      .map(digest => `@${digest}`)
      .join('')}`
  const more = tags.size > shown.length ? ` and ${tags.size - shown.length} more` : ''
  return `${name}  ${shown.join(', ')}${more}`
}

function firstName({ name, tags, documents }: ServedRepository): string {
  const [tag] = tags.keys()
  const [digest = ''] = documents.keys()
  return tag === undefined ? `${name}@${digest}` : `${name}:${tag}`
}

/**
 * How each client pulls `name` from here. docker, containerd and peel take plain http on loopback; podman and skopeo ask for TLS there
 * too unless they are told not to (facts/serve.md §4).
 */
function pullCommands(origin: string, name: string): readonly string[] {
  const { host, protocol } = new URL(origin)
  const plain = protocol === 'http:'
  const image = `${host}/${name}`
  const local = name.split(/[:@]/)[0] ?? name
  return [
    `docker pull ${image}`,
    `podman pull ${plain ? '--tls-verify=false ' : ''}${image}`,
    `skopeo copy ${plain ? '--src-tls-verify=false ' : ''}docker://${image} oci:${local.replaceAll('/', '-')}`,
    `ctr images pull ${plain ? '--plain-http ' : ''}${image}`,
    `peel copy ${image} oci:${local.replaceAll('/', '-')}`,
  ]
}

/** One line of the log on standard error. Paths come from clients and are escaped. */
export function requestLine({ method, path, status, bytes, milliseconds, client }: ServedRequest): string {
  return `${client}  ${escapeText(method)} ${escapeText(path.slice(0, 300))}  ${status}  ${formatSize(bytes)}  ${Math.round(milliseconds)} ms\n`
}
