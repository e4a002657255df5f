/** As people count: `1.9` before `1.10`, words after numbers, deterministic for equal readings. */
export function compareTags(a: string, b: string): number {
  // Made when it is wanted: few runs sort tags.
  collator ??= new Intl.Collator('en', { numeric: true })
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0)
}

let collator: Intl.Collator | undefined

/**
 * Tags as people look for them: `latest`, then versions, the newest first, then other words. A tag that names fewer parts of a version
 * moves with the newest that has them (`1` before `1.10` before `1.9`), and a version comes before what is added to it (`1.10-rc1`).
 */
export function compareNewestFirst(a: string, b: string): number {
  const [one, other] = [versionOf(a), versionOf(b)]
  if (a === 'latest' || b === 'latest') return Number(b === 'latest') - Number(a === 'latest')
  if (one === undefined || other === undefined)
    return Number(one === undefined) - Number(other === undefined) || compareTags(a, b)
  for (let part = 0; part < Math.max(one.length, other.length); part++) {
    const [left, right] = [one[part], other[part]]
    if (left === right) continue
    if (left === undefined || right === undefined) return left === undefined ? -1 : 1
    return right.length - left.length || (left < right ? 1 : -1)
  }
  return compareTags(a, b)
}

/** The numbers that a tag begins with, without leading zeros: `v1.10.2-alpine` has 1, 10, 2. They may be of any length. */
function versionOf(tag: string): readonly string[] | undefined {
  return /^v?(\d+(?:\.\d+)*)/i
    .exec(tag)?.[1]
    ?.split('.')
    .map(part => part.replace(/^0+(?=\d)/, ''))
}
