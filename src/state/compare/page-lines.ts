import type { LayerPair } from '../../compare/align-layers.ts'
import type { FieldDifference } from '../../compare/content/field-differences.ts'
import type { Growth } from '../../compare/growth.ts'
import type { PackageDifference } from '../../compare/package-differences.ts'
import type { ShownComparison } from '../../compare/show-comparison.ts'
import { escapeText } from '../../escape.ts'
import { countOf } from '../../format/count.ts'
import { formatDelta } from '../../format/delta.ts'
import { oneLine } from '../../format/file-text.ts'
import { formatSize } from '../../format/size.ts'
import type { Image } from '../../image/load.ts'
import { type Line, line, lineWidth, type Role, span } from '../../line/line.ts'
import { cut, padEnd, padStart } from '../../line/text.ts'
import { deltaRole } from './file-lines.ts'
import { commandOf, versionsText } from './summary-lines.ts'

const SIGNS = { digest: '=', diffId: '=', history: '~', similar: '~' } as const

export function layersHead(): Line {
  return line(span('     A    B   size A   size B        Δ  content  command', 'dim'))
}

/** One row of the layers of both: shared, another content, new or gone. */
export function layerLine(
  { before, after, how, delta }: LayerPair,
  { files }: ShownComparison,
  images: { readonly a: Image; readonly b: Image },
  width: number,
): Line {
  const sign = before === null ? '+' : after === null ? '-' : how === null ? '~' : SIGNS[how]
  const role: Role = sign === '=' ? 'dim' : sign === '+' ? 'added' : sign === '-' ? 'removed' : 'modified'
  const size = (image: Image, position: number | null) =>
    padStart(position === null ? '·' : formatSize(image.layers[position]?.blob.size ?? 0), 9)
  const number = (position: number | null) => padStart(position === null ? '·' : String(position + 1), 5)
  const content = (files?.layers.get(`a:${before}`)?.delta ?? 0) + (files?.layers.get(`b:${after}`)?.delta ?? 0)
  const start = line(
    span(`${sign}`, role),
    span(`${number(before)}${number(after)}`),
    span(`${size(images.a, before)}${size(images.b, after)}`, 'number'),
    span(padStart(delta === 0 ? '·' : formatDelta(delta), 9), deltaRole(delta)),
    span(padStart(content === 0 ? '·' : formatDelta(content), 9), deltaRole(content)),
  )
  const note = how === 'diffId' ? 'recompressed  ' : ''
  const command = after === null ? commandOf(images.a, before) : commandOf(images.b, after)
  return [
    ...start,
    span(`  ${note}`, 'dim'),
    span(cut(command, Math.max(0, width - lineWidth(start) - 2 - note.length)), role === 'dim' ? 'dim' : 'plain'),
  ]
}

/** A package: the bytes of its files, its kind and name, both versions. */
export function packageLine(difference: PackageDifference, width: number): Line {
  const { name, type, before, after, delta } = difference
  const role: Role = before === null ? 'added' : after === null ? 'removed' : 'modified'
  const start = line(
    span(padStart(delta === 0 ? '·' : formatDelta(delta), 9), deltaRole(delta)),
    span(`  ${padEnd(escapeText(type), 7)}`, 'dim'),
  )
  const left = width - lineWidth(start)
  const cells = Math.max(8, Math.min(32, Math.floor(left * 0.4)))
  return [
    ...start,
    span(`${padEnd(escapeText(name), cells)} `, role),
    span(cut(versionsText(difference), Math.max(0, left - cells - 1))),
  ]
}

/** The files of packages that differ in nothing but them, and of no package: with the packages they sum to the difference. */
export function packageRestLine({ delta, rows }: Growth, what: string): Line {
  return line(
    span(padStart(delta === 0 ? '·' : formatDelta(delta), 9), deltaRole(delta)),
    span(`  ${what}  ${countOf(rows, 'change')}`, 'dim'),
  )
}

/** A setting that differs, in as many rows as it takes: its path, then both values. */
export function settingLines({ path, before, after }: FieldDifference, width: number): readonly Line[] {
  const value = (setting: unknown) => (setting === undefined ? 'nothing' : oneLine(JSON.stringify(setting)))
  if (isTexts(before) && isTexts(after)) {
    const [mine, theirs] = [new Set(before), new Set(after)]
    const gone = before
      .filter(each => !theirs.has(each))
      .map(each => line(span(cut(`  - ${escapeText(each)}`, width), 'removed')))
    const fresh = after.filter(each => !mine.has(each)).map(each => line(span(cut(`  + ${escapeText(each)}`, width), 'added')))
    if (gone.length + fresh.length > 0) return [line(span(cut(escapeText(path), width), 'name')), ...gone, ...fresh]
  }
  return [
    line(span(cut(escapeText(path), width), 'name')),
    line(span(cut(`  - ${value(before)}`, width), 'removed')),
    line(span(cut(`  + ${value(after)}`, width), 'added')),
  ]
}

function isTexts(setting: unknown): setting is readonly string[] {
  return Array.isArray(setting) && setting.every(each => typeof each === 'string')
}
