import type { Line, Span } from '../line/line.ts'
import { lineWidth } from '../line/line.ts'
import { asciiText } from './ascii-text.ts'
import type { Theme } from './theme.ts'
import type { TintCodes } from './tint-codes.ts'

const RESET = '\u001b[0m'

/**
 * A line as one string with SGR codes: Ink draws one <Text> a row, which costs less than nested ones (terminal.md 2.2).
 * A selected line is filled to `width`.
 */
export function paint(line: Line, theme: Theme, width: number, selected = false): string {
  const spans = theme.ascii ? line.map(each => ({ ...each, text: asciiText(each.text) })) : line
  if (selected) return paintSelected(theme.selectedRoles ? spans : spans.flatMap(barApart), theme, width)
  return spans.map(each => linkedTo(each, tinted(each, theme), theme)).join('') || ' '
}

function tinted(each: Span, theme: Theme): string {
  const { text, role, fore, back } = each
  if (fore === undefined && back === undefined) return styled(text, theme.roles[role])
  if (theme.tints === undefined) return styled(shaded(each, theme.ascii), theme.roles[role])
  const letters =
    fore === undefined ? (back === undefined ? undefined : theme.tints[back].ink) : lettersOf(theme.tints[fore], text)
  return styled(text, join(letters, back === undefined ? undefined : theme.tints[back].back))
}

/** Half cells have the colour of the ground that they go on with: behind letters a hue is paler than in them. */
function lettersOf({ fore, back }: TintCodes, text: string): string {
  return HALF_CELLS.test(text) && back.startsWith('48;') ? `38;${back.slice('48;'.length)}` : fore
}

const HALF_CELLS = /^[▀▄]+$/

/** Without colours: filled cells are shaded as in the ribbon, and half a cell is left to the ground. */
function shaded({ text, back }: Span, ascii: boolean): string {
  if (!FILLING.test(text)) return text
  const shade = ascii ? '.' : '░'
  return text.replace(/[▀▄]/g, back === undefined ? ' ' : shade).replace(/ /g, back === undefined ? ' ' : shade)
}

/** Blanks, dots and half cells: no words. */
const FILLING = /^[ ·▀▄]*$/

/** Neighbours that look alike are one run: each run costs a slow line eight bytes. */
function paintSelected(spans: Line, theme: Theme, width: number): string {
  const fill = ' '.repeat(Math.max(0, width - lineWidth(spans)))
  const drawn: Run[] = spans.map(each => ({ ...each, codes: selectedCodes(each, theme) }))
  const runs: Run[] = []
  for (const each of [...drawn, { text: fill, role: 'plain', codes: theme.selected } satisfies Run]) {
    const last = runs.at(-1)
    const alike = last?.codes === each.codes && last.link === each.link
    if (alike) runs[runs.length - 1] = { ...last, text: last.text + each.text }
    else runs.push(each)
  }
  return runs.map(each => linkedTo(each, styled(each.text, each.codes), theme)).join('')
}

type Run = Span & { readonly codes: string }

/**
 * The codes of a span of the selected row. Where the row is reversed, a bar keeps its colour as that of the ground, which reversing
 * makes the colour of its cells: in the colour of the letters it would be a hole in the row.
 */
function selectedCodes({ text, role, fore }: Span, theme: Theme): string {
  const own = (fore === undefined ? undefined : theme.tints?.[fore].fore) ?? theme.roles[role]
  if (theme.selectedRoles) return join(theme.selected, theme.roles[role])
  return own === undefined || !BAR.test(text) ? theme.selected : join(theme.selected, behind(own))
}

/** A bar and the share behind it have one colour, but on the selected row only the bar can be read in it. */
function barApart(each: Span): Line {
  const [, bar, share] = /^([▀-▟#: ]*[▀-▟#:][▀-▟#: ]*)([<\d]+ %)$/.exec(each.text) ?? []
  return bar === undefined || share === undefined
    ? [each]
    : [
        { ...each, text: bar },
        { ...each, text: share },
      ]
}

/** A bar, or a stretch of one: blocks and shades, `#` and `:` in ASCII. */
const BAR = /^(?=.*\S)[▀-▟#:. ]+$/

/** The colours of letters among the sixteen as those of the ground behind them. */
function behind(codes: string): string | undefined {
  const colours = codes.split(';').filter(code => /^[39][0-7]$/.test(code))
  return colours.length === 0 ? undefined : colours.map(code => Number(code) + 10).join(';')
}

/** An OSC 8 hyperlink around what is drawn. The address holds nothing that a terminal acts on (`linkOf`). */
function linkedTo({ link, text }: Span, drawn: string, { links }: Theme): string {
  return link === undefined || !links || text === '' ? drawn : `\u001b]8;;${link}\u0007${drawn}\u001b]8;;\u0007`
}

function join(...codes: readonly (string | undefined)[]): string {
  return codes.filter(code => code !== undefined).join(';')
}

/** One code a sequence: Ink's tokenizer takes them one by one. Blanks take none that colours letters: a slow line would carry them for nothing. */
function styled(text: string, codes: string | undefined): string {
  if (codes === undefined || codes === '' || text === '') return text
  const { start, onBlanks } = sequences(codes)
  return onBlanks || text.trim() !== '' ? `${start}${text}${RESET}` : text
}

type Sequences = {
  readonly start: string
  /** Whether they can be seen on blanks: an underline, reversing, a ground. */
  readonly onBlanks: boolean
}

const CACHE = new Map<string, Sequences>()

function sequences(codes: string): Sequences {
  const cached = CACHE.get(codes)
  if (cached !== undefined) return cached
  const each = codes.match(/[34]8;(?:2;\d+;\d+;\d+|5;\d+)|\d+/g) ?? []
  const onBlanks = each.some(code => /^(?:4|7|4\d|10\d|48;.*)$/.test(code))
  const made = { start: each.map(code => `\u001b[${code}m`).join(''), onBlanks }
  CACHE.set(codes, made)
  return made
}
