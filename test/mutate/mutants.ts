import jsTokens from 'js-tokens'
import { isProse, PlaceTracker } from './prose.ts'

/** One change of one token of a source file. `offset` and `length` count UTF-16 units. */
export type Mutant = {
  readonly file: string
  readonly line: number
  readonly offset: number
  readonly length: number
  readonly replacement: string
  /** Reads "`<` becomes `<=`". */
  readonly words: string
}

/** Operators and what stands in their place: each changes what a line computes and leaves it well-formed. */
const SWAPS: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '&&': '||',
  '||': '&&',
  '??': '&&',
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '%': '*',
  '+=': '-=',
  '-=': '+=',
  '++': '--',
  '--': '++',
  '&': '|',
  '|': '&',
  '<<': '>>',
  '>>': '<<',
}

const WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    true: 'false',
    false: 'true',
    min: 'max',
    max: 'min',
    some: 'every',
    every: 'some',
    startsWith: 'endsWith',
    endsWith: 'startsWith',
    break: 'continue',
    continue: 'break',
  }),
)

/** All mutants of a file, in the order of its text. Comments, imports, prose, and types that stand on a line of their own are left alone. */
export function mutantsOf(file: string, text: string): Mutant[] {
  const mutants: Mutant[] = []
  let [offset, line] = [0, 1]
  let [braces, typeDepth] = [0, -1]
  const places = new PlaceTracker()
  for (const { type, value } of jsTokens(text, { jsx: false })) {
    const lineText = textOfLine(text, offset)
    if (/^(?:export )?(?:type|interface|declare) /.test(lineText) && typeDepth < 0) typeDepth = braces
    if (type === 'Punctuator' && value === '{') braces++
    if (type === 'Punctuator' && value === '}') braces--
    // A declaration of a type ends with the first line that begins outside of its braces.
    if (type === 'LineTerminatorSequence' && braces === typeDepth && !/[=|&,(<]\s*$/.test(lineText) && !continues(text, offset))
      typeDepth = -1
    const isLeft =
      typeDepth >= 0 ||
      isImport(lineText) ||
      (type === 'StringLiteral' && isProse(value, places.place)) ||
      (/Literal$/.test(type) && INDEX_DEFAULT.test(text.slice(Math.max(0, offset - 60), offset))) ||
      (type === 'NumericLiteral' && (LIMIT.test(lineText) || ROUND.test(value))) ||
      ((value === '|' || value === '&') && joinsTypes(text, offset)) ||
      (value === '*' && isOfGenerator(text, offset))
    const replacement = isLeft ? undefined : replacementOf(type, value, lineText)
    places.push(type, value)
    if (replacement !== undefined) {
      const words = `\`${shown(value)}\` becomes \`${shown(replacement)}\``
      mutants.push({ file, line, offset, length: value.length, replacement, words })
    }
    offset += value.length
    line += value.split('\n').length - 1
  }
  return [...mutants, ...removedStatements(file, text)].sort((a, b) => a.offset - b.offset)
}

/** A default behind an index, which only the compiler asks for: no test can come there. */
const INDEX_DEFAULT = /(?:\]|\.(?:pop|shift|at)\([^()]*\)) \?\? $/
/** A limit or a size of work that is one greater is the same limit. */
const LIMIT =
  /^(?:export )?const [A-Z_]*(?:LIMIT|MOST|LEAST|LARGE|LONG|SHORT|SMALL|MILLISECONDS|SECONDS|BUDGET|PIECE|RATIO|SHARE|ROOM|WORTH|GAP|CHUNK|CELLS|THREADS|WAIT|PATIENCE|WINDOW)[A-Z_]* = /
/** A round number of people is a limit or a unit wherever it stands; sizes of blocks and masks are no round numbers. */
const ROUND = /^[\d_]*[1-9]_?0_?0[0_]*$/

/** Whether `|` or `&` joins types inside of a line: beside a name in mixed case, a word of the type language, a text or a list. */
function joinsTypes(text: string, offset: number): boolean {
  const before = /(?:\b(?:undefined|null|string|number|boolean|bigint|unknown|true|false)|\b[A-Z]\w*[a-z]\w*|[\]'>}])\s*$/
  const after =
    /^.\s*(?:(?:undefined|null|string|number|boolean|bigint|unknown|readonly|true|false)\b|[A-Z]\w*[a-z]\w*\b(?![.(])|['{])/
  return before.test(text.slice(Math.max(0, offset - 60), offset)) || after.test(text.slice(offset, offset + 60))
}

/** Whether `*` makes a function a generator or hands over to one, rather than multiply. */
function isOfGenerator(text: string, offset: number): boolean {
  const before = textOfLine(text, offset).slice(0, offset - text.lastIndexOf('\n', offset - 1) - 1)
  return /(?:^|\b(?:function|yield|async|static|private|protected|override))\s*$/.test(before)
}

function replacementOf(type: string, value: string, lineText: string): string | undefined {
  if (type === 'Punctuator') return /[<>]/.test(value) && isGeneric(lineText) ? undefined : SWAPS[value]
  if (type === 'IdentifierName') return WORDS.get(value)
  if (type === 'NumericLiteral')
    return value === '0' ? '1' : /^\d[\d_]*$/.test(value) ? String(Number(value.replaceAll('_', '')) + 1) : '0'
  if (type === 'StringLiteral') return value.length > 2 ? "''" : "'mutant'"
  return undefined
}

/** A statement that is a call or an assignment on one line is left out. */
function removedStatements(file: string, text: string): Mutant[] {
  const mutants: Mutant[] = []
  let offset = 0
  for (const [index, line] of text.split('\n').entries()) {
    const match = /^(\s+)((?:await |void )?(?:this\.)?#?[\w.#?]+\(.*\)|(?:this\.)?#?[\w.]+ (?:[-+|&]?=|\?\?=) [^{(]*)$/.exec(line)
    // A private name without `this` is a field of a class.
    if (match?.[2] !== undefined && !/^(?:#|(?:if|for|while|return|throw|super|constructor)\b)/.test(match[2])) {
      const [indent, statement] = [match[1]?.length ?? 0, match[2]]
      const words = `\`${shown(statement)}\` is left out`
      mutants.push({ file, line: index + 1, offset: offset + indent, length: statement.length, replacement: 'void 0', words })
    }
    offset += line.length + 1
  }
  return mutants
}

function textOfLine(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  const end = text.indexOf('\n', offset)
  return text.slice(start, end === -1 ? undefined : end)
}

/** Whether the next line goes on with a type: a member of a union or an intersection, or an indented line. */
function continues(text: string, offset: number): boolean {
  return /^\s*[|&]|^ {2}\S/.test(textOfLine(text, offset + 1))
}

const isImport = (line: string) => /^\s*(?:import|export .* from|\} from)\b/.test(line)
const isGeneric = (line: string) => /\w<[\w\s,[\]|'.]+>/.test(line)
const shown = (text: string) => (text.length > 60 ? `${text.slice(0, 57)}…` : text)
