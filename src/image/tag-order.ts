/** As people count: `1.9` before `1.10`, words after numbers, deterministic for equal readings. */
export function compareTags(a: string, b: string): number {
  return COLLATOR.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0)
}

const COLLATOR = new Intl.Collator('en', { numeric: true })
