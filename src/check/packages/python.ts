import { MOST_FILES, type OwnedFile, type PackageRecord } from './package-record.ts'
import { lines, stanzas } from './stanzas.ts'

/** The head of a `METADATA` or `PKG-INFO` (core metadata specification): what it is, without its files. */
export function parsePythonMetadata(text: string): Omit<PackageRecord, 'files'> | undefined {
  const [head] = stanzas(text)
  const name = head?.get('name')
  if (head === undefined || name === undefined || name === '') return undefined
  const licence = head.get('license-expression') ?? head.get('license')?.split('\n', 1)[0]
  const classified = /^Classifier: License :: (?:OSI Approved :: )?(.+)$/m.exec(text.slice(0, 64 * 1024))?.[1]
  const known = licence === undefined || licence === '' || licence === 'UNKNOWN' ? classified : licence
  return { type: 'python', name, version: head.get('version') ?? '', ...(known !== undefined && { licence: known.trim() }) }
}

/**
 * A wheel's `RECORD` (binary distribution format): path, digest and size of each file as CSV, paths relative to the directory that
 * the `.dist-info` lies in, some of them above it (`../../../bin/pip`).
 */
export function parsePythonRecord(text: string, siteDirectory: string): readonly OwnedFile[] {
  const files: OwnedFile[] = []
  for (const line of lines(text)) {
    const [name = '', hash = ''] = csvFields(line)
    if (name === '' || files.length >= MOST_FILES) continue
    const path = joined(siteDirectory, name)
    if (path === undefined) continue
    const [, algorithm, digest = ''] = /^(sha256|sha384|sha512)=([\w-]+)$/.exec(hash) ?? []
    if (algorithm === undefined) files.push({ path })
    else files.push({ path, digest: { algorithm: algorithm as 'sha256', hex: Buffer.from(digest, 'base64url').toString('hex') } })
  }
  return files
}

/** Fields of one line of CSV; a field in quotes may have commas in it, and quotes that are doubled. */
function csvFields(line: string): readonly string[] {
  if (!line.startsWith('"')) return line.split(',')
  const fields: string[] = []
  for (let at = 0; at <= line.length; ) {
    if (line[at] === '"') {
      const match = /"((?:[^"]|"")*)"(?:,|$)/y
      match.lastIndex = at
      const field = match.exec(line)
      if (field === null) return fields
      fields.push((field[1] ?? '').replaceAll('""', '"'))
      at = match.lastIndex
      if (!line.endsWith(',') && at >= line.length) break
    } else {
      const comma = line.indexOf(',', at)
      const end = comma === -1 ? line.length : comma
      fields.push(line.slice(at, end))
      at = end + 1
    }
  }
  return fields
}

/** Undefined where `..` leads out of the root: such a line is no file of the image. */
function joined(directory: string, name: string): string | undefined {
  const parts = name.startsWith('/') || directory === '' ? [] : directory.split('/')
  for (const part of name.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return undefined
  }
  return parts.join('/')
}
