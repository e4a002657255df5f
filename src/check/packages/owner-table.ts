import { entryHash } from '../../layer/changeset.ts'
import type { FilePath } from '../../layer/file-path.ts'
import { NO_PATH, type PathId, ROOT_PATH } from '../../overlay/path-table.ts'
import { followNames } from '../../overlay/resolve.ts'
import type { Stack } from '../../overlay/tree.ts'
import type { InstalledPackage, Owner, Ownership, PackageName } from '../ownership.ts'
import type { FileDigest, OwnedFile, PackageRecord } from './package-record.ts'
import { weakOwner } from './weak-owner.ts'

/** md5 and sha1 of contents, by `LAYER ENTRY`: readings have sha256 only. */
export type ContentSums = ReadonlyMap<string, { readonly md5: string; readonly sha1: string }>

type Installed = {
  readonly record: Omit<PackageRecord, 'files'>
  readonly automatic: boolean | undefined
  /** The layers after which the database has it: from one until another. */
  readonly from: number
  until: number
  readonly files: number
  /** Its rows follow each other. */
  readonly start: number
  readonly end: number
}

/**
 * Which package owns which path, for every state that the databases were in: an owner holds from the layer that wrote the database
 * until a layer writes it anew without the package. A row a file, rows of one path linked; paths are those of the stack, so a listed
 * `/bin/sh` is found where the image has `usr/bin/sh`.
 */
export class OwnerTable {
  readonly #stack: Stack
  readonly #packages: Installed[] = []
  readonly #byName = new Map<string, Installed>()
  readonly #heads: Int32Array
  readonly #next: number[] = [0]
  readonly #owners: number[] = [0]
  readonly #paths: PathId[] = [0]
  readonly #modes: number[] = [0]
  readonly #digests: (FileDigest | undefined)[] = [undefined]
  readonly #directories = new Map<string, PathId>()

  constructor(stack: Stack) {
    this.#stack = stack
    this.#heads = new Int32Array(stack.tree.paths.count + 1)
  }

  /** Whether the same package held until the layer `from`: then it goes on until `until`, and its files need not be read. */
  goesOn(record: Omit<PackageRecord, 'files'>, from: number, until: number): boolean {
    const before = this.#byName.get(keyOf(record))
    if (before === undefined || before.until !== from) return false
    before.until = until
    return true
  }

  /** Adds a package as the databases had it after the layers `from` … `until` − 1. */
  add({ files, ...record }: PackageRecord, from: number, until: number, automatic?: boolean): void {
    if (this.goesOn(record, from, until)) return
    const start = this.#paths.length
    for (const file of files) this.#own(file, this.#packages.length)
    const installed = { record, automatic, from, until, files: files.length, start, end: this.#paths.length }
    this.#packages.push(installed)
    this.#byName.set(keyOf(record), installed)
  }

  ownership(sums: ContentSums): Ownership {
    let packages: readonly InstalledPackage[] | undefined
    const list = () => this.#list(this.#stack.changesets.length)
    return {
      ownerOf: (path, layer, entry) => this.#ownerOf(path, layer, entry, sums),
      packagesAfter: layers => this.#list(layers),
      get packages() {
        packages ??= list()
        return packages
      },
    }
  }

  #own({ path, digest, mode }: OwnedFile, owner: number): void {
    const id = this.#find(path)
    if (id === NO_PATH) return
    this.#next.push(this.#heads[id] ?? 0)
    this.#heads[id] = this.#paths.length
    this.#paths.push(id)
    this.#owners.push(owner)
    this.#modes.push(mode ?? -1)
    this.#digests.push(digest)
  }

  /** A listed path in the image: symlinks of its directory followed, its own not. */
  #find(path: string): PathId {
    const slash = path.lastIndexOf('/')
    const directory = slash === -1 ? '' : path.slice(0, slash)
    let parent = this.#directories.get(directory)
    if (parent === undefined) {
      parent = this.#resolve(directory)
      this.#directories.set(directory, parent)
    }
    const found = parent === NO_PATH ? NO_PATH : this.#stack.tree.paths.child(parent, path.slice(slash + 1))
    // A directory that became a symlink later had its files under its own name.
    return found === NO_PATH ? this.#stack.tree.paths.find(path as FilePath) : found
  }

  #resolve(directory: string): PathId {
    if (directory === '') return ROOT_PATH
    const { tree, changesets } = this.#stack
    const place = followNames<PathId>(directory.split('/'), {
      root: ROOT_PATH,
      parent: each => (each === ROOT_PATH ? ROOT_PATH : tree.paths.parent(each)),
      child: (each, name) => (each === NO_PATH ? NO_PATH : tree.paths.child(each, name)),
      target: each => (each === NO_PATH ? undefined : tree.symlinkTarget(tree.versions.visible(each, changesets.length))),
    })
    return place ?? NO_PATH
  }

  #ownerOf(path: FilePath, layer: number, entry: number, sums: ContentSums): Owner | undefined {
    const id = this.#stack.tree.paths.find(path)
    let best: Owner | undefined
    for (let row = this.#heads[id] ?? 0; row !== 0; row = this.#next[row] ?? 0) {
      const installed = this.#packages[this.#owners[row] ?? 0]
      if (installed === undefined || layer < installed.from || layer >= installed.until) continue
      const published = this.#published(this.#digests[row], layer, entry, sums)
      const mode = this.#modes[row] ?? -1
      const owner = { package: nameOf(installed.record), published, ...(mode >= 0 && { mode }) }
      if (best === undefined || RANK.indexOf(published) < RANK.indexOf(best.published)) best = owner
    }
    return best ?? this.#weak(path)
  }

  #published(digest: FileDigest | undefined, layer: number, entry: number, sums: ContentSums): Owner['published'] {
    const changeset = this.#stack.changesets[layer]
    if (digest === undefined || changeset === undefined || entry >= changeset.length) return 'unknown'
    const known = sums.get(`${layer} ${entry}`)
    const actual =
      digest.algorithm === 'sha256'
        ? entryHash(changeset, entry)
        : digest.algorithm === 'md5'
          ? known?.md5
          : digest.algorithm === 'sha1'
            ? known?.sha1
            : undefined
    return actual === undefined ? 'unknown' : actual === digest.hex ? 'proven' : 'changed'
  }

  #weak(path: FilePath): Owner | undefined {
    const weak = weakOwner(path)
    if (weak === undefined || (weak.marker !== undefined && this.#stack.tree.paths.find(weak.marker) === NO_PATH))
      return undefined
    return { package: { type: weak.type, name: weak.name, version: weak.version }, published: 'weak' }
  }

  #list(layers: number): readonly InstalledPackage[] {
    const snapshot = this.#stack.snapshot(layers)
    const top = layers - 1
    return this.#packages
      .filter(({ from, until }) => from <= top && until > top)
      .map(({ record, automatic, from, start, end }): InstalledPackage => {
        const files: FilePath[] = []
        const inodes = new Set<number>()
        let bytes = 0
        for (let row = start; row < end; row++) {
          const node = snapshot.node(this.#paths[row] ?? NO_PATH)
          if (node?.type !== 'file') continue
          files.push(node.path)
          if (!inodes.has(node.inode)) bytes += node.size
          inodes.add(node.inode)
        }
        const { type, name, version, licence, depends, recommends, suggests, provides, essential } = record
        return {
          type,
          name,
          version,
          layer: from,
          bytes,
          files,
          ...(licence !== undefined && { licence }),
          ...(depends !== undefined && { depends }),
          ...(recommends !== undefined && { recommends }),
          ...(suggests !== undefined && { suggests }),
          ...(provides !== undefined && { provides }),
          ...(automatic !== undefined && { automatic }),
          ...(essential !== undefined && { essential }),
        }
      })
      .sort((a, b) => compare(a.type, b.type) || compare(a.name, b.name) || compare(a.version, b.version))
  }
}

/** The best that is said about a file comes first. */
const RANK: readonly Owner['published'][] = ['proven', 'changed', 'unknown', 'weak']

function keyOf({ type, name, version, architecture }: Omit<PackageRecord, 'files'>): string {
  return `${type} ${name} ${version} ${architecture}`
}

function nameOf({ type, name, version }: PackageName): PackageName {
  return { type, name, version }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
