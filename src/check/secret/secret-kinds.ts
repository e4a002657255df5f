import { CLOUD_KINDS } from './cloud-kinds.ts'
import { CREDENTIAL_FILES } from './credential-files.ts'
import { FORGE_KINDS } from './forge-kinds.ts'
import { JWT } from './jwt.ts'
import { PRIVATE_KEY } from './private-key.ts'
import type { FileKind, ValueKind } from './secret-kind.ts'
import { SERVICE_KINDS } from './service-kinds.ts'
import { DATABASE_PASSWORD, URL_PASSWORD } from './url-password.ts'

/** The more particular first: of two that see the same bytes the first one tells. */
export const VALUE_KINDS: readonly ValueKind[] = [
  PRIVATE_KEY,
  ...FORGE_KINDS,
  ...CLOUD_KINDS,
  ...SERVICE_KINDS,
  JWT,
  DATABASE_PASSWORD,
]

export const FILE_KINDS: readonly FileKind[] = [...CREDENTIAL_FILES, URL_PASSWORD]

/** Kinds that are looked for in the whole of a text that is in no file. */
export const TEXT_KINDS: readonly FileKind[] = [URL_PASSWORD]

/** The kinds of file that a path may be; for nearly all paths none, found out without a search. */
export function fileKindsFor(path: string): readonly FileKind[] {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase()
  const dot = name.lastIndexOf('.')
  const byName = BY_NAME.get(name)
  const byEnding = dot === -1 ? undefined : BY_ENDING.get(name.slice(dot))
  // `.env.production` ends in a word of its own.
  const dotenv = name.startsWith('.env.') ? BY_NAME.get('.env') : undefined
  if (byName === undefined && byEnding === undefined && dotenv === undefined) return NONE
  const kinds = new Set([...(byName ?? NONE), ...(byEnding ?? NONE), ...(dotenv ?? NONE)])
  return [...kinds].filter(kind => kind.path?.test(path) ?? true)
}

const NONE: readonly FileKind[] = []
const BY_NAME = grouped(kind => kind.names)
const BY_ENDING = grouped(kind => kind.endings?.map(ending => ending.slice(ending.lastIndexOf('.'))) ?? [])

function grouped(keys: (kind: FileKind) => readonly string[]): ReadonlyMap<string, readonly FileKind[]> {
  const groups = new Map<string, FileKind[]>()
  for (const kind of FILE_KINDS) for (const key of keys(kind)) groups.set(key, [...(groups.get(key) ?? []), kind])
  return groups
}
