import { ImageError } from '../../error.ts'
import type { HttpAnswer } from '../http/http.ts'
import type { RegistryClient } from './client.ts'
import { type NextPage, nextInHeaders } from './next-page.ts'
import type { RegistryRequest } from './registry-request.ts'
import { requestBytes } from './request-bytes.ts'

export type ListingPage = {
  readonly answer: HttpAnswer
  readonly bytes: Buffer
  /**
   * Whether another page is named: it is `followed`, lies `elsewhere` and is not asked for, or is `unreachable`: named without an address,
   * or by one that was asked before.
   */
  readonly next: 'none' | 'followed' | 'elsewhere' | 'unreachable'
}

/** Pages of one listing that are followed; a registry of a hundred thousand tags stays within it. */
const PAGES = 1000
/** Bytes of one page: docker-registry 2.8 sends all tags at once, and a million of them are about as much. */
const LISTING_LIMIT = 64 * 1024 * 1024

/**
 * A listing page by page, following the link to the next verbatim (registry.md 3.5), but only on the same origin, and never to an address
 * that was already asked. `nextIn` looks at each page, and finds the next where no header names one.
 * @throws ImageError `LISTING_ENDLESS`, and refusals
 */
export async function* pages(
  client: RegistryClient,
  request: RegistryRequest,
  nextIn: (bytes: Buffer, answer: HttpAnswer) => NextPage | undefined = () => undefined,
): AsyncGenerator<ListingPage> {
  const asked = new Set<string>()
  let target = request.target
  for (let page = 0; page < PAGES; page++) {
    const { answer, bytes } = await requestBytes(client, { ...request, target }, LISTING_LIMIT)
    asked.add(answer.url.href)
    const inList = nextIn(bytes, answer)
    const named = nextInHeaders(answer) ?? inList
    const next = named === undefined ? 'none' : wayTo(named, answer.url, asked)
    // Said together with the page, for nothing comes after it.
    if (next === 'elsewhere') client.notices.cutShort(named?.url?.host ?? '')
    yield { answer, bytes, next }
    if (next !== 'followed' || named?.url === undefined) return
    asked.add(named.url.href)
    target = named.url
  }
  throw new ImageError('LISTING_ENDLESS', `Cannot ${request.action}: the listing has more than ${PAGES} pages`)
}

function wayTo({ url }: NextPage, { origin }: URL, asked: ReadonlySet<string>): 'followed' | 'elsewhere' | 'unreachable' {
  if (url !== undefined && url.origin !== origin) return 'elsewhere'
  return url === undefined || asked.has(url.href) ? 'unreachable' : 'followed'
}
