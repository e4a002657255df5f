import {
  any,
  count,
  delta,
  digest,
  type JsonSchema,
  list,
  map,
  object,
  oneOf,
  orNull,
  position,
  text,
  yes,
} from './json-schema.ts'

export const severity = oneOf('error', 'warning', 'info')
export const pointer = object({ digest, size: count })

export const diagnostic = object({
  code: text,
  severity,
  message: text,
  'layer?': position,
  'path?': text,
})

/** A path that is not UTF-8 has its bytes besides. */
export const PATH = { path: text, 'pathBase64?': text } as const

/** One line of `peel ls --json`, and both sides of a difference. */
export const file = object({
  ...PATH,
  type: oneOf('file', 'directory', 'symlink', 'character-device', 'block-device', 'fifo', 'hardlink', 'whiteout', 'opaque'),
  'change?': oneOf('added', 'modified', 'removed'),
  mode: { type: 'string', pattern: '^[0-7]{4,}$', description: 'permission bits in octal' },
  uid: delta,
  gid: delta,
  mtime: orNull(text),
  'size?': count,
  'sha256?': text,
  'target?': text,
  'targetBase64?': text,
  'device?': list(count),
  layer: position,
  'links?': list(text),
  'digest?': digest,
  'kind?': text,
  'xattrs?': map(text),
})

/** A layer of a result. */
export const resultLayer = object({
  position,
  action: oneOf('kept', 'written', 'dropped'),
  digest,
  size: count,
  'positions?': list(position),
  'read?': yes,
})

export const result = object({ digest, size: count, reference: orNull(text) })

/** The report of build, rebase, unpack --repack and index on the image they made. */
export const MADE: Readonly<Record<string, JsonSchema>> = {
  result,
  layers: list(object({ position, action: oneOf('kept', 'written', 'dropped'), digest, size: count })),
  changes: object({ added: count, modified: count, removed: count, unchanged: count }),
  conflicts: list(object({ kind: text, 'path?': text, 'key?': text, detail: text })),
  diagnostics: list(diagnostic),
}

export const config = orNull(any)
