import { sizeOfBlobs } from '../../blob/descriptor.ts'
import { escapeText } from '../../escape.ts'
import { chooseImage } from '../../image/choose.ts'
import { allNodes, listImages } from '../../image/list.ts'
import { loadImage } from '../../image/load.ts'
import { parseLocation } from '../../image/location.ts'
import { formatPlatform, hostPlatform } from '../../image/platform.ts'
import type { ListedPage, Listing, NameFacts } from '../../list/listing.ts'
import type { SourceOptions } from '../../session/asking.ts'
import { openRemote, registryOptions } from '../../session/remote.ts'
import type { StartItem } from '../../state/model/start.ts'
import type { Notices } from './notices.ts'
import { readRecent, recentPath, rememberRecent } from './recent.ts'

/** The names of a place, a page at a time. A registry that has answered is remembered among the recent ones. */
export async function* listNames(
  listing: Listing,
  options: SourceOptions,
  notices: Notices,
  signal: AbortSignal,
): AsyncGenerator<ListedPage> {
  if (listing.kind === 'engine') {
    const { listEngineImages } = await import('../../transport/engine/engine-images.ts')
    const images = await listEngineImages(process.env, signal)
    yield { names: images.map(({ name, size, created }) => ({ name, facts: { size, created } })), notices: [] }
    return
  }
  const { pagesOfNames } = await import('../../transport/remote.ts')
  const { host } = listing
  const path = listing.kind === 'tags' ? listing.path : undefined
  let answered = false
  for await (const { names, diagnostics } of pagesOfNames({ host, path }, registryOptions(options), signal)) {
    if (!answered) rememberRegistry(host)
    answered = true
    yield { names: names.map(name => ({ name })), notices: notices.of(diagnostics) }
  }
}

/** Host alone: no credentials are in it. */
function rememberRegistry(host: string): void {
  const path = recentPath(process.env)
  if (readRecent(path)[0]?.reference !== `${host}/`) rememberRecent(path, `${host}/`)
}

/** When an image of a registry was made and how large its blobs are: an index, a manifest and a config at most are asked for. */
export async function describeName(reference: string, options: SourceOptions, signal: AbortSignal): Promise<NameFacts> {
  const place = parseLocation(reference, () => false)
  if (place.transport !== 'docker') return {}
  const source = await openRemote(place, options, signal)
  try {
    const listing = await listImages(source, { signal, fetch: 'few' })
    const images = [...allNodes(listing.nodes)].filter(({ kind }) => kind === 'image')
    const digest = listing.nodes[0]?.descriptor.digest
    const named = digest === undefined ? {} : { digest }
    if (images.length === 0) return { note: 'not an image', ...named }
    const host = hostPlatform(process.arch)
    const node = images.length === 1 ? images[0] : (tryChoose(() => chooseImage(listing, { selector: {}, host })) ?? images[0])
    if (node === undefined) return {}
    const { config, layers, platform } = await loadImage(source, node.descriptor, signal)
    const created = config?.value.created
    const platforms = images.length > 1 ? `, ${images.length} platforms` : ''
    return {
      ...named,
      layers: layers.map(({ blob }) => blob),
      size: sizeOfBlobs(layers),
      note: `${platform === undefined ? '' : formatPlatform(platform)}${platforms}`,
      ...(created !== undefined && { created: escapeText(created) }),
    }
  } finally {
    await source.close()
  }
}

function tryChoose<T>(choose: () => T): T | undefined {
  try {
    return choose()
  } catch {
    // None for this machine: the first one stands for all.
    return undefined
  }
}

/** The local engine, where one can be seen: it is only talked to when its list is opened. */
export async function engineCandidates(environment: NodeJS.ProcessEnv): Promise<readonly StartItem[]> {
  const { engineAddresses } = await import('../../transport/engine/engine-socket.ts')
  let shown: string | undefined
  try {
    shown = engineAddresses(environment)[0]?.shown
  } catch {
    // DOCKER_HOST names something peel cannot talk to; opening an image there says so.
    shown = undefined
  }
  if (shown === undefined) return []
  return [{ reference: 'docker-daemon:', label: 'images of the container engine', detail: shown, group: 'engine' }]
}
