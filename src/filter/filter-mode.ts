/**
 * A test of permission bits as find(1) writes them: `755` these and no others, `-4000` all of these, `/022` any of these;
 * or `u+s`, `o+w`, `+x` (for any user). The reason when it is none of these.
 */
export function modeTest(text: string): ((mode: number) => boolean) | string {
  const octal = /^([-/]?)([0-7]{1,5})$/.exec(text)
  if (octal !== null) {
    const [, operator, digits = ''] = octal
    const wanted = Number.parseInt(digits, 8)
    if (operator === '-') return mode => (mode & wanted) === wanted
    if (operator === '/') return mode => wanted === 0 || (mode & wanted) !== 0
    return mode => mode === wanted
  }
  const symbolic = /^([ugoa]*)\+([rwxst]+)$/.exec(text)
  if (symbolic === null) return `"${text}" is not a mode such as 755, -4000 (all of), /022 (any of) or o+w`
  const [, who = '', what = ''] = symbolic
  const bits = [...what].map(letter => BITS[letter]?.(who) ?? 0)
  // Without a "who" any of the three is enough, with one all that are named must hold.
  return who === '' ? mode => bits.every(each => (mode & each) !== 0) : mode => bits.every(each => (mode & each) === each)
}

const BITS: Readonly<Record<string, (who: string) => number>> = {
  r: who => spread(who, 4),
  w: who => spread(who, 2),
  x: who => spread(who, 1),
  s: who => (/[ua]|^$/.test(who) ? 0o4000 : 0) | (/[ga]|^$/.test(who) ? 0o2000 : 0),
  t: () => 0o1000,
}

function spread(who: string, bit: number): number {
  const all = who === '' || who.includes('a')
  return (
    (all || who.includes('u') ? bit << 6 : 0) | (all || who.includes('g') ? bit << 3 : 0) | (all || who.includes('o') ? bit : 0)
  )
}
