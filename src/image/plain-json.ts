import { DOCUMENT_LIMIT } from '../blob/read.ts'
import { ImageError } from '../error.ts'
import {
  elements,
  foldedName,
  fromRaw,
  isRawObject,
  membersOf,
  type RawJson,
  rawArray,
  rawJson,
  rawJsonBytes,
  toRaw,
} from './raw-json.ts'

/** The members that objects of one kind have by their specification; an array is looked through. */
export type Shape = {
  readonly members: ReadonlyMap<string, Shape>
  /** The names of `members` by how they fold. */
  readonly folded: ReadonlyMap<string, string>
}

/** Any value: text, a map whose names are free, members that no specification has. */
const ANY: Shape = { members: new Map(), folded: new Map() }
/** A whole number. */
export const INTEGER: Shape = { members: new Map(), folded: new Map() }

/**
 * An object with members of these names, separated by spaces, that may be anything, and with `known` ones. Names are compared as Go's
 * encoding/json compares them, which takes a field in any case.
 */
export function shape(names: string, known: Readonly<Record<string, Shape>> = {}): Shape {
  const members = new Map(Object.entries(known))
  for (const name of names.split(' ')) members.set(name, ANY)
  const folded = new Map<string, string>()
  for (const name of members.keys()) folded.set(foldedName(name), name)
  return { members, folded }
}

/** How far below the document names that come twice are looked for: each level is read once for every level above it. */
const DEPTH_LIMIT = 12

/**
 * A document to edit, in a spelling that every reader understands alike: each name once, in the case of the specification, whole numbers
 * without a fraction or an exponent, text that is UTF-8. A name that is right counts before one in another case, and the last of several
 * like it. Every other byte stays. Without this an edit of `layers` would mean nothing to Go's readers where `Layers` follows it.
 */
export function plainJson(bytes: Uint8Array, shape: Shape): RawJson {
  return plainValue(rawJson(bytes), shape, 0)
}

/**
 * The bytes of a document that was edited. One that is longer than a document may be would be out of reach of every reader.
 * @throws ImageError `DOCUMENT_TOO_LARGE`
 */
export function documentBytes(text: RawJson): Buffer {
  const bytes = rawJsonBytes(text)
  if (bytes.length <= DOCUMENT_LIMIT) return bytes
  throw new ImageError(
    'DOCUMENT_TOO_LARGE',
    {
      action: 'write the document',
      why: `its ${bytes.length} bytes would be over the limit of ${DOCUMENT_LIMIT} for a document`,
    },
    { hint: 'Take labels, annotations or entries out of it.' },
  )
}

function plainValue(text: RawJson, shape: Shape, depth: number): RawJson {
  if (depth > DEPTH_LIMIT) return text
  if (isRawObject(text)) return plainObject(text, shape, depth)
  if (text[0] === '[') {
    const after: RawJson[] = []
    let changed = false
    for (const before of elements(text)) {
      const value = plainValue(before, shape, depth + 1)
      changed ||= value !== before
      after.push(value)
    }
    return changed ? rawArray(after) : text
  }
  return shape === INTEGER ? plainInteger(text) : text
}

function plainObject(text: RawJson, { members, folded }: Shape, depth: number): RawJson {
  const all: NamedMember[] = []
  const chosen = new Map<string, NamedMember>()
  for (const member of membersOf(text)) {
    const each = { ...member, name: nameIn(members, folded, member.key) }
    all.push(each)
    if (each.key === each.name || chosen.get(each.name)?.key !== each.name) chosen.set(each.name, each)
  }
  const parts: string[] = []
  let changed = false
  for (const each of all) {
    if (chosen.get(each.name) !== each) {
      changed = true
      continue
    }
    const before = text.slice(each.start, each.end) as RawJson
    const value = plainValue(before, members.get(each.name) ?? ANY, depth + 1)
    if (value === before && each.key === each.name) parts.push(text.slice(each.keyStart, each.end))
    else {
      changed = true
      parts.push(`${each.key === each.name ? text.slice(each.keyStart, each.start) : `${toRaw(each.name)}:`}${value}`)
    }
  }
  return changed ? (`{${parts.join(',')}}` as RawJson) : text
}

type NamedMember = ReturnType<typeof membersOf>[number] & { readonly name: string }

/** The name that a member is read by. */
function nameIn(members: Shape['members'], folded: Shape['folded'], key: string): string {
  if (members.size === 0 || members.has(key)) return key
  return folded.get(foldedName(key)) ?? key
}

function plainInteger(text: RawJson): RawJson {
  const value = fromRaw(text)
  return typeof value === 'number' && Number.isSafeInteger(value) && !/^-?\d+$/.test(text) ? (String(value) as RawJson) : text
}

/** The first name in a parsed document that is a specified one in another case; undefined where there is none. */
export function nameInOtherCase(value: unknown, { members, folded }: Shape): string | undefined {
  if (members.size === 0 || typeof value !== 'object' || value === null) return undefined
  const isList = Array.isArray(value)
  for (const [key, each] of Object.entries(value)) {
    const below = isList ? { members, folded } : members.get(key)
    if (below === undefined && folded.has(foldedName(key))) return key
    const found = below && nameInOtherCase(each, below)
    if (found !== undefined) return found
  }
  return undefined
}
