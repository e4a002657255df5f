import { isRecord } from '../../blob/descriptor.ts'
import { type HttpAnswer, headersOf } from '../http/http.ts'
import { responseUrl } from './response-url.ts'

/** The next page that an answer speaks of; without an address where it says that there is one and not where. */
export type NextPage = { readonly url: URL | undefined }

/** The page that `Link: <…>; rel="next"` names: any query, relative or absolute; the address may lack its brackets. Undefined where none is named. */
export function nextInHeaders(answer: HttpAnswer): NextPage | undefined {
  for (const header of headersOf(answer, 'link')) {
    for (const [, address = '', parameters = ''] of header.matchAll(BRACKETED))
      if (isNext(parameters)) return { url: responseUrl(address, answer.url) }
    const [, bare = '', parameters = ''] = /^\s*([^\s<>;]+)\s*(;.*)?$/.exec(header) ?? []
    if (bare !== '' && isNext(parameters)) return { url: responseUrl(bare, answer.url) }
    if (/\bnext\b/i.test(header)) return { url: undefined }
  }
  return undefined
}

const BRACKETED = /<([^>]*)>\s*((?:;[^;,<"=]*(?:=(?:\s*"[^"]*"|[^;,<"]*))?)*)/g

function isNext(parameters: string): boolean {
  return /;\s*rel\s*=\s*["']?[^"']*\bnext\b/i.test(parameters)
}

/** The same for a list that says in itself how it goes on, as web APIs do: by an address, by a token of `next_page`, or that it does. */
export function nextInList(value: unknown, answer: HttpAnswer): NextPage | undefined {
  if (!isRecord(value)) return undefined
  const links = [value['links'], value['_links']].find(isRecord)
  const named = [links?.['next'], value['next'], value['next_url'], value['nextLink']].map(hrefOf).find(isText)
  if (named !== undefined) return { url: ADDRESS.test(named) ? responseUrl(named, answer.url) : undefined }
  const token = value['next_page'] ?? value['nextPage']
  if (typeof token === 'number' || (isText(token) && !ADDRESS.test(token))) {
    const url = new URL(answer.url)
    url.searchParams.set('next_page', String(token))
    return { url }
  }
  if (isText(token)) return { url: responseUrl(token, answer.url) }
  return MORE.some(key => value[key] === true) ? { url: undefined } : undefined
}

/** An address, where a token may hold a slash. */
const ADDRESS = /^(?:\/|https?:)|\?/

const MORE = ['has_more', 'hasMore', 'more', 'truncated', 'isTruncated', 'next']

function hrefOf(link: unknown): unknown {
  return isRecord(link) ? link['href'] : link
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
