import { existsSync } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Diagnostic } from '../error.ts'
import { parseLocation } from '../image/location.ts'
import type { Asking } from '../session/asking.ts'
import { quotePath, systemError } from '../transport/local-file.ts'
import { sweepLeftovers } from '../transport/temporary.ts'
import { findLayouts } from './find-layouts.ts'
import { LayoutRepository, layoutStamp } from './layout-repository.ts'
import { openPlaces, type ServedPlaces } from './open-places.ts'
import { RegistryError } from './registry-error.ts'
import { homeOf, repositoryName } from './served-name.ts'
import type { Repositories, ServedRepository } from './served-repository.ts'

/** Names that a layout has for something else; a repository of that name would lie in the middle of another. */
const TAKEN = new Set(['blobs', 'index.json', 'oci-layout'])

/**
 * Opens places for pushes: a layout under its own name, and any other directory as a tree in which a push to a new name makes a
 * layout. A directory that does not exist is made. Archives, and single images of layouts, are served as they are and only read.
 * @throws ImageError those of `openPlaces`
 */
export async function openWritablePlaces(references: readonly string[], asking: Asking, name?: string): Promise<ServedPlaces> {
  const layouts = new Map<string, LayoutRepository>()
  const trees: string[] = []
  const readOnly: string[] = []
  const diagnostics: Diagnostic[] = []
  const enter = (repository: LayoutRepository) => {
    const known = layouts.get(repository.name)
    if (known === undefined) layouts.set(repository.name, repository)
    else if (known.directory !== repository.directory) diagnostics.push(nameTwice(repository, known.directory))
  }
  for (const reference of references) {
    const place = await writablePlace(reference)
    if (place === undefined) readOnly.push(reference)
    else if (place.kind === 'layout')
      enter(new LayoutRepository(repositoryName(name ?? homeOf(place.path)), place.path, place.path))
    else {
      trees.push(place.path)
      for (const each of await layoutsBelow(place.path)) enter(each)
    }
    if (place !== undefined) await sweepLeftovers(place.path)
  }
  for (const { directory } of layouts.values()) await sweepLeftovers(directory)
  const read = readOnly.length === 0 ? undefined : await openPlaces(readOnly, asking, name)
  const close = async () => read?.close()
  return {
    repositories: new WritableRepositories(layouts, trees, read?.repositories),
    diagnostics: [...diagnostics, ...(read?.diagnostics ?? [])],
    close,
    [Symbol.asyncDispose]: close,
  }
}

type WritablePlace = { readonly kind: 'layout' | 'tree'; readonly path: string }

/** Undefined for what is no directory, or names one image of one. */
async function writablePlace(reference: string): Promise<WritablePlace | undefined> {
  const location = parseLocation(reference, existsSync)
  if (location.transport !== 'path' && location.transport !== 'oci') return undefined
  const { path, selector } = location
  if (Object.keys(selector).length > 0) return undefined
  const stats = await stat(path).catch(() => undefined)
  if (stats !== undefined && !stats.isDirectory()) return undefined
  await mkdir(path, { recursive: true }).catch(thrown => {
    throw systemError(thrown, `make ${quotePath(path)}`)
  })
  const isLayout = location.transport === 'oci' || ['index.json', 'oci-layout'].some(each => existsSync(join(path, each)))
  return { kind: isLayout ? 'layout' : 'tree', path }
}

async function layoutsBelow(tree: string): Promise<readonly LayoutRepository[]> {
  const found = (await findLayouts(tree)) ?? []
  return found.map(({ path, below }) => new LayoutRepository(repositoryName(below), path, tree))
}

class WritableRepositories implements Repositories {
  readonly #layouts: Map<string, LayoutRepository>
  readonly #trees: readonly string[]
  readonly #read: Repositories | undefined

  constructor(layouts: Map<string, LayoutRepository>, trees: readonly string[], read: Repositories | undefined) {
    this.#layouts = layouts
    this.#trees = trees
    this.#read = read
  }

  /** Layouts that other programs made since are found. */
  async names(signal: AbortSignal): Promise<readonly string[]> {
    for (const tree of this.#trees)
      for (const each of await layoutsBelow(tree)) if (!this.#layouts.has(each.name)) this.#layouts.set(each.name, each)
    const here: string[] = []
    for (const { name, directory } of this.#layouts.values()) if ((await layoutStamp(directory)) !== undefined) here.push(name)
    return [...new Set([...here, ...((await this.#read?.names(signal)) ?? [])])]
  }

  async find(name: string, signal: AbortSignal): Promise<ServedRepository | undefined> {
    for (const repository of this.#layoutsNamed(name)) {
      if ((await layoutStamp(repository.directory)) === undefined) continue
      this.#layouts.set(name, repository)
      return repository
    }
    return this.#read?.find(name, signal)
  }

  async open(name: string, signal: AbortSignal): Promise<ServedRepository | undefined> {
    if (name.split('/').some(part => TAKEN.has(part)))
      throw new RegistryError(400, 'NAME_INVALID', 'a part of the name is one that layouts use themselves')
    const [first] = this.#layoutsNamed(name)
    return (await this.find(name, signal)) ?? first
  }

  /** The layout that has the name, or the places in trees where one would lie. */
  #layoutsNamed(name: string): readonly LayoutRepository[] {
    const known = this.#layouts.get(name)
    return known === undefined ? this.#trees.map(tree => new LayoutRepository(name, join(tree, name), tree)) : [known]
  }
}

function nameTwice({ name, directory }: LayoutRepository, other: string): Diagnostic {
  const message = `${name} is the name of two layouts; ${quotePath(other)} is served, ${quotePath(directory)} is not`
  return { code: 'SERVE_NAME_TWICE', severity: 'warning', message }
}
