const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'] as const

/** Bytes for people, in SI units with three significant digits: `999 B`, `1.00 kB`, `12.3 MB`, `421 MB`. */
export function formatSize(bytes: number): string {
  let value = Math.abs(bytes)
  let unit = 0
  // 999.5 rounds to 1000: the next unit's 1.00 is what a person expects.
  while (unit < UNITS.length - 1 && value >= (unit === 0 ? 1000 : 999.5)) {
    value /= 1000
    unit += 1
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
  return `${bytes < 0 ? '-' : ''}${value.toFixed(digits)} ${UNITS[unit]}`
}
