/** Calls whose string arguments are read by a person: errors and their makers, notes, options of commands, rows of the key table. */
const FOR_A_PERSON =
  /^(?:\w*Error|(?:invalid|damaged|unsupported|refuse|fail|cannot|note)\w*|bind|option|argument|description|usage|addHelpText)$/
/** Fields that hold a sentence for a person. */
const SENTENCES =
  /^(?:hint|why|action|title|summary|message|label|means|detail|empty|matches|mustNotMatch|other|buildkit|buildah|docker)$/
/** Calls and fields whose strings are data: texts that are searched, compared, cut or recorded. */
const DATA_CALLS = /^(?:row|Set|Map|split|startsWith|endsWith|includes|indexOf|lastIndexOf|replace|replaceAll)$/
const DATA_FIELDS = /^(?:typed|createdBy)$/
const TWO_WORDS = /[\w,;:.)%"”] [\w("“–]/
/** Marks of paths, code, options and lists: such a string is prose only where its place says so. */
const CODE = /[|=<>/\\$`*]|--|\bsh\b/

/** Whether a literal is prose for a person: two words with a space between them, and no data by its place or its look. */
export function isProse(literal: string, { calls, field, isCompared }: LiteralPlace): boolean {
  if (!TWO_WORDS.test(literal) || isCompared) return false
  const [innermost = ''] = calls.slice(-1)
  if (DATA_CALLS.test(innermost) || DATA_FIELDS.test(field)) return false
  return !CODE.test(literal) || SENTENCES.test(field) || calls.some(call => FOR_A_PERSON.test(call))
}

/** The names of the calls around a literal, outermost first, and of the field or constant it is the value of. */
type LiteralPlace = { readonly calls: readonly string[]; readonly field: string; readonly isCompared: boolean }

type Bracket = { readonly open: string; readonly call: string; field: string }

/** Follows the tokens of a file and knows where the next literal stands. */
export class PlaceTracker {
  readonly #brackets: Bracket[] = [{ open: '', call: '', field: '' }]
  #last = ''
  #beforeLast = ''

  push(type: string, value: string): void {
    if (/^(?:WhiteSpace|LineTerminatorSequence|SingleLineComment|MultiLineComment)$/.test(type)) return
    const top = this.#brackets.at(-1)
    if (value === '(' || value === '{' || value === '[') {
      // An object or a list in an argument is still an argument of the call.
      this.#brackets.push({ open: value, call: value === '(' ? this.#last : '', field: top?.field ?? '' })
    } else if (value === ')' || value === '}' || value === ']') {
      if (this.#brackets.length > 1) this.#brackets.pop()
    } else if (value === ':' && top !== undefined && this.#beforeLast !== '?') {
      if (/^[\w$]+$/.test(this.#last) && top.open === '{') top.field = this.#last
    } else if (value === ',' && top?.open === '{') {
      top.field = ''
    } else if ((value === '=' || value === 'return' || value === '=>') && top !== undefined) {
      top.field = value === '=' ? this.#last : top.field
    }
    this.#beforeLast = this.#last
    this.#last = value
  }

  get place(): LiteralPlace {
    const isCompared = /^(?:[=!]==|case)$/.test(this.#last)
    return {
      isCompared,
      calls: this.#brackets.map(({ call }) => call).filter(call => call !== ''),
      field: this.#brackets.at(-1)?.field ?? '',
    }
  }
}
