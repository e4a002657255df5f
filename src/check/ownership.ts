import type { FilePath } from '../layer/file-path.ts'

/** An installed package as its database has it. */
export type PackageName = {
  /** `deb`, `apk`, `rpm`, `python`, `npm`, `gem`, `go`, `java`… */
  readonly type: string
  readonly name: string
  readonly version: string
}

/** The package that owns a file. */
export type Owner = {
  readonly package: PackageName
  /**
   * `proven`: the database has a digest and the file's content has it. `changed`: it has another. `unknown`: the database lists the path and
   * has no digest for it (configuration files, ghosts). `weak`: it lies in the package's directory, no list says so.
   */
  readonly published: 'proven' | 'changed' | 'unknown' | 'weak'
  /** Permission bits the database has for the file, where it has any (apk, rpm). */
  readonly mode?: number
}

/** The facts that the package databases of an image have about its files. */
export interface Ownership {
  /** The owner of a path as the databases say after layer `layer`, for the content that the entry of that layer carries. */
  ownerOf(path: FilePath, layer: number, entry: number): Owner | undefined
  /** Packages of the image as it is, by type, then name. */
  readonly packages: readonly InstalledPackage[]
  /** The same of the tree of the first `layers` layers. */
  packagesAfter(layers: number): readonly InstalledPackage[]
}

/** A package with what it takes. */
export type InstalledPackage = PackageName & {
  /** Position of the layer that wrote the database which first has it. */
  readonly layer: number
  /** Visible content bytes of its files. */
  readonly bytes: number
  /** An SPDX expression, or the words of the database; undefined where it does not say. */
  readonly licence?: string
  /** The paths that are there, regular files only. */
  readonly files: readonly FilePath[]
  /** Names of packages it needs, alternatives as written; undefined where the database does not say. */
  readonly depends?: readonly string[]
  readonly recommends?: readonly string[]
  readonly suggests?: readonly string[]
  readonly provides?: readonly string[]
  /** Installed as another's dependency, where that is recorded. */
  readonly automatic?: boolean
  /** Essential, or of priority required or important: never superfluous. */
  readonly essential?: boolean
}

/** The ownership of an image without databases, or whose databases no rule asked for. */
export const NO_OWNERSHIP: Ownership = { ownerOf: () => undefined, packages: [], packagesAfter: () => [] }
