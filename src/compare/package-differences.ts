/** A package that two images have in different versions, or only one of them has. */
export type PackageDifference = {
  readonly name: string
  /** Of its package manager: `deb`, `apk`, `rpm`, `python`, `npm` … */
  readonly type: string
  /** Null on the side that has none. */
  readonly before: string | null
  readonly after: string | null
  /** Σ of the package's listed files. */
  readonly delta: number
  /** Position of the layer that brought it, B's of what B has; null where that is not known. */
  readonly layer: number | null
}
