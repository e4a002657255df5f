type NumberTest = (value: number) => boolean

/** `0`, `>999`, `2..4` or `2-4`, `1,5,7..9`; the reason when it is none of these. */
export function numberTest(text: string): NumberTest | string {
  return listTest(text, word => (/^\d{1,16}$/.test(word) ? Number(word) : undefined), 'a number such as 0, >999 or 2..4')
}

/** `>10M`, `<=1k`, `1M..2M`, `4096`: bytes with SI units, `Ki` and `Mi` for powers of two. */
export function sizeTest(text: string): NumberTest | string {
  return listTest(text, parseSize, 'a size such as >10M, <1k or 1M..2M')
}

/** Bytes of `10M`, `1.5GB`, `64KiB`; undefined when it is no size. */
export function parseSize(text: string): number | undefined {
  const [, number, letter = '', binary] = /^(\d{1,16}(?:\.\d{1,6})?)([kmgtp]?)(i?)b?$/i.exec(text) ?? []
  if (number === undefined || (binary === 'i' && letter === '')) return undefined
  const power = ['', 'k', 'm', 'g', 't', 'p'].indexOf(letter.toLowerCase())
  return Number(number) * (binary === '' ? 1000 : 1024) ** power
}

function listTest(text: string, read: (word: string) => number | undefined, what: string): NumberTest | string {
  const tests: NumberTest[] = []
  for (const word of text.split(',')) {
    const test = oneTest(word, read)
    if (test === undefined) return word === '' ? `Expected ${what}` : `"${word}" is not ${what}`
    tests.push(test)
  }
  return value => tests.some(test => test(value))
}

function oneTest(word: string, read: (word: string) => number | undefined): NumberTest | undefined {
  const [, operator = '', rest = ''] = /^(>=|<=|>|<|=)?(.*)$/s.exec(word) ?? []
  const range = operator === '' ? /^(.*?)(?:\.\.|-)(.*)$/s.exec(rest) : null
  if (range !== null) {
    const [, low = '', high = ''] = range
    const from = low === '' ? 0 : read(low)
    const to = high === '' ? Number.POSITIVE_INFINITY : read(high)
    if (from === undefined || to === undefined || low + high === '') return undefined
    return value => value >= from && value <= to
  }
  const limit = read(rest)
  return limit === undefined ? undefined : COMPARE[operator]?.(limit)
}

const COMPARE: Readonly<Record<string, (limit: number) => NumberTest>> = {
  '': limit => value => value === limit,
  '=': limit => value => value === limit,
  '>': limit => value => value > limit,
  '>=': limit => value => value >= limit,
  '<': limit => value => value < limit,
  '<=': limit => value => value <= limit,
}
