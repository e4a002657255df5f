import type { Severity } from '../finding.ts'
import type { FailOn } from '../report.ts'

/** Conditions of `gates:` in a `.peel.yaml`; each that is there is held. Sizes are bytes, exact ones of peel's own ledger. */
export type Gates = {
  /** Least share of shipped content that is alive. */
  readonly efficiency?: number
  /** Most hidden content bytes. */
  readonly hidden?: number
  readonly size?: { readonly compressed?: number; readonly content?: number }
  /** Most compressed bytes of a layer. */
  readonly layer?: number
  readonly layers?: number
  readonly growth?: GrowthLimit
  readonly findings?: FailOn
}

/** The growth that an image may have against another: bytes, or a share of the other's. */
export type GrowthLimit = {
  readonly against?: string
  readonly size: { readonly bytes: number } | { readonly share: number }
  /** Patterns of the files that count; all, by their compressed layers, where there are none. */
  readonly files: readonly string[]
}

/** Which layers are the base image's, as it is said rather than found. */
export type BaseWish =
  | { readonly kind: 'auto' | 'none' }
  | { readonly kind: 'layers'; readonly layers: number }
  | { readonly kind: 'image'; readonly image: string }
  | { readonly kind: 'digest'; readonly digest: string }

/** A finding that is not to be told. */
export type Ignore = {
  /** An id, with `*` for any part. */
  readonly id: string
  /** A glob over paths. */
  readonly path?: string
  /** `base`, or a layer's number, 1 first. */
  readonly layer?: 'base' | number
  readonly reason?: string
  /** The last day it holds, in UTC: milliseconds since the epoch of the end of that day. */
  readonly until?: number
  /** Where it stands, for messages. */
  readonly source: string
}

/** A `.peel.yaml` as it was understood. */
export type PeelYaml = {
  readonly gates: Gates
  readonly base: BaseWish | undefined
  readonly ignore: readonly Ignore[]
  readonly severity: readonly { readonly id: string; readonly severity: Severity }[]
  /** Gates of one platform, which go before those of all. */
  readonly platforms: Readonly<Record<string, Gates>>
}

export const NO_SETTINGS: PeelYaml = { gates: {}, base: undefined, ignore: [], severity: [], platforms: {} }
