import type { Changeset } from '../layer/changeset.ts'
import { EntryPaths } from './entry-paths.ts'
import { isBookkeeping, isNativeOpaque, isNativeWhiteout, typeOf } from './layer-entries.ts'
import { FRESH, type LayerTree, OPAQUE } from './layer-tree.ts'
import type { LayeredTree } from './layered-tree.ts'
import { linkOverlay } from './link-overlay.ts'
import { OverlayLayer } from './overlay-layer.ts'
import { type PathId, ROOT_PATH } from './path-table.ts'
import { stackLayer } from './stack-layer.ts'
import { STEP, type Steps } from './steps.ts'

/**
 * Applies a layer as overlay runtimes do (containerd's choices): the layer is unpacked alone, then stacked. What they
 * refuse is applied as the specification says, with a diagnostic.
 */
export function* applyAsOverlay(tree: LayeredTree, alone: LayerTree, changeset: Changeset): Steps<void> {
  yield* tree.reserving(changeset)
  const on = new OverlayLayer(tree, alone, changeset)
  yield* unpackAlone(on)
  yield* stackLayer(on)
  tree.endLayer()
}

/** Makes the layer's own tree of its entries; nothing below changes yet. */
export function* unpackAlone(on: OverlayLayer): Steps<void> {
  const entries = new OverlayEntries(on)
  for (let index = 0; index < on.changeset.length; index++) {
    entries.apply(index)
    if (index % STEP === 0) yield
  }
  yield* entries.linkLate()
}

class OverlayEntries {
  readonly #on: OverlayLayer
  readonly #paths: EntryPaths
  /** Hard links whose targets were not there when their turn came. */
  readonly #late: number[] = []
  readonly #linked = new Set<number>()

  constructor(on: OverlayLayer) {
    this.#on = on
    this.#paths = new EntryPaths(on.tree.paths, on.changeset)
  }

  apply(index: number): void {
    const { tree, layer, changeset } = this.#on
    const path = this.#paths.isTooDeep(index) ? this.#paths.whole(index) : this.#paths.at(index)
    const type = typeOf(changeset, index)
    if (this.#paths.isTooDeep(index)) tree.refuse(layer, index, path, 'PATH_TOO_DEEP')
    else if (isBookkeeping(changeset, index)) tree.keepAside(layer, index, path)
    else if (type === 'opaque') this.#makeOpaque(path)
    else if (path === ROOT_PATH) this.#applyToRoot(index)
    else this.#applyAt(this.#place(path, index), path, index)
  }

  /** Gives links that stood before their targets another chance, chains in either order. */
  *linkLate(): Steps<void> {
    let steps = 0
    for (const each of [this.#late.toReversed(), this.#late])
      for (const index of each) {
        this.#linkLate(index)
        if (++steps % STEP === 0) yield
      }
    for (const index of this.#late)
      if (!this.#linked.has(index)) this.#on.refuse(index, this.#paths.at(index), 'HARDLINK_TARGET_MISSING')
  }

  #applyAt(place: PathId | undefined, path: PathId, index: number): void {
    const type = typeOf(this.#on.changeset, index)
    if (place === undefined) this.#on.refuse(index, path, 'SYMLINK_LOOP')
    else if (type === 'whiteout') this.#whiteOut(place)
    else if (type !== 'hardlink') this.#write(place, index)
    else if (!linkOverlay(this.#on, place, index)) this.#late.push(index)
  }

  #linkLate(index: number): void {
    const place = this.#linked.has(index) ? undefined : this.#place(this.#paths.at(index), index)
    if (place === undefined || this.#on.isDirectory(place) || this.#on.alone.place(place) === 'entry') return
    if (!linkOverlay(this.#on, place, index)) return
    this.#linked.add(index)
    this.#on.dispute(place, 'HARDLINK_BEFORE_TARGET')
  }

  /** Where the entry lands in the layer's own tree; undefined in a loop. */
  #place(path: PathId, index: number): PathId | undefined {
    const parent = this.#on.tree.paths.parent(path)
    const followed = this.#on.follow(parent)
    if (followed === parent) return path
    return followed === undefined ? undefined : this.#paths.below(followed, index)
  }

  #applyToRoot(index: number): void {
    this.#on.tree.disputed = true
    if (typeOf(this.#on.changeset, index) !== 'directory') this.#on.refuse(index, ROOT_PATH, 'ROOT_NOT_A_DIRECTORY')
  }

  #write(path: PathId, index: number): void {
    const { tree, alone, layer, changeset } = this.#on
    this.#on.put(path, tree.versions.add(path, layer, index))
    if (isNativeWhiteout(changeset, index)) {
      alone.whiteOut(path)
      this.#on.dispute(path, 'OVERLAY_NATIVE_WHITEOUT')
    } else if (isNativeOpaque(changeset, index)) {
      alone.flag(path, OPAQUE)
      this.#on.dispute(path, 'OVERLAY_NATIVE_OPAQUE')
    }
  }

  #whiteOut(path: PathId): void {
    const { tree, alone } = this.#on
    if (!this.#on.makeMarkedDirectory(tree.paths.parent(path))) return
    const place = alone.place(path)
    if (place === 'nothing') alone.whiteOut(path)
    if (place === 'nothing' || place === 'whiteout') return
    if (this.#on.isDirectory(path)) alone.flag(path, FRESH)
    this.#on.dispute(path, 'WHITEOUT_OF_OWN_ENTRY')
  }

  #makeOpaque(path: PathId): void {
    const directory = this.#on.follow(path)
    if (directory === undefined) this.#on.dispute(path, 'SYMLINK_LOOP')
    else if (directory === ROOT_PATH) this.#on.dispute(ROOT_PATH, 'ROOT_OPAQUE_IGNORED')
    else if (this.#on.makeMarkedDirectory(directory)) this.#on.alone.flag(directory, OPAQUE)
  }
}
