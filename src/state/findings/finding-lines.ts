import type { Finding, Severity } from '../../check/finding.ts'
import { editsFor } from '../../check/fixes.ts'
import type { RuleText } from '../../check/rule.ts'
import { commandText } from '../../format/history-text.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath } from '../../layer/file-path.ts'
import { type Line, line, type Role, span } from '../../line/line.ts'
import { padEnd, wrap } from '../../line/text.ts'
import { describeEdit } from '../../rebuild/edit.ts'
import type { OpenImage } from '../model/open-image.ts'

export function severityRole(severity: Severity): Role {
  return severity === 'info' ? 'dim' : severity
}

/** `layer 3`, `layer 3, hidden by 5`; nothing for what is about the documents. */
export function findingLayers({ layer, hiddenBy }: Finding): string {
  if (layer === null) return ''
  return hiddenBy === null || hiddenBy === layer ? `layer ${layer + 1}` : `layer ${layer + 1}, hidden by ${hiddenBy + 1}`
}

/** Cells of the names before the texts. */
const NAME = 11

/** All that is known of a finding: where it is, why it is one, what it must not be confused with, and what to do about it. */
export function findingLines(
  finding: Finding,
  text: RuleText | undefined,
  image: OpenImage | undefined,
  width: number,
): readonly Line[] {
  const { severity, id, title, detail, path, bytes, hiddenBytes, fix, inBase, layer } = finding
  const edits = editsFor(finding).map(describeEdit)
  const size =
    hiddenBytes === 0 || hiddenBytes === bytes
      ? formatSize(bytes)
      : `${formatSize(bytes)}, ${formatSize(hiddenBytes)} of it hidden`
  const step = image?.image.steps.find(each => each.layer === layer)
  const command = layer === null || step === undefined ? '' : commandText(step.history)
  return [
    ...wrap(title, width).map(row => line(span(row, severity === 'info' ? 'strong' : severity))),
    ...wrap(`${severity} · ${id}${inBase ? ' · the base image must change' : ''}`, width).map(row => line(span(row, 'dim'))),
    line(''),
    ...named('found', detail, width),
    ...named('file', path === null ? '' : `/${displayPath(path)}`, width),
    ...named('where', findingLayers(finding), width),
    ...named('made by', command, width),
    ...named('size', bytes === 0 ? '' : size, width),
    line(''),
    ...named('fix', fix, width),
    ...named('plan', edits.length === 0 ? 'No rebuild mends it: the build must change.' : `Space: ${edits.join(', ')}`, width),
    line(''),
    ...named('matches', text?.matches ?? '', width),
    ...named('leaves', text?.mustNotMatch ?? '', width),
    ...named('see', text?.references.join(', ') ?? '', width),
  ]
}

function named(name: string, text: string, width: number): readonly Line[] {
  if (text === '') return []
  const rows = text.split('\n').flatMap(each => wrap(each, Math.max(16, width - NAME)))
  return rows.map((row, index) => line(span(padEnd(index === 0 ? name : '', NAME), 'dim'), span(row)))
}
