import type { PackageRecord } from './package-record.ts'
import { lines } from './stanzas.ts'

const MAGIC = Buffer.from('\xff Go buildinf:', 'latin1')
/** Where the version begins that is written out, as Go 1.18 and later do it. */
const INLINE = 32
const INLINE_FLAG = 2
/** The module text lies between two marks of sixteen bytes. */
const MARK = 16
const LONGEST = 4 * 1024 * 1024

/** The part of a program that `goModules` reads; undefined for what Go did not build. Views of `program`. */
export function goBuildInfo(program: Uint8Array): Uint8Array | undefined {
  const bytes = Buffer.from(program.buffer, program.byteOffset, program.byteLength)
  for (let at = bytes.indexOf(MAGIC); at !== -1; at = bytes.indexOf(MAGIC, at + 1)) {
    // Other programs that look for it have the magic, too: what follows tells.
    if (bytes.length < at + INLINE || ((bytes[at + 15] ?? 0) & INLINE_FLAG) === 0) continue
    const version = text(bytes, at + INLINE)
    const modules = version && text(bytes, version.end)
    if (modules !== undefined && bytes.toString('latin1', version?.start, version?.end).startsWith('go'))
      return bytes.subarray(at, modules.end)
  }
  return undefined
}

/**
 * The modules that a Go program was built from (runtime/debug.BuildInfo): the main one first, then what it depends on; a module that
 * was replaced is the one in its place.
 */
export function goModules(info: Uint8Array): readonly Omit<PackageRecord, 'files'>[] {
  const bytes = Buffer.from(info.buffer, info.byteOffset, info.byteLength)
  const version = text(bytes, INLINE)
  const modules = version && text(bytes, version.end)
  if (version === undefined || modules === undefined) return []
  const found: Omit<PackageRecord, 'files'>[] = []
  let main = ''
  for (const line of lines(bytes.toString('utf8', modules.start + MARK, modules.end - MARK))) {
    const [kind, name, moduleVersion = ''] = line.split('\t')
    if (name === undefined || name === '') continue
    if (kind === 'path') main = name
    if (kind !== 'mod' && kind !== 'dep' && kind !== '=>') continue
    if (kind === '=>') found.pop()
    found.push({ type: 'go', name, version: moduleVersion })
  }
  // Distributions build without modules: then the path of the program is all there is.
  if (found.length === 0 && main !== '') found.push({ type: 'go', name: main, version: '' })
  // `go1.22.1 X:experiment`: the part after the blank is no version.
  const [release = ''] = bytes.toString('latin1', version.start, version.end).split(' ', 1)
  return [...found, { type: 'go', name: 'stdlib', version: release }]
}

/** A string with its length before it, seven bits a byte, the lowest first. */
function text(bytes: Buffer, at: number): { readonly start: number; readonly end: number } | undefined {
  let [length, factor, start] = [0, 1, at]
  for (; start < bytes.length && start < at + 5; factor *= 128) {
    const byte = bytes[start++] ?? 0
    length += (byte & 0x7f) * factor
    if (byte < 0x80) return length > LONGEST || start + length > bytes.length ? undefined : { start, end: start + length }
  }
  return undefined
}
