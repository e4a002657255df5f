import { sizeOfBlobs } from '../../blob/descriptor.ts'
import type { BlobSource } from '../../blob/source.ts'
import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import type { Image } from '../../image/load.ts'
import { displayPath } from '../../layer/file-path.ts'
import { type Fact, fact, heading } from '../../line/facts.ts'
import { artifactConfig } from '../../session/artifact/artifact-config.ts'
import type { ArtifactFacts, ArtifactFile } from '../../session/artifact/artifact-facts.ts'
import { summaryFacts } from '../../state/content/summary-facts.ts'
import type { ArtifactPage } from '../../state/model/content.ts'

/** Annotations that are shown. */
const ANNOTATIONS = 40
/** Facts of one blob on the page of the whole; the file's own page has more. */
const SHORT = 60

/** Begins to read what an artifact says of itself, which the interface asks for as soon as it is open; opening waits for its config alone. */
export function beginDescribing(source: BlobSource, image: Image, signal: AbortSignal) {
  const config = artifactConfig(source, image, signal)
  const page = import('../../session/artifact/artifact-facts.ts')
    .then(({ artifactFacts }) => artifactFacts(source, image, signal, config))
    .then(facts => artifactPage(image, facts))
  page.catch(() => undefined)
  return { config, page: () => page }
}

/** The facts of an artifact as the interface shows them: the whole of it, then each of its files. */
export function artifactPage(image: Image, { type, settings, files, diagnostics }: ArtifactFacts): ArtifactPage {
  const { subject, annotations } = image.manifest.value
  const bytes = sizeOfBlobs(image.layers)
  const about = [
    fact('artifact', escapeText(type)),
    fact('size', `${formatSize(bytes)} in ${files.length} ${files.length === 1 ? 'blob' : 'blobs'}`),
    ...(subject === undefined ? [] : [fact('about', subject.digest, { digest: subject.digest })]),
    ...diagnostics.map(({ message }) => fact('notice', escapeText(message), { role: 'warning' })),
    ...(settings === undefined ? [] : [heading(KINDS[settings.kind]), ...summaryFacts(settings)]),
    ...section('Annotations', Object.entries(annotations).slice(0, ANNOTATIONS).map(annotationFact)),
    ...files.flatMap(file => (file.summary === undefined ? [] : [heading(nameOf(file)), ...fileFacts(file, false)])),
    ...section('Blobs', files.map(blobFact)),
  ]
  const summarised = files.flatMap(file =>
    file.summary === undefined ? [] : [[file.part.position, fileFacts(file, true)] as const],
  )
  return { about, files: new Map(summarised) }
}

const KINDS = {
  chart: 'Helm chart',
  model: 'Model',
  policy: 'Policy',
  'wasm-config': 'WebAssembly',
  config: 'Config',
} as const

function section(title: string, facts: readonly Fact[]): readonly Fact[] {
  return facts.length === 0 ? [] : [heading(title), ...facts]
}

function annotationFact([name, value]: readonly [string, string]): Fact {
  return fact(escapeText(name), escapeText(value))
}

const nameOf = ({ part, tree }: ArtifactFile) => (tree ? `blob ${part.position + 1}` : displayPath(part.path))

function blobFact(file: ArtifactFile): Fact {
  const { part, kind, tree, encrypted } = file
  const what = encrypted ? 'encrypted' : tree ? 'tree' : (kind ?? escapeText(part.blob.mediaType))
  return fact(nameOf(file), `${formatSize(part.blob.size)}  ${what}`)
}

function fileFacts({ summary, proven }: ArtifactFile, long: boolean): readonly Fact[] {
  if (summary === undefined) return []
  const isSigned = summary.kind === 'signature' || (summary.kind === 'statement' && summary.signatures !== undefined)
  const note = [
    ...(isSigned ? [fact('verified', 'not here: peel referrers IMAGE --show N --key FILE does')] : []),
    ...(proven ? [] : [fact('proven', 'no: its beginning was read alone')]),
  ]
  return [...summaryFacts(summary, long ? {} : { long: false, most: SHORT }), ...note]
}
