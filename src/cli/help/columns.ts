/** Two columns as lines of help: the first as wide as its widest text. */
export function columns(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}

/** Below this a column is too narrow to read: a line is then broken to its whole width. */
const NARROWEST = 24

/** The line broken at spaces where it is wider than `width`; the rest stands below its second column, or below its indentation. */
export function fitted(line: string, width = Number.POSITIVE_INFINITY): readonly string[] {
  if (line.length <= width) return [line]
  const beside = /^ *\S.*? {2,}(?=\S)/.exec(line)?.[0].length ?? 0
  const indent = /^ */.exec(line)?.[0].length ?? 0
  const hang = [beside, indent].find(each => each > 0 && width - each >= NARROWEST) ?? 0
  const lines: string[] = []
  let rest = line
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width)
    const at = space > Math.max(hang, indent) ? space : rest.indexOf(' ', width)
    if (at < 0) break
    lines.push(rest.slice(0, at).trimEnd())
    rest = `${' '.repeat(hang)}${rest.slice(at).trimStart()}`
  }
  return [...lines, rest]
}
