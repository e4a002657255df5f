import { TINTS, type Tint } from '../line/tint.ts'

/** SGR parameters of a tint: as the letters' colour, behind them, and for letters on it. */
export type TintCodes = { readonly fore: string; readonly back: string; readonly ink: string }

export type Tints = Readonly<Record<Tint, TintCodes>>

/** The terminal's own sixteen colours on a dark ground, without the dark blue: a base layer in it would be a hole. */
export const TERMINAL_TINTS: Tints = {
  blue: { fore: '94', back: '104', ink: '30' },
  green: { fore: '32', back: '42', ink: '30' },
  rose: { fore: '35', back: '45', ink: '97' },
  cyan: { fore: '36', back: '46', ink: '30' },
  violet: { fore: '95', back: '105', ink: '30' },
  sky: { fore: '96', back: '106', ink: '30' },
  yellow: { fore: '33', back: '43', ink: '30' },
  grey: { fore: '90', back: '100', ink: '97' },
  waste: { fore: '31', back: '41', ink: '97' },
}

/** The same on a light ground, where dark blue can be read and two light ones could not be told apart. */
export const TERMINAL_LIGHT_TINTS: Tints = {
  ...TERMINAL_TINTS,
  blue: { fore: '34', back: '44', ink: '97' },
  sky: { fore: '94', back: '104', ink: '30' },
}

/** Tints of 24-bit colours: behind letters they are mixed with the ground, so that `text` can be read on them. */
export function mixedTints(hues: Readonly<Record<Tint, number>>, text: number): Tints {
  const ground = isLight(text) ? 0x000000 : 0xffffff
  const codes = TINTS.map((tint): [Tint, TintCodes] => {
    const back = mixed(hues[tint], ground, isLight(text) ? 0.5 : 0.55)
    return [tint, { fore: `38;2;${levels(hues[tint])}`, back: `48;2;${levels(back)}`, ink: `38;2;${levels(text)}` }]
  })
  return Object.fromEntries(codes) as Record<Tint, TintCodes>
}

function isLight(colour: number): boolean {
  return ((colour >> 8) & 255) > 128
}

function mixed(colour: number, other: number, share: number): number {
  const part = (shift: number) => Math.round(((colour >> shift) & 255) * (1 - share) + ((other >> shift) & 255) * share) << shift
  return part(16) | part(8) | part(0)
}

function levels(colour: number): string {
  return `${colour >> 16};${(colour >> 8) & 255};${colour & 255}`
}
