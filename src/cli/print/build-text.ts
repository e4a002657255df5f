import { layerType } from '../../blob/media-type.ts'
import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import type { BuildRun } from '../../session/make/build-run.ts'
import { resultReference } from '../../session/write/rebuild-run.ts'
import { jsonText } from '../run/json-text.ts'
import type { MadeLayerRow } from './made-json.ts'

/** Which layers the image has, and where it is. */
export function buildText({ built, destination, below }: BuildRun): readonly string[] {
  const { added, modified, removed, unchanged } = built.changes
  const rows = built.layers.map(({ words, blob, reading }, index) => {
    const number = String(below + index + 1).padStart(5)
    return `${number}  ${formatSize(blob.size).padStart(10)}  ${formatSize(reading.tarSize).padStart(10)}  ${escapeText(words)}`
  })
  const kept = below === 0 ? [] : [`${below === 1 ? '1 layer' : `${below} layers`} of the base ${below === 1 ? 'stays' : 'stay'}`]
  const where = resultReference(destination)
  return [
    '    #  compressed    unpacked  made of',
    ...kept.map(line => `       ${line}`),
    ...rows,
    `${added} added, ${modified} modified, ${removed} removed, ${unchanged} as the base has them`,
    `${where === null ? 'dry run: nothing was written' : `written to ${escapeText(where)}`}  ${built.root.digest}`,
  ]
}

/** The image as it would be made by hand: every document with its digest, children before what names them. */
export function explainBuild({ built, destination, below }: BuildRun): readonly string[] {
  const layers = built.layers.flatMap(({ words, blob, reading }, index) => [
    `Layer ${below + index + 1}: ${escapeText(words)}`,
    `  a tar of ${reading.tarSize} bytes with ${reading.changeset.length} entries; its sha256 is the DiffID that the config lists:`,
    `    ${reading.diffID}`,
    `  the blob is ${compressionWords(built.blobs[below + index]?.mediaType)}, ${blob.size} bytes, named by the sha256 of its bytes:`,
    `    ${blob.digest}`,
    '',
  ])
  const name = destination !== undefined && 'selector' in destination ? destination.selector.name : undefined
  const entry = {
    mediaType: built.root.mediaType,
    digest: built.root.digest,
    size: built.root.size,
    ...(built.root.platform !== undefined && { platform: built.root.platform }),
    ...(name !== undefined && { annotations: { 'org.opencontainers.image.ref.name': name } }),
  }
  return [
    ...(below === 0 ? [] : [`Layers 1 to ${below} are the base's, byte for byte.`, '']),
    ...layers,
    `Config, ${built.config.raw.byteLength} bytes; its sha256 is the image ID: ${built.config.blob.digest}`,
    ...indented(built.config.raw),
    '',
    `Manifest, ${built.manifest.byteLength} bytes; its sha256 is the image's digest: ${built.root.digest}`,
    ...indented(built.manifest),
    '',
    'A layout names the manifest in its index.json:',
    ...indented(Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [entry] }))),
    '  and says what it is in oci-layout: {"imageLayoutVersion":"1.0.0"}; every blob lies in blobs/sha256 under its digest.',
    '',
  ]
}

function compressionWords(mediaType: string | undefined): string {
  const compression = mediaType === undefined ? 'none' : (layerType(mediaType)?.compression ?? 'none')
  return compression === 'none' ? 'the tar itself' : `the tar compressed with ${compression}`
}

function indented(document: Uint8Array): readonly string[] {
  return jsonText(JSON.parse(Buffer.from(document).toString('utf8')), 2)
    .split('\n')
    .map(line => `  ${line}`)
}

/** All layers of the result, the base's first. */
export function buildRows({ built, below }: BuildRun): readonly MadeLayerRow[] {
  return built.blobs.map(({ digest, size }, position) => ({ digest, size, action: position < below ? 'kept' : 'written' }))
}
