import type { ByteText } from '../blob/byte-text.ts'
import type { Changeset } from '../layer/changeset.ts'
import type { NodeType } from '../layer/entry.ts'
import { type FilePath, joinPath, parentPath, ROOT } from '../layer/file-path.ts'
import { LayerSight } from './layer-sight.ts'
import { followNames } from './resolve.ts'

/** The answer of the layers looked at so far about a path of the merged tree, whatever lies below them. */
export type Sight =
  | { readonly kind: 'undecided' | 'nothing' }
  | { readonly kind: 'there'; readonly type: NodeType; readonly target: ByteText | undefined }

/**
 * The layers of an image from the top down, under overlay semantics: tells when the layers seen so far decide what a path
 * is, so that those below need not be read. It only decides; a stack of the same layers tells the path in full.
 */
export class TopDown {
  /** The top first. */
  readonly #layers: LayerSight[] = []
  #selfContained = true

  /** Adds the layer below those seen so far. */
  add(changeset: Changeset): void {
    const layer = new LayerSight(changeset)
    this.#layers.push(layer)
    this.#selfContained &&= layer.selfContained
  }

  /** Follows a path as `resolvePath` does. */
  resolve(path: FilePath, { keepLast = false } = {}): Sight {
    if (!this.#selfContained) return UNDECIDED
    const names = path === ROOT ? [] : path.split('/')
    const last = keepLast ? names.pop() : undefined
    let undecided = false
    const place = followNames<FilePath>(names, {
      root: ROOT,
      parent: parentPath,
      child: joinPath,
      target: each => {
        const sight = undecided ? UNDECIDED : this.#look(each)
        undecided ||= sight.kind === 'undecided'
        return sight.kind === 'there' ? sight.target : undefined
      },
    })
    if (undecided) return UNDECIDED
    // Too many symbolic links, all of them decided: the full resolution reports it.
    if (place === undefined) return NOTHING
    return this.#look(last === undefined ? place : joinPath(place, last))
  }

  /** The name itself. */
  #look(path: FilePath): Sight {
    if (path === ROOT) return { kind: 'there', type: 'directory', target: undefined }
    const prefixes = prefixesOf(path)
    const seen: Sight[] = []
    // Nothing of the layers below shows at the prefixes from this one on.
    let cut = prefixes.length
    for (const layer of this.#layers) {
      cut = lookInto(layer, prefixes, cut, seen)
      const decided = seen.at(prefixes.length - 1)
      if (seen.length === prefixes.length && decided !== undefined) return decided
      const top = seen.at(-1)
      if (cut < prefixes.length || (top !== undefined && !isDirectory(top))) return NOTHING
    }
    return UNDECIDED
  }
}

/** Notes what the layer decides of the prefixes, in order; gives where it cuts off the layers below. */
function lookInto(layer: LayerSight, prefixes: readonly FilePath[], before: number, seen: Sight[]): number {
  let cut = before
  for (const [index, prefix] of prefixes.entries()) {
    if (index >= before) break
    const place = layer.at(prefix)
    if (place.kind === 'nothing') break
    if (index === seen.length) seen.push(place.kind === 'removed' ? NOTHING : place)
    if (place.kind === 'removed' || place.type !== 'directory') return Math.min(cut, index)
    if (!place.merges) cut = Math.min(cut, index + 1)
  }
  return cut
}

function isDirectory(sight: Sight): boolean {
  return sight.kind === 'there' && sight.type === 'directory'
}

function prefixesOf(path: FilePath): readonly FilePath[] {
  const prefixes: FilePath[] = []
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) prefixes.push(path.slice(0, at) as FilePath)
  return [...prefixes, path]
}

const UNDECIDED: Sight = { kind: 'undecided' }
const NOTHING: Sight = { kind: 'nothing' }
