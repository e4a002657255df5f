import { summaryLines } from '../../artifact/summary/summary-lines.ts'
import { sizeOfBlobs } from '../../blob/descriptor.ts'
import { shortDigest } from '../../blob/digest.ts'
import { escapeText } from '../../escape.ts'
import { artifactWords } from '../../format/artifact-words.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath } from '../../layer/file-path.ts'
import type { ArtifactFacts, ArtifactFile } from '../../session/artifact/artifact-facts.ts'
import type { ChosenImage } from '../../session/opened-image.ts'
import type { Paint } from '../run/paint.ts'
import { clipped } from './file-line.ts'

/** `peel inspect` of what is no image, for people: what it is, its blobs, what their headers say. */
export function artifactText({ session, image }: ChosenImage, facts: ArtifactFacts, paint: Paint, columns: number): string[] {
  const size = sizeOfBlobs(image.layers)
  const count = image.layers.length
  const line = (name: string, value: string) =>
    `  ${paint('dim', escapeText(name).padEnd(12))} ${clipped(value, Math.max(40, columns - 15))}`
  const { annotations } = image.manifest.value
  return [
    paint('bold', `${escapeText(session.reference)} › an artifact, not an image`),
    line('artifact', facts.type),
    line('size', `${formatSize(size)} · ${count} ${count === 1 ? 'blob' : 'blobs'}`),
    line('digest', image.descriptor.digest),
    line('type', image.manifest.value.mediaType),
    ...(image.manifest.value.subject === undefined ? [] : [line('about', image.manifest.value.subject.digest)]),
    ...Object.entries(annotations)
      .slice(0, 40)
      .map(([name, value]) => line('annotation', `${name}=${value}`)),
    ...(facts.settings === undefined ? [] : ['', ...summaryLines(facts.settings).map(([name, value]) => line(name, value))]),
    '',
    paint('dim', '  #      size  digest        kind         name'),
    ...facts.files.map(file => fileLine(file)),
    ...facts.files.flatMap(file => summaryText(file, paint, line)),
  ]
}

function fileLine({ part, kind, tree, encrypted }: ArtifactFile): string {
  const { blob, position, path } = part
  const what = encrypted ? 'encrypted' : tree ? 'tree' : (kind ?? '')
  const name = tree ? escapeText(blob.mediaType) : displayPath(path)
  return `${String(position + 1).padStart(3)}  ${formatSize(blob.size).padStart(8)}  ${shortDigest(blob.digest)}  ${what.padEnd(11)}  ${name}`
}

function summaryText(
  { part, summary, proven }: ArtifactFile,
  paint: Paint,
  line: (name: string, value: string) => string,
): string[] {
  if (summary === undefined) return []
  const note = proven ? '' : paint('dim', '  (its beginning was read; not proven by its digest)')
  const title = summary.kind === 'statement' ? artifactWords(summary.predicateType ?? 'in-toto') : summary.kind
  return [
    '',
    `${paint('bold', displayPath(part.path))}: ${escapeText(title)}${note}`,
    ...summaryLines(summary).map(([name, value]) => line(name, value)),
  ]
}
