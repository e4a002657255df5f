import type { Compression, Family } from '../blob/media-type.ts'
import { cleanPath, displayPath, type FilePath, pathBytes, pathText, ROOT, typedPath } from '../layer/file-path.ts'
import { isPresetName, PRESETS, type PresetName } from './preset.ts'
import { formatSetting, parseSetting } from './setting.ts'

/** One wish about an image; a plan is a list of them. Positions are base 0, both ends included. */
export type Edit =
  /** Without a range: everything. */
  | {
      readonly type: 'squash'
      readonly from?: number
      readonly to?: number
      /** A range of one layer writes it anew: names it has twice are there once then. */
      readonly anew?: boolean
    }
  | { readonly type: 'drop-layer'; readonly position: number }
  /** From every layer, so that the bytes are gone: a path with all below it, what a filter keeps, or a preset's litter. */
  | { readonly type: 'remove'; readonly path: string }
  /** The same for a name that is not UTF-8: its bytes. */
  | { readonly type: 'remove'; readonly pathBase64: string }
  | { readonly type: 'remove'; readonly expression: string }
  | { readonly type: 'remove'; readonly preset: PresetName }
  /** A path where the image has it, else a filter expression: what a person types without saying which. */
  | { readonly type: 'remove'; readonly match: string }
  /** As `--set` takes it: `env.NAME=VALUE`. */
  | { readonly type: 'set'; readonly setting: string }
  /** No time in a layer after this one; seconds since the epoch. */
  | { readonly type: 'clamp-times'; readonly to: number }
  /** How layers that are written are compressed; `every`: kept ones too; `plain`: of the kept ones those that are not compressed. */
  | {
      readonly type: 'compress'
      readonly compression: Compression
      readonly level?: number
      readonly every?: boolean
      readonly plain?: boolean
    }
  | { readonly type: 'format'; readonly family: Family }
  /**
   * Images of an index that are rewritten, as `os/architecture[/variant]`; the others are kept as they are, or left out. One that
   * is left alone needs no index.
   */
  | { readonly type: 'platforms'; readonly platforms: readonly string[]; readonly others?: 'keep' | 'drop' }
  /** Attestations that name a digest which is no more: `drop` is what happens unasked. */
  | { readonly type: 'attestations'; readonly action: 'drop' | 'carry' }
  | { readonly type: 'keep-subject' }
  | RebaseEdit

/**
 * Another base in place of the old one, which the image's annotations name where it is not given. `accept`: package databases that may hide
 * the new base's. Other edits are carried out after it; their positions are those of the image as it is.
 */
export type RebaseEdit = {
  readonly type: 'rebase'
  readonly newBase: string
  readonly oldBase?: string
  readonly accept?: readonly string[]
}

/** The edit that removes a path, whatever bytes its name is made of. */
export function removalOf(path: FilePath): Extract<Edit, { type: 'remove' }> {
  const text = pathText(path)
  return text === undefined ? { type: 'remove', pathBase64: pathBytes(path).toString('base64') } : { type: 'remove', path: text }
}

/** The path that an edit names, for one that names a path and nothing else. */
export function removedPath(edit: Edit): FilePath | undefined {
  if (edit.type !== 'remove') return undefined
  if ('pathBase64' in edit) return cleanPath(Buffer.from(edit.pathBase64, 'base64'))
  return 'path' in edit ? typedPath(edit.path) : undefined
}

/** The edit in words, for a plan that is shown. */
export function describeEdit(edit: Edit): string {
  switch (edit.type) {
    case 'squash':
      return edit.from === undefined && edit.to === undefined ? 'squash all layers' : `squash layers ${layerRange(edit)}`
    case 'drop-layer':
      return `drop layer ${edit.position + 1}`
    case 'remove':
      if ('path' in edit) return `remove /${edit.path.replace(/^\/+/, '')}`
      if ('pathBase64' in edit) return `remove /${displayPath(removedPath(edit) ?? ROOT)}`
      if ('match' in edit) return `remove ${edit.match}`
      return 'preset' in edit ? `remove ${PRESETS[edit.preset].title}` : `remove what matches ${edit.expression}`
    case 'set':
      return `set ${formatSetting(parseSetting(edit.setting))}`
    case 'clamp-times':
      return `no time after ${new Date(edit.to * 1000).toISOString()}`
    case 'compress':
      return `compress ${edit.every === true ? 'every layer' : 'what is written'} with ${formatCompression(edit)}`
    case 'format':
      return edit.family === 'oci' ? 'OCI media types' : 'Docker media types'
    case 'platforms':
      return `${edit.others === 'drop' ? 'only' : 'rewrite'} ${edit.platforms.join(', ')}${edit.others === 'drop' ? '' : ', other platforms stay'}`
    case 'attestations':
      return `${edit.action} attestations of the old digest`
    case 'keep-subject':
      return 'keep the subject'
    case 'rebase':
      return `put it on ${edit.newBase}${edit.oldBase === undefined ? '' : ` instead of ${edit.oldBase}`}`
  }
}

function layerRange({ from, to }: { readonly from?: number; readonly to?: number }): string {
  if (from === undefined) return `up to ${(to ?? 0) + 1}`
  return to === undefined ? `from ${from + 1}` : `${from + 1} to ${to + 1}`
}

function formatCompression({ compression, level }: { readonly compression: Compression; readonly level?: number }): string {
  return level === undefined ? compression : `${compression}:${level}`
}

/** The fault of a value that should be an edit, in words; undefined for a good one. Plans come from files. */
export function editProblem(value: Readonly<Record<string, unknown>>): string | undefined {
  const check = typeof value['type'] === 'string' && Object.hasOwn(CHECKS, value['type']) ? CHECKS[value['type']] : undefined
  if (check === undefined) return `its type is none of ${Object.keys(CHECKS).join(', ')}`
  return check(value)
}

type Check = (edit: Readonly<Record<string, unknown>>) => string | undefined

const isPosition = (value: unknown) => typeof value === 'number' && Number.isInteger(value) && value >= 0
const isText = (value: unknown) => typeof value === 'string' && value !== ''
const isBase64 = (value: unknown) => typeof value === 'string' && /^[A-Za-z0-9+/]+={0,2}$/.test(value)
const optional = (value: unknown, test: (value: unknown) => boolean) => value === undefined || test(value)

const CHECKS: Readonly<Record<string, Check>> = {
  squash: ({ from, to, anew }) => {
    if (!optional(anew, item => typeof item === 'boolean')) return '"anew" is true or false'
    return optional(from, isPosition) && optional(to, isPosition) ? undefined : '"from" and "to" are positions from 0'
  },
  'drop-layer': ({ position }) => (isPosition(position) ? undefined : '"position" is a position from 0'),
  remove: ({ path, pathBase64, expression, preset, match }) => {
    if ([path, pathBase64, expression, preset, match].filter(each => each !== undefined).length !== 1)
      return 'it takes one of "path", "pathBase64", "expression", "preset" and "match"'
    if (preset !== undefined) return isPresetName(preset) ? undefined : `"preset" is none of ${Object.keys(PRESETS).join(', ')}`
    if (pathBase64 !== undefined) return isBase64(pathBase64) ? undefined : '"pathBase64" is not Base64'
    return isText(path ?? expression ?? match) ? undefined : 'its text is empty'
  },
  set: ({ setting }) => {
    if (typeof setting !== 'string') return '"setting" is KEY=VALUE'
    try {
      parseSetting(setting)
      return undefined
    } catch (thrown) {
      return thrown instanceof Error ? thrown.message : String(thrown)
    }
  },
  'clamp-times': ({ to }) =>
    typeof to === 'number' && Number.isSafeInteger(to) ? undefined : '"to" is whole seconds since 1970',
  compress: ({ compression, level, every, plain }) => {
    if (compression !== 'gzip' && compression !== 'zstd' && compression !== 'none') return '"compression" is gzip, zstd or none'
    if (!optional(level, isPosition)) return '"level" is a whole number'
    const flags = [every, plain].every(each => optional(each, item => typeof item === 'boolean'))
    return flags ? undefined : '"every" and "plain" are true or false'
  },
  format: ({ family }) => (family === 'oci' || family === 'docker' ? undefined : '"family" is oci or docker'),
  platforms: ({ platforms, others }) => {
    if (!Array.isArray(platforms) || platforms.length === 0 || !platforms.every(isText)) return '"platforms" is a list of names'
    return others === undefined || others === 'keep' || others === 'drop' ? undefined : '"others" is keep or drop'
  },
  attestations: ({ action }) => (action === 'drop' || action === 'carry' ? undefined : '"action" is drop or carry'),
  'keep-subject': () => undefined,
  rebase: ({ newBase, oldBase, accept }) => {
    if (!isText(newBase) || !optional(oldBase, isText)) return '"newBase" and "oldBase" are names of images'
    return optional(accept, list => Array.isArray(list) && list.every(isText)) ? undefined : '"accept" is a list of paths'
  },
}
