/**
 * Edits a JSON document in its text: other parts stay as they were written, byte for byte, unknown fields, number
 * spellings, white space and order included. `JSON.parse` and back would round large numbers and reformat the rest.
 *
 * The text is binary (one character per byte): JSON's own marks are ASCII.
 * It must be valid JSON: the document's reader has parsed it already.
 */
export type RawJson = string & { readonly __rawJson: unique symbol }

/**
 * As JSON text that is sent must be (RFC 8259, section 8.1): without a byte order mark, and UTF-8. Other bytes become U+FFFD, which is
 * what Go's readers and `parseJson` take them for.
 */
export function rawJson(bytes: Uint8Array): RawJson {
  return Buffer.from(new TextDecoder().decode(bytes)).toString('latin1').trim() as RawJson
}

export function rawJsonBytes(text: RawJson): Buffer {
  return Buffer.from(text, 'latin1')
}

/** A value of our own as raw text. */
export function toRaw(value: unknown): RawJson {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('latin1') as RawJson
}

export function fromRaw(text: RawJson): unknown {
  return JSON.parse(Buffer.from(text, 'latin1').toString('utf8'))
}

type Member = { readonly key: string; readonly keyStart: number; readonly start: number; readonly end: number }

/** The text of a member's value; the last one where a key is repeated, as JSON.parse takes it. */
export function member(object: RawJson, key: string): RawJson | undefined {
  const found = membersOf(object).findLast(each => each.key === key)
  return found === undefined ? undefined : (object.slice(found.start, found.end) as RawJson)
}

/** Keys of an object in the order of the text; none for what is not an object. */
export function keys(object: RawJson): readonly string[] {
  return [...new Set(membersOf(object).map(each => each.key))]
}

/** The values of an object by their keys, as `member` gives each of them, in one pass. */
export function membersByKey(object: RawJson): ReadonlyMap<string, RawJson> {
  return new Map(membersOf(object).map(({ key, start, end }) => [key, object.slice(start, end) as RawJson]))
}

/**
 * `object` with one field set, added at the end, or removed where `value` is undefined. Spellings in other cases go with it, and
 * all but one of a field that is repeated: Go's readers take the last of any case, so each would undo the edit.
 */
export function withMember(object: RawJson, key: string, value: RawJson | undefined): RawJson {
  const all = membersOf(object)
  const named = all.filter(each => foldedName(each.key) === foldedName(key))
  const [only] = named
  if (only === undefined) return value === undefined ? object : appended(object, all.at(-1), [[key, value]])
  if (named.length === 1 && only.key === key && value !== undefined)
    return `${object.slice(0, only.start)}${value}${object.slice(only.end)}` as RawJson
  const last = named.at(-1)
  const text = value === undefined ? undefined : `${toRaw(key)}:${value}`
  return replacedMembers(object, all, new Map(named.map(each => [each, each === last ? text : undefined])))
}

/** The same for a map, whose keys differ in their case, and for several of its keys in one pass. */
export function withKeys(object: RawJson, values: ReadonlyMap<string, RawJson | undefined>): RawJson {
  const all = membersOf(object)
  const lasts = new Map(all.filter(({ key }) => values.has(key)).map(each => [each.key, each]))
  const texts = new Map<Member, string | undefined>()
  for (const each of all) {
    if (!values.has(each.key)) continue
    const value = lasts.get(each.key) === each ? values.get(each.key) : undefined
    // The key stays as it was spelt.
    texts.set(each, value === undefined ? undefined : `${object.slice(each.keyStart, each.start)}${value}`)
  }
  const changed = texts.size === 0 ? object : replacedMembers(object, all, texts)
  const added = [...values].flatMap(([key, value]) => (value === undefined || lasts.has(key) ? [] : [[key, value] as const]))
  return added.length === 0 ? changed : appended(changed, membersOf(changed).at(-1), added)
}

/** As Go's encoding/json compares field names: `ſ` is an s, the sign of the kelvin a k. */
export function foldedName(name: string): string {
  return name.toUpperCase().toLowerCase()
}

/** Puts a member that is not there at the end. */
function appended(object: RawJson, last: Member | undefined, added: readonly (readonly [string, RawJson])[]): RawJson {
  const place = last === undefined ? object.indexOf('{') + 1 : last.end
  const text = added.map(([key, value]) => `${toRaw(key)}:${value}`).join(',')
  return `${object.slice(0, place)}${last === undefined ? '' : ','}${text}${object.slice(place)}` as RawJson
}

/** Gives members other values, or leaves them out, each with the comma that joined it, where the value is undefined; one pass, however many. */
function replacedMembers(object: RawJson, all: readonly Member[], values: ReadonlyMap<Member, string | undefined>): RawJson {
  const kept: string[] = []
  all.forEach((each, index) => {
    const before = all[index - 1]
    const joined = kept.length === 0 ? '' : object.slice(before?.end ?? each.keyStart, each.keyStart)
    const value = values.get(each)
    if (!values.has(each)) kept.push(`${joined}${object.slice(each.keyStart, each.end)}`)
    else if (value !== undefined) kept.push(`${joined}${value}`)
  })
  return `${object.slice(0, all[0]?.keyStart)}${kept.join('')}${object.slice(all.at(-1)?.end)}` as RawJson
}

/** The texts of an array's elements; none for what is not an array. */
export function elements(array: RawJson | undefined): readonly RawJson[] {
  if (array?.[0] !== '[') return []
  const found: RawJson[] = []
  for (let at = skipSpace(array, 1); at < array.length && array[at] !== ']'; ) {
    const end = skipValue(array, at)
    found.push(array.slice(at, end) as RawJson)
    at = skipSpace(array, end)
    if (array[at] === ',') at = skipSpace(array, at + 1)
  }
  return found
}

export function rawArray(items: readonly RawJson[]): RawJson {
  return `[${items.join(',')}]` as RawJson
}

export function isRawObject(text: RawJson | undefined): text is RawJson {
  return text?.[0] === '{'
}

/** The members of an object in the order of the text, repeated ones too; none for what is not an object. */
export function membersOf(object: RawJson): readonly Member[] {
  if (!isRawObject(object)) return []
  const found: Member[] = []
  for (let at = skipSpace(object, 1); at < object.length && object[at] !== '}'; ) {
    const keyEnd = skipValue(object, at)
    const start = skipSpace(object, skipSpace(object, keyEnd) + 1)
    const end = skipValue(object, start)
    found.push({ key: String(fromRaw(object.slice(at, keyEnd) as RawJson)), keyStart: at, start, end })
    at = skipSpace(object, end)
    if (object[at] === ',') at = skipSpace(object, at + 1)
  }
  return found
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++
  return at
}

/** The place after the value that begins at `from`: nesting is counted, not recursed into, so depth costs nothing. */
function skipValue(text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length; ) {
    const mark = text[at]
    if (mark === '"') at = skipString(text, at)
    else if (mark === '{' || mark === '[') {
      depth++
      at++
    } else if (mark === '}' || mark === ']') {
      depth--
      at++
    } else if (depth > 0) at++
    else return skipScalar(text, at)
    if (depth === 0) return at
  }
  return text.length
}

function skipScalar(text: string, from: number): number {
  SCALAR_END.lastIndex = from
  return SCALAR_END.exec(text)?.index ?? text.length
}

const SCALAR_END = /[,\]}\s]/g

function skipString(text: string, from: number): number {
  let at = from + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}
