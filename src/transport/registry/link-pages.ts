import { ImageError } from '../../error.ts'
import { type HttpAnswer, headersOf } from '../http/http.ts'
import type { RegistryClient } from './client.ts'
import type { RegistryRequest } from './registry-request.ts'
import { requestBytes } from './request-bytes.ts'
import { responseUrl } from './response-url.ts'

export type ListingPage = { readonly answer: HttpAnswer; readonly bytes: Buffer; readonly hasNext: boolean }

/** Pages of one listing that are followed; a registry of a hundred thousand tags stays within it. */
const PAGES = 1000
/** Bytes of one page: docker-registry 2.8 sends all tags at once, and a million of them are about as much. */
const LISTING_LIMIT = 64 * 1024 * 1024

/**
 * A listing page by page, following `Link: <…>; rel="next"` verbatim (registry.md 3.5): any query, relative or absolute,
 * but only on the same origin, and never to an address that was already asked.
 * @throws ImageError `LISTING_ENDLESS`, and refusals
 */
export async function* pages(client: RegistryClient, request: RegistryRequest): AsyncGenerator<ListingPage> {
  const asked = new Set<string>()
  let target = request.target
  for (let page = 0; page < PAGES; page++) {
    const { answer, bytes } = await requestBytes(client, { ...request, target }, LISTING_LIMIT)
    asked.add(answer.url.href)
    const next = nextLink(answer)
    const foreign = next !== undefined && next.origin !== answer.url.origin
    // Said together with the page, for nothing comes after it.
    if (foreign) client.notices.cutShort(next.host)
    yield { answer, bytes, hasNext: next !== undefined }
    if (next === undefined || foreign || asked.has(next.href)) return
    asked.add(next.href)
    target = next
  }
  throw new ImageError('LISTING_ENDLESS', `Cannot ${request.action}: the listing has more than ${PAGES} pages`)
}

function nextLink(answer: HttpAnswer): URL | undefined {
  for (const header of headersOf(answer, 'link')) {
    for (const [, address = '', parameters = ''] of header.matchAll(
      /<([^>]*)>\s*((?:;[^;,<"=]*(?:=(?:\s*"[^"]*"|[^;,<"]*))?)*)/g,
    )) {
      if (/;\s*rel\s*=\s*"?[^"]*\bnext\b/i.test(parameters)) return responseUrl(address, answer.url)
    }
  }
  return undefined
}
