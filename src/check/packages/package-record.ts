/** A package as one database has it, with the files it says it owns. */
export type PackageRecord = {
  /** `deb`, `apk`, `rpm`, `python`, `npm`, `gem`, `go`, `java`. */
  readonly type: string
  readonly name: string
  readonly version: string
  /** As the database writes it: an SPDX expression, or the packager's own words. */
  readonly licence?: string
  readonly architecture?: string
  /** Alternatives as written: `mawk | gawk`. */
  readonly depends?: readonly string[]
  readonly recommends?: readonly string[]
  readonly suggests?: readonly string[]
  readonly provides?: readonly string[]
  /** Never superfluous: essential, or of priority required or important. */
  readonly essential?: boolean
  readonly files: readonly OwnedFile[]
}

/** A file of a package, as its database has it. */
export type OwnedFile = {
  /** One character a byte, without a leading slash; symlinks in it are still to be followed. */
  readonly path: string
  /** Of the content as it was shipped; undefined for directories, configuration and what is made after the installation. */
  readonly digest?: FileDigest
  /** Permission and set-id bits, where the database has them. */
  readonly mode?: number
}

export type FileDigest = { readonly algorithm: 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512'; readonly hex: string }

/** Packages of one database, and paths of one package, that are looked at: hostile ones could have any number. */
export const MOST_PACKAGES = 100_000
export const MOST_FILES = 2_000_000
