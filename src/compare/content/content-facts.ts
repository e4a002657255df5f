import { readCertificates } from '../../blob/certificate.ts'
import { parseJson } from '../../blob/json.ts'
import { arMembers } from './ar-members.ts'
import { elfSections } from './elf-sections.ts'
import { fieldDifferences } from './field-differences.ts'
import { tarMembers } from './tar-members.ts'
import { zipMembers } from './zip-directory.ts'

/** One part of a file that two versions have differently; undefined on the side that has none. Texts are as the file has them. */
export type ContentFact = {
  readonly kind: 'section' | 'member' | 'key' | 'certificate'
  readonly name: string
  readonly before: string | undefined
  readonly after: string | undefined
}

/** More parts of one file are not told. */
const MOST_FACTS = 1000

/** The parts that differ, for formats that have some: sections of ELF files, members of archives, keys of JSON, certificates. */
export function changedParts(before: Buffer, after: Buffer): readonly ContentFact[] {
  for (const parts of [sections, members, keys, certificates]) {
    const found = parts(before, after)
    if (found !== undefined) return found.slice(0, MOST_FACTS)
  }
  return []
}

function sections(before: Buffer, after: Buffer): readonly ContentFact[] | undefined {
  const [mine, theirs] = [elfSections(before), elfSections(after)]
  if (mine === undefined || theirs === undefined) return undefined
  const table = (all: typeof mine) => all.map(({ name, size, bytes }) => ({ name, bytes, text: `${size} bytes` }))
  return differingParts('section', table(mine), table(theirs))
}

type Part = { readonly name: string; readonly text: string; readonly bytes: Buffer }

function members(before: Buffer, after: Buffer): readonly ContentFact[] | undefined {
  const [mine, theirs] = [membersOf(before), membersOf(after)]
  return mine && theirs && differingParts('member', mine, theirs)
}

function membersOf(bytes: Buffer): readonly Part[] | undefined {
  const size = (count: number) => `${count} bytes`
  const zip = zipMembers(bytes)?.map(({ name, size: length, crc }) => ({
    name,
    text: size(length),
    bytes: Buffer.from([crc >>> 24, crc >>> 16, crc >>> 8, crc]),
  }))
  if (zip !== undefined) return zip
  const ar = arMembers(bytes)?.map(each => ({
    name: each.name,
    text: size(each.size),
    bytes: bytes.subarray(each.content, each.content + each.size),
  }))
  return ar ?? tarMembers(bytes)?.map(({ entry, content }) => ({ name: entry.name, text: size(entry.size), bytes: content }))
}

/** By name; of several with one name the first to the first, the second to the second. */
function differingParts(kind: ContentFact['kind'], before: readonly Part[], after: readonly Part[]): readonly ContentFact[] {
  const [mine, theirs] = [Map.groupBy(before, ({ name }) => name), Map.groupBy(after, ({ name }) => name)]
  const facts: ContentFact[] = []
  for (const name of new Set([...mine.keys(), ...theirs.keys()])) {
    const [left, right] = [mine.get(name) ?? [], theirs.get(name) ?? []]
    for (let index = 0; index < Math.max(left.length, right.length); index++) {
      const [one, other] = [left[index], right[index]]
      if (one !== undefined && other !== undefined && one.text === other.text && one.bytes.equals(other.bytes)) continue
      facts.push({ kind, name, before: one?.text, after: other?.text })
    }
  }
  return facts
}

function keys(before: Buffer, after: Buffer): readonly ContentFact[] | undefined {
  const [mine, theirs] = [documentOf(before), documentOf(after)]
  if (mine === undefined || theirs === undefined) return undefined
  return fieldDifferences(mine, theirs).map(({ path, before: left, after: right }) => ({
    kind: 'key',
    name: path,
    before: left === undefined ? undefined : JSON.stringify(left),
    after: right === undefined ? undefined : JSON.stringify(right),
  }))
}

/** An object or a list; other JSON is a line of text. */
function documentOf(bytes: Buffer): unknown {
  if (bytes[0] !== 0x7b && bytes[0] !== 0x5b) return undefined
  try {
    return parseJson(bytes, 'the file').value
  } catch {
    return undefined
  }
}

function certificates(before: Buffer, after: Buffer): readonly ContentFact[] | undefined {
  const [mine, theirs] = [readCertificates(before), readCertificates(after)]
  if (mine.length === 0 || theirs.length === 0) return undefined
  const table = (all: typeof mine) =>
    all.map(({ subject, validTo, fingerprint256 }) => ({
      name: subject,
      text: `until ${validTo}`,
      bytes: Buffer.from(fingerprint256),
    }))
  return differingParts('certificate', table(mine), table(theirs))
}
