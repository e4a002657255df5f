import type { Role } from '../line/line.ts'
import type { Settings } from '../state/model/settings.ts'
import { mixedTints, TERMINAL_LIGHT_TINTS, TERMINAL_TINTS, type TintCodes, type Tints } from './tint-codes.ts'

/** How rows are drawn. */
export type Theme = Colours & {
  /** Nothing but ASCII reaches the terminal. */
  readonly ascii: boolean
  /** Addresses are links. */
  readonly links: boolean
}

/** SGR parameters: colours by role, and how the row under the cursor is drawn. */
type Colours = {
  readonly name: string
  readonly roles: Readonly<Partial<Record<Role, string>>>
  /** For the whole row under the cursor; roles keep their colours only where `selectedRoles` says so. */
  readonly selected: string
  readonly selectedRoles: boolean
  /** Undefined where there are no colours: shades stand for them. */
  readonly tints: Tints | undefined
}

const BOLD = '1'
const DIM = '2'
const REVERSE = '7'

/** The terminal's own sixteen colours on a dark ground, or one that is not known. Figures have the colour of all text: yellow cannot be read on white. */
const TERMINAL: Colours = {
  name: 'terminal',
  roles: {
    dim: DIM,
    strong: BOLD,
    accent: `${BOLD};36`,
    title: BOLD,
    added: '94',
    modified: '33',
    removed: '35',
    waste: '31',
    litter: '33',
    good: '32',
    warning: '33',
    error: `${BOLD};31`,
    cursor: REVERSE,
    match: `${BOLD};4`,
    name: '36',
    string: '32',
    literal: '35',
  },
  selected: REVERSE,
  selectedRoles: false,
  tints: TERMINAL_TINTS,
}

/** The same on a light ground: no yellow, green or cyan, which cannot be read there. */
const TERMINAL_LIGHT: Colours = {
  ...TERMINAL,
  roles: {
    ...TERMINAL.roles,
    accent: `${BOLD};34`,
    added: '34',
    modified: '35',
    removed: '31',
    good: BOLD,
    warning: '35',
    name: '34',
    string: '35',
    literal: '31',
    // Magenta is the hue of a layer.
    litter: '90',
  },
  tints: TERMINAL_LIGHT_TINTS,
}

/** No colour at all: bold, dim, underline and reverse only (NO_COLOR). */
const COLOURLESS: Colours = {
  name: 'none',
  roles: { dim: DIM, strong: BOLD, accent: BOLD, title: BOLD, error: BOLD, waste: BOLD, cursor: REVERSE, match: `${BOLD};4` },
  selected: REVERSE,
  selectedRoles: false,
  tints: undefined,
}

const HIGH_CONTRAST: Colours = {
  name: 'high-contrast',
  roles: {
    dim: '37',
    plain: '97',
    strong: `${BOLD};97`,
    accent: `${BOLD};93`,
    title: `${BOLD};97`,
    added: `${BOLD};94`,
    modified: `${BOLD};93`,
    removed: `${BOLD};95`,
    waste: `${BOLD};91`,
    litter: `${BOLD};93`,
    good: `${BOLD};92`,
    warning: `${BOLD};93`,
    error: `${BOLD};91`,
    cursor: REVERSE,
    match: `${BOLD};4;93`,
    name: '96',
    string: '92',
    number: '93',
    literal: '95',
  },
  selected: REVERSE,
  selectedRoles: false,
  tints: TERMINAL_TINTS,
}

type Palette = {
  readonly text: string
  readonly dim: string
  readonly accent: string
  readonly blue: string
  readonly yellow: string
  readonly magenta: string
  readonly red: string
  readonly green: string
  readonly cyan: string
  readonly bar: string
}

function named(name: string, palette: Palette): Colours {
  const fg = (hex: string) => `38;2;${rgb(hex)}`
  return {
    name,
    roles: {
      plain: fg(palette.text),
      dim: fg(palette.dim),
      strong: `${BOLD};${fg(palette.text)}`,
      accent: `${BOLD};${fg(palette.accent)}`,
      title: `${BOLD};${fg(palette.text)}`,
      added: fg(palette.blue),
      modified: fg(palette.yellow),
      removed: fg(palette.magenta),
      waste: fg(palette.red),
      litter: fg(palette.yellow),
      good: fg(palette.green),
      warning: fg(palette.yellow),
      error: `${BOLD};${fg(palette.red)}`,
      cursor: REVERSE,
      match: `${BOLD};4;${fg(palette.accent)}`,
      name: fg(palette.cyan),
      string: fg(palette.green),
      number: fg(palette.yellow),
      literal: fg(palette.magenta),
    },
    selected: `48;2;${rgb(palette.bar)}`,
    selectedRoles: true,
    tints: tintsOf(palette),
  }
}

function tintsOf(palette: Palette): Tints {
  const { text, dim, accent, blue, yellow, magenta, red, green, cyan } = palette
  const hues = { blue, green, rose: magenta, cyan, violet: between(magenta, yellow), sky: accent, yellow, grey: dim, waste: red }
  const numbers = Object.fromEntries(Object.entries(hues).map(([tint, hex]) => [tint, Number.parseInt(hex, 16)]))
  return mixedTints(numbers as Record<keyof typeof hues, number>, Number.parseInt(text, 16))
}

/** The colour in the middle of two. */
function between(one: string, other: string): string {
  const part = (from: number) =>
    (Number.parseInt(one.slice(from, from + 2), 16) + Number.parseInt(other.slice(from, from + 2), 16)) >> 1
  return [0, 2, 4].map(from => part(from).toString(16).padStart(2, '0')).join('')
}

function rgb(hex: string): string {
  const value = Number.parseInt(hex, 16)
  return `${value >> 16};${(value >> 8) & 255};${value & 255}`
}

const THEMES: readonly Colours[] = [
  TERMINAL,
  HIGH_CONTRAST,
  named('night', {
    text: 'c8d3f5',
    dim: '828bb8',
    accent: '86e1fc',
    blue: '82aaff',
    yellow: 'ffc777',
    magenta: 'c099ff',
    red: 'ff757f',
    green: 'c3e88d',
    cyan: '65bcff',
    bar: '2f3a5f',
  }),
  named('paper', {
    text: '2e3440',
    dim: '6b7280',
    accent: '0b62a8',
    blue: '0550ae',
    yellow: '8a5a00',
    magenta: '8250df',
    red: 'b3261e',
    green: '1a6b37',
    cyan: '0e6a73',
    bar: 'd5e3f0',
  }),
  named('gruvbox', {
    text: 'ebdbb2',
    dim: '928374',
    accent: 'fabd2f',
    blue: '83a598',
    yellow: 'fe8019',
    magenta: 'd3869b',
    red: 'fb4934',
    green: 'b8bb26',
    cyan: '8ec07c',
    bar: '504945',
  }),
]

/** Colours that the terminal can show. */
export type ColourDepth = 'none' | '16' | '256' | 'full'

/** `NO_COLOR` (no-color.org) wins; then what TERM and COLORTERM promise (terminal.md 3.5). */
export function colourDepth(env: Readonly<Record<string, string | undefined>>): ColourDepth {
  const [term = '', colorterm = ''] = [env['TERM'], env['COLORTERM']]
  if ((env['NO_COLOR'] ?? '') !== '' || term === 'dumb') return 'none'
  if (/truecolor|24bit/.test(colorterm) || /kitty|direct|ghostty|alacritty/.test(term)) return 'full'
  return term.includes('256') ? '256' : '16'
}

/** Whether the ground is light, as terminals that set COLORFGBG say (`15;0`: letters, ground): those of old answer no question. */
export function groundOf(env: Readonly<Record<string, string | undefined>>): boolean | undefined {
  const [, ground] = /;(\d+)$/.exec(env['COLORFGBG'] ?? '') ?? []
  return ground === undefined ? undefined : ground === '7' || ground === '15'
}

/** The theme called `name`, on a light ground or another, as far as the terminal can show it; a named theme needs more than sixteen colours. */
export function themeFor({ theme, ascii, links }: Settings, depth: ColourDepth, light = false): Theme {
  return { ...coloursOf(theme, depth, light), ascii, links: links && !ascii }
}

function coloursOf(name: string, depth: ColourDepth, light: boolean): Colours {
  if (depth === 'none') return COLOURLESS
  const own = light ? TERMINAL_LIGHT : TERMINAL
  const theme = name === TERMINAL.name ? own : (THEMES.find(each => each.name === name) ?? own)
  if (depth === 'full' || !theme.selectedRoles) return theme
  return depth === '256' ? in256(theme) : own
}

function in256(theme: Colours): Colours {
  const roles = Object.fromEntries(Object.entries(theme.roles).map(([role, codes]) => [role, nearest256(codes)]))
  const codes = Object.entries(theme.tints ?? {}).map(([tint, { fore, back, ink }]): [string, TintCodes] => [
    tint,
    { fore: nearest256(fore), back: nearest256(back), ink: nearest256(ink) },
  ])
  return { ...theme, roles, selected: nearest256(theme.selected), tints: Object.fromEntries(codes) as Tints }
}

/** 24-bit colours in SGR parameters as the nearest of xterm's 6×6×6 cube. */
function nearest256(codes: string): string {
  return codes.replace(/([34]8);2;(\d+);(\d+);(\d+)/g, (_, kind: string, ...levels: string[]) => {
    const [red = 0, green = 0, blue = 0] = levels.slice(0, 3).map(level => {
      const value = Number(level)
      return value < 48 ? 0 : value < 115 ? 1 : Math.min(5, Math.floor((value - 35) / 40))
    })
    return `${kind};5;${16 + 36 * red + 6 * green + blue}`
  })
}
