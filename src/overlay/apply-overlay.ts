import type { Changeset } from '../layer/changeset.ts'
import { isNativeOpaque, isNativeWhiteout, typeOf } from './layer-entries.ts'
import { LayerUnpacking } from './layer-unpacking.ts'
import { LayerWalk } from './layer-walk.ts'
import { linkOverlay } from './link-overlay.ts'
import { FRESH, type LoneTree, OPAQUE } from './lone-tree.ts'
import { mergeLayer } from './merge-layer.ts'
import type { MergedTree } from './merged-tree.ts'
import type { OddityCode } from './oddities.ts'
import { type PathId, ROOT_PATH } from './path-table.ts'
import type { Steps } from './steps.ts'

/**
 * Applies a layer as overlay runtimes do (containerd's choices): the layer is unpacked alone, then stacked. Entries that
 * they refuse are applied as the specification says, with a diagnostic.
 */
export function* applyAsOverlay(tree: MergedTree, alone: LoneTree, changeset: Changeset): Steps<void> {
  const on = new LayerUnpacking(tree, alone, changeset)
  yield* unpackAlone(on)
  yield* mergeLayer(on)
  tree.endLayer()
}

/** Makes the layer's own tree of its entries; nothing below changes yet. */
export function unpackAlone(on: LayerUnpacking): Steps<void> {
  return new UnpackedLayer(on).applying()
}

class UnpackedLayer extends LayerWalk {
  readonly #on: LayerUnpacking

  constructor(on: LayerUnpacking) {
    super(on.tree, on.changeset, on.layer)
    this.#on = on
  }

  /** In the layer's own tree. */
  protected follow(directory: PathId): PathId | undefined {
    return this.#on.follow(directory)
  }

  protected override throughLink(directory: PathId, path: PathId): void {
    if (!this.#on.isDirectory(directory)) this.tree.note(this.layer, path, 'ENTRY_BELOW_DANGLING_LINK')
  }

  protected applyToRoot(index: number): void {
    this.tree.disputed = true
    if (typeOf(this.changeset, index) !== 'directory') this.refuse(index, ROOT_PATH, 'ROOT_NOT_A_DIRECTORY')
  }

  protected write(path: PathId, index: number): undefined {
    const { alone } = this.#on
    this.#on.put(path, this.tree.versions.add(path, this.layer, index))
    if (isNativeWhiteout(this.changeset, index)) {
      alone.whiteOut(path)
      this.#on.dispute(path, 'OVERLAY_NATIVE_WHITEOUT')
    } else if (isNativeOpaque(this.changeset, index)) {
      alone.flag(path, OPAQUE)
      this.#on.dispute(path, 'OVERLAY_NATIVE_OPAQUE')
    }
  }

  protected link(path: PathId, index: number): boolean {
    return linkOverlay(this.#on, path, index)
  }

  protected has(path: PathId): boolean {
    return this.#on.isDirectory(path) || this.#on.alone.place(path) === 'entry'
  }

  protected linkedLate(path: PathId): void {
    this.#on.dispute(path, 'HARDLINK_BEFORE_TARGET')
  }

  protected refuse(index: number, path: PathId, code: OddityCode): void {
    this.#on.refuse(index, path, code)
  }

  protected whiteOut(path: PathId): undefined {
    const { alone } = this.#on
    if (!this.#on.makeMarkedDirectory(this.tree.paths.parent(path))) return
    const place = alone.place(path)
    if (place === 'nothing') alone.whiteOut(path)
    if (place === 'nothing' || place === 'whiteout') return
    if (this.#on.isDirectory(path)) alone.flag(path, FRESH)
    this.#on.dispute(path, 'WHITEOUT_OF_OWN_ENTRY')
  }

  protected makeOpaque(path: PathId): undefined {
    const directory = this.#on.follow(path)
    if (directory === undefined) this.#on.dispute(path, 'SYMLINK_LOOP')
    else if (directory === ROOT_PATH) this.#on.dispute(ROOT_PATH, 'ROOT_OPAQUE_IGNORED')
    else if (this.#on.makeMarkedDirectory(directory)) this.#on.alone.flag(directory, OPAQUE)
  }
}
