/** The fields of one stanza by their names in lower case; lines that go on keep their line break. */
export type Stanza = ReadonlyMap<string, string>

/**
 * Stanzas of `Name: value` lines with an empty line between them (deb822, Debian policy 5.1), as dpkg's databases, Python's METADATA
 * and jar manifests are written. Lines that begin with a blank go on; lines without a colon are passed over.
 */
export function* stanzas(text: string): Generator<Stanza> {
  let fields = new Map<string, string>()
  let name = ''
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf('\n', at)
    const end = newline === -1 ? text.length : newline
    const line = text.slice(at, text[end - 1] === '\r' && end > at ? end - 1 : end)
    at = end + 1
    if (line === '') {
      if (fields.size > 0) yield fields
      fields = new Map()
      name = ''
    } else if (line[0] === ' ' || line[0] === '\t') {
      if (name !== '') fields.set(name, `${fields.get(name)}\n${line.slice(1)}`)
    } else {
      const colon = line.indexOf(':')
      name = colon === -1 ? '' : line.slice(0, colon).toLowerCase()
      // The first of two wins, as dpkg has it.
      if (name !== '' && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim())
      else name = ''
    }
  }
  if (fields.size > 0) yield fields
}

/** Lines of a text without their ends. */
export function* lines(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf('\n', at)
    const end = newline === -1 ? text.length : newline
    yield text.slice(at, text[end - 1] === '\r' && end > at ? end - 1 : end)
    at = end + 1
  }
}
