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

function paintSelected(spans: Line, theme: Theme, width: number): string {
  const fill = ' '.repeat(Math.max(0, width - lineWidth(spans)))
  if (!theme.selectedRoles && !spans.some(({ text, link }) => link !== undefined || BAR.test(text))) {
    return styled(spans.map(({ text }) => text).join('') + fill, theme.selected)
  }
  const runs: { text: string; codes: string; link: Span['link'] }[] = []
  // Neighbours that look alike are one run: each run costs a slow line eight bytes.
  for (const each of [...spans, { text: fill, role: 'plain' } satisfies Span]) {
    const codes = each.text === fill ? theme.selected : selectedCodes(each, theme)
    const last = runs.at(-1)
    if (last?.codes === codes && last.link === each.link) last.text += each.text
    else runs.push({ text: each.text, codes, link: each.link })
  }
  return runs
    .map(({ text, codes, link }) =>
      linkedTo({ text, role: 'plain', ...(link !== undefined && { link }) }, styled(text, codes), theme),
    )
    .join('')
}

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

/** One code a sequence: Ink's tokenizer takes them one by one. */
function styled(text: string, codes: string | undefined): string {
  if (codes === undefined || codes === '' || text === '') return text
  return `${sequences(codes)}${text}${RESET}`
}

const CACHE = new Map<string, string>()

function sequences(codes: string): string {
  const cached = CACHE.get(codes)
  if (cached !== undefined) return cached
  const each = codes.match(/[34]8;(?:2;\d+;\d+;\d+|5;\d+)|\d+/g) ?? []
  const made = each.map(code => `\u001b[${code}m`).join('')
  CACHE.set(codes, made)
  return made
}
