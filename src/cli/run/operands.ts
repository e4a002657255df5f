/** Where the first word stands that is no option and no option's value; -1 where there is none. */
export function firstOperand(args: readonly string[], valued: ReadonlySet<string>): number {
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ''
    if (arg === '--') return at + 1 < args.length ? at + 1 : -1
    if (!arg.startsWith('-') || arg === '-') return at
    if (valued.has(arg)) at++
  }
  return -1
}

/** The words that are no options and no options' values. */
export function operandsOf(args: readonly string[], valued: ReadonlySet<string>): readonly string[] {
  const found: string[] = []
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ''
    if (arg === '--') return [...found, ...args.slice(at + 1)]
    if (valued.has(arg)) at++
    else if (!arg.startsWith('-') || arg === '-') found.push(arg)
  }
  return found
}
