import { type Digest, shortDigest, splitDigest } from '../../blob/digest.ts'
import { isFilesystemLayer, layerType } from '../../blob/media-type.ts'
import { escapeText } from '../../escape.ts'
import { formatCount } from '../../format/count.ts'
import { ageText } from '../../format/history-text.ts'
import { formatSize } from '../../format/size.ts'
import { paceWords } from '../../format/transfer-rate.ts'
import type { Layer } from '../../image/load.ts'
import { isListing, type LayerListing } from '../../layer/reading.ts'
import { type Fact, fact } from '../../line/facts.ts'
import { linkOf } from '../../line/link.ts'
import type { ChangeCounts } from '../../overlay/change-counts.ts'
import type { LayerProgress, OpenImage } from '../model/open-image.ts'

/** Everything that is known of a layer now. */
export function layerFacts(image: OpenImage, layer: Layer): readonly Fact[] {
  const { blob, position } = layer
  const history = image.image.steps.find(each => each.layer === position)?.history
  return [
    ...readingFacts(image, layer),
    fact('command', history?.createdBy === undefined ? 'not recorded' : escapeText(history.createdBy.trim())),
    ...createdFacts(history?.created),
    fact('digest', blob.digest, { digest: blob.digest, short: briefDigest(blob.digest) }),
    diffIDFact(image, layer),
    fact('media type', escapeText(blob.mediaType)),
    ...(history?.author ? [fact('author', escapeText(history.author))] : []),
    ...(history?.comment ? [fact('comment', escapeText(history.comment))] : []),
    ...Object.entries(blob.annotations ?? {}).map(([name, value]) => annotationFact(name, value)),
    ...noticed(image, position),
  ]
}

function annotationFact(name: string, value: string): Fact {
  const link = linkOf(value)
  return fact('annotation', `${escapeText(name)} = ${escapeText(value)}`, link === undefined ? {} : { link })
}

function createdFacts(created: string | undefined): readonly Fact[] {
  if (created === undefined) return []
  const age = ageText(created, Date.now())
  const ago = age === '' ? '' : `  (${age}${/^(now|future|epoch)$/.test(age) ? '' : ' ago'})`
  const minute = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.exec(created)?.[0].replace('T', ' ')
  return [fact('created', `${escapeText(created)}${ago}`, minute === undefined ? {} : { short: `${minute}${ago}` })]
}

/** The DiffID of the config beside that of the bytes. */
function diffIDFact(image: OpenImage, { position, diffID }: Layer): Fact {
  const progress = image.progress[position]
  const listed = progress?.status === 'read' && isListing(progress.reading)
  const read = progress?.status === 'read' && !isListing(progress.reading) ? progress.reading.diffID : undefined
  if (diffID === undefined)
    return fact('DiffID', read === undefined ? 'none in the config' : `${read}  computed; the config has none`)
  if (listed) return fact('DiffID', `${diffID}  not verified`, { digest: diffID, short: `${briefDigest(diffID)}  not verified` })
  if (read === undefined) return fact('DiffID', diffID, { digest: diffID, short: briefDigest(diffID) })
  if (read === diffID) {
    const word = progress?.status === 'read' && 'remembered' in progress.reading ? 'known from before' : 'verified'
    return fact('DiffID', `${diffID}  ${word}`, { digest: diffID, short: `${briefDigest(diffID)}  ${word}` })
  }
  return fact('DiffID', `${diffID}  WRONG: the bytes are ${read}`, { role: 'error' })
}

/** As much of a digest as people tell digests apart by; the copy menu and the IDs have all of it. */
function briefDigest(digest: Digest): string {
  return `${splitDigest(digest)[0]}:${shortDigest(digest)}`
}

/** `reading 45 % · 12.3 MB/s · 8 s left`, as far as it can be told. */
function farText(progress: LayerProgress | undefined): string {
  if (progress?.status !== 'reading') return 'waits to be read'
  const { done, total, pace } = progress
  return [`reading ${Math.floor((100 * done) / Math.max(1, total))} %`, ...paceWords(pace, total - done)].join(' · ')
}

function readingFacts(image: OpenImage, { position, blob }: Layer): readonly Fact[] {
  const progress = image.progress[position]
  if (progress?.status === 'failed') return [fact('unreadable', escapeText(progress.error.message), { role: 'error' })]
  if (progress?.status !== 'read') return [fact('size', `${formatSize(blob.size)} compressed; ${farText(progress)}`)]
  const { reading } = progress
  if (isListing(reading)) return listingFacts(image, position, reading)
  const declared = layerType(blob.mediaType)?.compression
  const odd = declared !== undefined && declared !== reading.compression ? `  (its media type says ${declared})` : ''
  const ratio = reading.size === 0 ? '' : `  ${(reading.tarSize / reading.size).toFixed(1)}×`
  const what = isFilesystemLayer(blob.mediaType) ? 'file system image' : 'tar'
  const packed = `${formatSize(reading.size)} ${reading.compression}${odd} → ${formatSize(reading.tarSize)} ${what}${ratio}`
  const isPlain = what !== 'tar' && reading.compression === 'none'
  return [
    fact('size', isPlain ? `${formatSize(reading.size)} ${what}, not compressed as a whole` : packed),
    fact('entries', entriesText(reading.changeset.length, image.analysis?.changes[position])),
    ...wasteFacts(image, position),
  ]
}

/** A layer that was listed by its table of contents: nothing is known of the tar around the files. */
function listingFacts(
  image: OpenImage,
  position: number,
  { size, compression, format, changeset }: LayerListing,
): readonly Fact[] {
  return [
    fact(
      'size',
      `${formatSize(size)} ${compression}; ${format === 'SOCI' ? 'listed by its SOCI index, not proven' : `listed by its ${format} table of contents`}; r reads it`,
    ),
    fact('entries', entriesText(changeset.length, image.analysis?.changes[position])),
    ...wasteFacts(image, position),
  ]
}

/** Their effects are known once the layers below are. */
function entriesText(count: number, changes: ChangeCounts | undefined): string {
  if (changes === undefined) return formatCount(count)
  const { added, modified, removed } = changes
  return `${formatCount(count)}: ${formatCount(added)} added · ${formatCount(modified)} modified · ${formatCount(removed)} removed`
}

function wasteFacts({ analysis }: OpenImage, position: number): readonly Fact[] {
  if (analysis === undefined || position >= analysis.layers) return []
  const [hidden, shipped] = [analysis.hidden[position] ?? 0, analysis.shipped[position] ?? 0]
  const share = shipped === 0 ? 0 : Math.round((100 * hidden) / shipped)
  const text =
    hidden === 0
      ? analysis.complete
        ? 'nothing that a later layer hides'
        : 'nothing so far'
      : `${formatSize(hidden)} of ${formatSize(shipped)} content, ${share} %, hidden by later layers${analysis.complete ? '' : ' so far'}`
  const caused = analysis.caused[position] ?? 0
  return [
    fact('hidden', text, hidden === 0 ? {} : { role: 'waste' }),
    fact(
      'hides',
      caused === 0 ? 'nothing below' : `${formatSize(caused)} that layers below ship`,
      caused === 0 ? {} : { role: 'modified' },
    ),
  ]
}

/** Diagnostics of this layer. */
function noticed(image: OpenImage, position: number): readonly Fact[] {
  const progress = image.progress[position]
  const own = progress?.status === 'read' ? progress.reading.changeset.diagnostics : []
  const all = [...image.diagnostics.filter(({ layer }) => layer === position), ...own]
  const shown = all
    .slice(0, NOTICED)
    .map(({ message, severity }) => fact('noticed', escapeText(message), severity === 'info' ? {} : { role: 'warning' }))
  return all.length > NOTICED ? [...shown, fact('noticed', `${all.length - NOTICED} more`)] : shown
}

const NOTICED = 20
