import type { ByteText } from '../blob/byte-text.ts'
import type { Changeset } from '../layer/changeset.ts'
import type { NodeType } from '../layer/entry.ts'
import type { FilePath } from '../layer/file-path.ts'
import { unpackAlone } from './apply-overlay.ts'
import { LayerUnpacking } from './layer-unpacking.ts'
import { LoneTree } from './lone-tree.ts'
import { MergedTree } from './merged-tree.ts'
import type { OddityCode } from './oddities.ts'
import { NO_PATH } from './path-table.ts'
import { finish } from './steps.ts'

/** The state of a path in one layer: nothing, a removal, or something of a type; a directory may let the layers below show through. */
export type SightPlace =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'removed' }
  | { readonly kind: 'there'; readonly type: NodeType; readonly merges: boolean; readonly target: ByteText | undefined }

/** One layer as overlay runtimes unpack it, without the layers below it. */
export class LayerSight {
  readonly #on: LayerUnpacking

  constructor(changeset: Changeset) {
    const tree = new MergedTree()
    this.#on = new LayerUnpacking(tree, new LoneTree(tree.paths), changeset)
    finish(unpackAlone(this.#on))
  }

  /** Whether it is the same over any layers below: a hard link whose target it does not have may find one there. */
  get selfContained(): boolean {
    return !this.#on.tree.diagnostics.some(({ code }) => REACHES_BELOW.has(code))
  }

  at(path: FilePath): SightPlace {
    const { tree, alone } = this.#on
    const id = tree.paths.find(path)
    const place = id === NO_PATH ? 'nothing' : alone.place(id)
    if (place === 'nothing') return NOTHING
    if (place === 'whiteout') return REMOVED
    const version = alone.version(id)
    const directory = this.#on.isDirectory(id)
    const type = directory ? 'directory' : tree.type(version)
    return { kind: 'there', type, merges: this.#on.merges(id), target: directory ? undefined : tree.symlinkTarget(version) }
  }
}

const REACHES_BELOW: ReadonlySet<string> = new Set<OddityCode>(['HARDLINK_TARGET_MISSING', 'HARDLINK_BEFORE_TARGET'])
const NOTHING: SightPlace = { kind: 'nothing' }
const REMOVED: SightPlace = { kind: 'removed' }
