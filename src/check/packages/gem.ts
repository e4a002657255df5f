import { baseName, type FilePath, LONGEST_NAME } from '../../layer/file-path.ts'
import type { PackageRecord } from './package-record.ts'

/**
 * A `specifications/N-V.gemspec` as RubyGems writes it: Ruby, of which only the assignments of strings are read, nothing is run. Name
 * and version fall back on the file's name, whose last dash before a digit parts them.
 */
export function parseGemspec(text: string, path: FilePath): Omit<PackageRecord, 'files'> | undefined {
  const [, byName, byVersion] = /^(.+?)-(\d[\w.]*(?:-[\w.-]+)?)\.gemspec$/.exec(baseName(path).slice(-LONGEST_NAME)) ?? []
  const head = text.slice(0, 64 * 1024)
  const assigned = (field: string) =>
    new RegExp(`^\\s{0,8}\\w+\\.${field}\\s{0,4}=\\s{0,4}["']([^"']{1,200})["']`, 'm').exec(head)?.[1]
  const name = assigned('name') ?? byName
  const version = assigned('version') ?? byVersion
  if (name === undefined || version === undefined) return undefined
  const listed = /^\s{0,8}\w+\.licenses\s{0,4}=\s{0,4}\[([^\]]{1,400})\]/m.exec(head)?.[1]?.match(/(?<=["'])[^"',]+(?=["'])/g)
  const licence = assigned('license') ?? listed?.join(' OR ')
  return { type: 'gem', name, version, ...(licence !== undefined && { licence }) }
}
