/**
 * Reads a number as Go's `strconv.ParseFloat` does, which decides what a `.dive-ci` means: signs, exponents, hexadecimal floats with `p`,
 * NaN and Inf in any case, underscores only in hexadecimal. Undefined where Go reports an error, which it also does beyond its range.
 */
export function parseGoFloat(text: string): number | undefined {
  if (/^[+-]?nan$/i.test(text)) return /^nan$/i.test(text) ? Number.NaN : undefined
  if (/^[+-]?inf(?:inity)?$/i.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const value = HEXADECIMAL.test(text) ? hexadecimal(text) : DECIMAL.test(text) ? Number(text) : undefined
  return value === undefined || !Number.isFinite(value) ? undefined : value
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i
const HEXADECIMAL = /^[+-]?0x_?(?:[0-9a-f]+(?:_[0-9a-f]+)*)?\.?(?:[0-9a-f]+(?:_[0-9a-f]+)*)?p[+-]?\d+$/i

function hexadecimal(text: string): number | undefined {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^([+-]?)0x([0-9a-f]*)\.?([0-9a-f]*)p([+-]?\d+)$/i.exec(text.replaceAll('_', '')) ?? []
  if (whole === '' && fraction === '') return undefined
  const digits = Number.parseInt(`${whole}${fraction}`, 16)
  return (sign === '-' ? -1 : 1) * digits * 2 ** (Number(exponent) - 4 * fraction.length)
}

const UNITS: Readonly<Record<string, number>> = (() => {
  const units: Record<string, number> = { '': 1, b: 1 }
  for (const [index, letter] of ['k', 'm', 'g', 't', 'p', 'e'].entries()) {
    const [decimal, binary] = [1000 ** (index + 1), 1024 ** (index + 1)]
    Object.assign(units, { [letter]: decimal, [`${letter}b`]: decimal, [`${letter}i`]: binary, [`${letter}ib`]: binary })
  }
  return units
})()

/** Reads a size as go-humanize's `ParseBytes`: `20MB`, `20 MiB`, `1,5GB` with commas taken out; fractions of a byte are cut off. */
export function parseHumanBytes(text: string): number | undefined {
  const [number = ''] = /^[\d.,]*/.exec(text) ?? []
  const value = parseGoFloat(number.replaceAll(',', ''))
  const unit = UNITS[text.slice(number.length).trim().toLowerCase()]
  if (value === undefined || unit === undefined || value * unit >= 2 ** 64) return undefined
  return Math.trunc(value * unit)
}
