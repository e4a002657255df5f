import { escapeText } from '../escape.ts'
import { type BlobPointer, pointingTo } from './document.ts'
import { annotationsOf } from './named-digests.ts'
import type { RawJson } from './raw-json.ts'
import { withEntries, withoutEntries } from './setting.ts'

/** A manifest that an index's entry will point to. */
export type EntryTarget = BlobPointer & {
  /** Whether all its layers are zstd, which containers/image marks variants by. */
  readonly zstd?: boolean
  /** Digests of layers and configs that the manifest had before and has no more. */
  readonly without?: ReadonlySet<string>
}

const REFERENCE_DIGEST = 'vnd.docker.reference.digest'
const ZSTD_MARK = 'io.github.containers.compression.zstd'
/** Words about a manifest's very layers or bytes: lazy pulling, SOCI, checksums of what was packed. */
const BYTES =
  /^(?:containerd\.io\/snapshot\/|io\.containers\.(?:estargz|zstd-chunked)|com\.amazon\.soci\.|org\.opencontainers\.image\.enc\.)/

export type MovedEntry = { readonly entry: RawJson; readonly lost: readonly string[] }

/** An entry of an index made to point to a rebuilt manifest; fields about the old bytes go, and are named. */
export function movedEntry(entry: RawJson, target: EntryTarget, replaced: ReadonlyMap<string, EntryTarget>): MovedEntry {
  const gone = annotationsOf(entry).filter(([name, value]) => {
    if (name === REFERENCE_DIGEST) return false
    if (name === ZSTD_MARK) return target.zstd !== true
    return BYTES.test(name) || replaced.has(value) || target.without?.has(value) === true
  })
  const names = gone.map(([name]) => name)
  return { entry: withoutEntries(pointingTo(entry, target), 'annotations', names), lost: names.map(escapeText) }
}

/** Whether an annotation of the entry names the digest: it is about that image (buildkit's attestations, SOCI v2, others). */
export function isAbout(annotations: Readonly<Record<string, string>> | undefined, digest: string): boolean {
  return Object.values(annotations ?? {}).includes(digest)
}

/** An entry that is about rebuilt images, carried over: it names the new digests. */
export function renewedEntry(entry: RawJson, replaced: ReadonlyMap<string, EntryTarget>): RawJson {
  const renewed = annotationsOf(entry).flatMap(([name, value]) => {
    const target = replaced.get(value)
    return target === undefined ? [] : [[name, target.digest] as const]
  })
  return withEntries(entry, 'annotations', renewed)
}
