import { RegistryError } from './registry-error.ts'

/** A part of a list of names, and the address of the next one where there is more. */
export type NamePage = { readonly names: readonly string[]; readonly next: string | undefined }

/**
 * Names in ASCII order after `last`, at most `n` of them (distribution-spec, Listing Tags). With `n=0` the list is empty and no
 * link follows.
 * @throws RegistryError 400 for an `n` that is no number
 */
export function namePage(names: Iterable<string>, path: string, query: URLSearchParams): NamePage {
  const [n, last] = [query.get('n'), query.get('last')]
  if (n !== null && !/^\d{1,9}$/.test(n)) throw new RegistryError(400, 'UNSUPPORTED', 'n is not a whole number')
  const sorted = [...names].sort(inAsciiOrder)
  const after = last === null ? sorted : sorted.filter(name => inAsciiOrder(name, last) > 0)
  const page = n === null ? after : after.slice(0, Number(n))
  const end = page.at(-1)
  if (end === undefined || page.length === after.length) return { names: page, next: undefined }
  return { names: page, next: `${path}?n=${n}&last=${encodeURIComponent(end)}` }
}

function inAsciiOrder(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
