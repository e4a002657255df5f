import { isRecord } from '../../blob/descriptor.ts'
import { type FilePath, parentPath } from '../../layer/file-path.ts'
import type { PackageRecord } from './package-record.ts'

/** The package that a `node_modules/P/package.json` describes; undefined without name and version, and for JSON that is none. */
export function parseNpmPackage(text: string, path: FilePath): Omit<PackageRecord, 'files'> | undefined {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(text, 'latin1').toString('utf8'))
  } catch {
    return undefined
  }
  if (!isRecord(value) || typeof value['version'] !== 'string') return undefined
  const name = typeof value['name'] === 'string' ? value['name'] : parentPath(path).replace(/^(?:.*\/)?node_modules\//, '')
  const licence = licenceOf(value['license'] ?? value['licenses'])
  const depends = isRecord(value['dependencies']) ? Object.keys(value['dependencies']) : []
  return { type: 'npm', name, version: value['version'], ...(licence !== undefined && { licence }), depends }
}

/** An SPDX expression, or the older forms: an object with a type, or several of them. */
function licenceOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value
  if (Array.isArray(value)) {
    const all = value.map(licenceOf).filter(each => each !== undefined)
    return all.length === 0 ? undefined : all.join(' OR ')
  }
  return isRecord(value) ? licenceOf(value['type']) : undefined
}
