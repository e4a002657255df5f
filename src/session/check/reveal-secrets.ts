import type { Finding } from '../../check/finding.ts'
import type { LayerScan } from '../../check/layer-scan.ts'
import { documentSecrets } from '../../check/secret/document-secrets.ts'
import { SecretScanner } from '../../check/secret/secret-scanner.ts'
import type { Image } from '../../image/load.ts'
import { at, entryPath } from '../../layer/changeset.ts'
import type { KnownLayer } from '../../layer/reading.ts'
import { layerAt } from '../layer-access.ts'
import type { Session } from '../session.ts'

/** The secrets of findings by their fingerprints, as they lie in the file: for --show-secrets, and for nothing but a person's screen. */
export type RevealedSecrets = ReadonlyMap<string, readonly string[]>

/** The file of a finding and the secrets there that it counts. */
type Wanted = { readonly layer: number; readonly entry: number; readonly sums: readonly string[] }

/**
 * Reads the secrets that findings are about once more, from where they lie: no scan keeps them. Of "N more" there is none.
 * @throws ImageError as `Session.readFilesInOnePass`
 */
export async function revealSecrets(
  { session, image }: { readonly session: Pick<Session, 'readFilesInOnePass'>; readonly image: Image },
  {
    readings,
    scans,
  }: { readonly readings: readonly (KnownLayer | undefined)[]; readonly scans: readonly Pick<LayerScan, 'files'>[] },
  findings: readonly Finding[],
  signal: AbortSignal,
): Promise<RevealedSecrets> {
  const ofSecrets = findings.filter(({ id, evidence }) => id.startsWith('secret/') && evidence.sha256 !== undefined)
  const files = new Map(
    ofSecrets.flatMap(finding => {
      const wanted = fileOf(finding, scans)
      return wanted === undefined ? [] : [[finding, wanted] as const]
    }),
  )
  const secrets = new Map<string, string>()
  if (ofSecrets.some(finding => !files.has(finding)))
    for (const _ of documentSecrets(image, (sha256, secret) => secrets.set(sha256, secret)));
  const scanner = new SecretScanner([], (sha256, secret) => secrets.set(sha256, Buffer.from(secret, 'latin1').toString()))
  for (const [layer, wanted] of Map.groupBy(files.values(), each => each.layer)) {
    const reading = readings[layer]
    if (reading === undefined) continue
    const { changeset } = reading
    const entries = [...new Set(wanted.map(({ entry }) => entry))]
    for await (const { entry, bytes } of session.readFilesInOnePass(layerAt(image, layer).blob, reading, entries, signal)) {
      scanner.begin(entryPath(changeset, entry), at(changeset.sizes, entry))
      for await (const { buffer, byteOffset, byteLength } of bytes) scanner.data(Buffer.from(buffer, byteOffset, byteLength))
      scanner.end()
    }
  }
  return new Map(
    ofSecrets.map(finding => {
      const sums = files.get(finding)?.sums ?? [finding.evidence.sha256 ?? '']
      return [finding.fingerprint, sums.flatMap(sha256 => secrets.get(sha256) ?? [])]
    }),
  )
}

/** Undefined for what the documents say. */
function fileOf({ id, layer, path, evidence }: Finding, scans: readonly Pick<LayerScan, 'files'>[]): Wanted | undefined {
  if (layer === null || path === null) return undefined
  const file = scans[layer]?.files.find(({ hits }) =>
    hits.some(hit => hit.rule === id && hit.evidence.sha256 === evidence.sha256),
  )
  if (file === undefined) return undefined
  const sums = file.hits.filter(({ rule }) => rule === id).map(hit => hit.evidence.sha256)
  return { layer, entry: file.entry, sums: [...new Set(sums)] }
}
