import { summaryLines } from '../../artifact/summary/summary-lines.ts'
import { escapeText } from '../../escape.ts'
import { artifactWords } from '../../format/artifact-words.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath } from '../../layer/file-path.ts'
import type { ReferrerRow } from '../../session/referrer/referrer-rows.ts'
import type { ShownReferrer } from '../../session/referrer/shown-referrer.ts'
import type { Verdict } from '../../session/referrer/signature-verdict.ts'
import type { Paint } from '../run/paint.ts'
import { artifactJson, summaryJson } from './artifact-json.ts'
import { clipped } from './file-line.ts'

/** `peel referrers IMAGE --show N --json`. */
export function shownJson({ descriptor, via, tag }: ReferrerRow, { image, facts, verdicts }: ShownReferrer): object {
  return {
    digest: descriptor.digest,
    mediaType: descriptor.mediaType,
    artifactType: image.artifactType ?? null,
    via,
    ...(tag !== undefined && { tag }),
    annotations: image.manifest.value.annotations,
    artifact: artifactJson(facts),
    documents: facts.files.map(({ part, summary }, index) => ({
      position: part.position,
      digest: part.blob.digest,
      mediaType: part.blob.mediaType,
      annotations: part.blob.annotations ?? {},
      summary: summary === undefined ? null : summaryJson(summary),
      ...(verdicts[index] !== undefined && { signature: verdicts[index] }),
    })),
  }
}

const WORDS: Readonly<Record<Verdict, string>> = {
  right: 'right, by this key',
  wrong: 'WRONG: not by this key, or of something else',
  unsigned: 'nothing here is signed with such a key',
}

/** The same for people: every document of it, with all that its summary has. */
export function referrerText(
  row: ReferrerRow,
  { image, facts, verdicts }: ShownReferrer,
  paint: Paint,
  columns: number,
): string[] {
  const line = (name: string, value: string) =>
    name === ''
      ? `      ${escapeText(value)}`
      : `  ${paint('dim', name.padEnd(12))} ${clipped(value, Math.max(40, columns - 15))}`
  const { annotations } = image.manifest.value
  return [
    paint('bold', escapeText(artifactWords(row.artifactType || (image.artifactType ?? '')))),
    line('digest', row.descriptor.digest),
    line('type', image.artifactType ?? ''),
    ...Object.entries(annotations)
      .slice(0, 40)
      .map(([name, value]) => line('annotation', `${name}=${value}`)),
    ...facts.files.flatMap(({ part, summary }, index) => {
      const verdict = verdicts[index]
      return [
        '',
        `${paint('bold', displayPath(part.path))}  ${formatSize(part.blob.size)}  ${escapeText(part.blob.mediaType)}`,
        ...(summary === undefined
          ? [line('content', 'no summary: peel cat shows it')]
          : summaryLines(summary, { long: true }).map(([name, value]) => line(name, value))),
        ...(verdict === undefined
          ? []
          : [`  ${paint(verdict === 'right' ? 'green' : 'red', `${'verified'.padEnd(12)} ${WORDS[verdict]}`)}`]),
      ]
    }),
  ]
}
