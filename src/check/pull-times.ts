/** Speeds that the model is given: bytes a second. */
export type PullSpeeds = { readonly bandwidth: number; readonly unpackRate: number }

/** Pull times of an image by the model; null where there is nothing to compare with. */
export type PullTimes = PullSpeeds & {
  readonly downloads: number
  /** Of everything; of what lies on the base; of what another build does not have. */
  readonly cold: number
  readonly withBase: number | null
  readonly update: number | null
  /** Position of the layer whose download a cold pull waits for last. */
  readonly waitsFor: number | null
}
