import { escapeText } from '../../escape.ts'

/** Columns beyond which a line is folded. */
const WIDE = 100

/**
 * A shell command behind `RUN`: folded where its Dockerfile was, heredocs as they are, and a command of several lines in a heredoc of its
 * own, because a line break would begin another instruction and a continuation would join what the break separates.
 */
export function* commandLines(start: string, command: string): Generator<string> {
  const whole = command.trim()
  if (whole === '') return yield `# ${start} (nothing recorded)`
  const bodies = heredocNames(whole)
  if (bodies.length > 0 && closesAll(whole, bodies)) {
    for (const [index, line] of whole.split('\n').entries()) yield index === 0 ? `${start} ${shown(line)}` : shown(line)
    return
  }
  // A backslash before a line break is a continuation that the builder kept; right behind a word it joins two into one, and stays.
  const text = whole.replace(/(?<=[^ \t\\])[ \t]+\\\r?\n(?!\s*#)/g, CONTINUED)
  if (text.includes('\n') || bodies.length > 0 || text.endsWith('\\') || /<\\+</.test(text)) return yield* inHeredoc(start, whole)
  const pieces = text.split(CONTINUED).flatMap(piece => folded(piece.trim()))
  for (const [index, piece] of pieces.entries()) {
    const indent = index === 0 ? `${start} ` : '    '
    yield `${indent}${shown(piece)}${index < pieces.length - 1 ? ' \\' : ''}`
  }
}

const CONTINUED = '\u0000'

/** Control characters shown, tabs as they are: inside a script they are no harm and mean something. */
function shown(line: string): string {
  return line.split('\t').map(escapeText).join('\t')
}

/** Names behind `<<` where a word begins, as BuildKit looks for them: any word that has no other `<` in it. */
function heredocNames(text: string): readonly { readonly name: string; readonly stripsTabs: boolean }[] {
  const [first = ''] = text.split('\n', 1)
  return [...first.matchAll(/(?<!<)<<(-?)([^<\s]+)/g)].map(([, dash, name = '']) => ({
    name: name.replace(/["']/g, ''),
    stripsTabs: dash === '-',
  }))
}

/** Whether every heredoc that the first line opens is closed, in order, and nothing follows the last one. */
function closesAll(text: string, names: ReturnType<typeof heredocNames>): boolean {
  const lines = text.split('\n').slice(1)
  let at = 0
  for (const { name, stripsTabs } of names) {
    const end = lines.findIndex((line, index) => index >= at && (stripsTabs ? line.replace(/^\t+/, '') : line) === name)
    if (end === -1) return false
    at = end + 1
  }
  return at === lines.length
}

function* inHeredoc(start: string, text: string): Generator<string> {
  const lines = text.split('\n')
  let name = 'EOF'
  while (lines.includes(name)) name = `${name}_`
  yield `${start} <<${name}`
  for (const line of lines) yield shown(line)
  yield name
}

/** Pieces of a long command: at tabs, where the Dockerfile had a new line, and at `&&` and `;` outside of quotes. */
function folded(text: string): readonly string[] {
  const pieces: string[] = []
  let from = 0
  for (const at of foldable(text)) {
    const isTab = text[at] === '\t'
    // A fold inside a short line is no help; a tab shows that the author folded the line.
    if (!isTab && (text.length <= WIDE || text.length - from <= WIDE / 2)) continue
    const piece = text.slice(from, at).trimEnd()
    // Behind a backslash a fold would be another escape, before # it would begin a comment.
    if (piece.endsWith('\\') || /^\s*#/.test(text.slice(at))) continue
    pieces.push(piece)
    from = at
  }
  const rest = [...pieces, text.slice(from)]
  return rest.map((piece, index) => (index === 0 ? piece : piece.trimStart())).filter(piece => piece !== '')
}

/** Where a blank outside of quotes may become a continuation: before a tab, before `&&`, behind `;`. */
function* foldable(text: string): Generator<number> {
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? ''
    if (character === '\\' && quote !== "'") at++
    else if (quote !== '') quote = character === quote ? '' : quote
    else if (character === '"' || character === "'") quote = character
    else if (character === '\t' && /[\s;]/.test(text[at - 1] ?? '')) yield at
    else if (character === ' ' && (text.startsWith('&& ', at + 1) || text[at - 1] === ';')) yield at
  }
}
