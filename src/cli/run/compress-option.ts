import { InvalidArgumentError } from 'commander'
import type { Compression } from '../../blob/media-type.ts'
import type { Edit } from '../../rebuild/edit.ts'

/** `gzip`, `zstd`, `none`, with `:LEVEL`. */
export function parseCompress(typed: string): Extract<Edit, { type: 'compress' }> {
  const match = /^(gzip|zstd|none)(?::(\d{1,2}))?$/.exec(typed)
  if (match === null || (match[1] === 'none' && match[2] !== undefined)) {
    throw new InvalidArgumentError('It is gzip, zstd or none, with :LEVEL if wanted: gzip:6.')
  }
  const level = match[2] === undefined ? {} : { level: Number(match[2]) }
  return { type: 'compress', compression: match[1] as Compression, ...level }
}
