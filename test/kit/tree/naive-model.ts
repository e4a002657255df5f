import { asByteText } from '../../../src/blob/byte-text.ts'
import type { Timestamp } from '../../../src/layer/entry.ts'
import type { Semantics } from '../../../src/overlay/tree.ts'
import type { EntryFixture } from '../layer/changeset-fixture.ts'

/**
 * Both semantics as flat maps of paths, written from semantics.md and nothing else: slow, copying whole trees, and easy
 * to believe. The real engine is held against it on random images.
 */
export type NaiveInode = {
  readonly type: string
  mode: number
  uid: number
  gid: number
  mtime: Timestamp | undefined
  xattrs: ReadonlyMap<string, string>
  readonly content: string
  readonly target: string
  readonly device: string
  readonly layer: number
}

/** A name; `layer` is the layer that wrote it. */
type NaiveName = { readonly inode: NaiveInode; readonly layer: number }
export type NaiveTree = ReadonlyMap<string, NaiveName>

/** The tree after each number of layers. */
export function naiveTrees(layers: readonly (readonly EntryFixture[])[], semantics: Semantics): readonly NaiveTree[] {
  const trees: NaiveTree[] = [new Map([['', impliedName(0)]])]
  const aside = new Map<string, NaiveName>()
  for (const [layer, entries] of layers.entries()) {
    const lower = trees[layer] ?? new Map()
    trees.push(semantics === 'spec' ? applySpec(lower, entries, layer, aside) : applyOverlay(lower, entries, layer, aside))
  }
  return trees
}

// Names

const clean = (path: string) => {
  const kept: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') kept.pop()
    else if (part !== '' && part !== '.') kept.push(part)
  }
  return kept.join('/')
}
const parentOf = (path: string) => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '')
const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)
const join = (parent: string, name: string) => (parent === '' ? name : `${parent}/${name}`)
const isBelow = (path: string, directory: string) => path !== directory && (directory === '' || path.startsWith(`${directory}/`))
const ancestors = (path: string): string[] => (path === '' ? [''] : [...ancestors(parentOf(path)), path])

/** Walks a path from the root through symlinks, the target of each place given; undefined after 255 of them. */
function follow(path: string, targetAt: (place: string) => string | undefined): string | undefined {
  let rest = path.split('/')
  let place = ''
  let links = 0
  while (rest.length > 0) {
    const [part = '', ...others] = rest
    rest = others
    if (part === '' || part === '.') continue
    if (part === '..') {
      place = parentOf(place)
      continue
    }
    const target = targetAt(join(place, part))
    if (target === undefined) place = join(place, part)
    else {
      if (++links > 255) return undefined
      if (target.startsWith('/')) place = ''
      rest = [...target.split('/'), ...rest]
    }
  }
  return place
}

// Inodes

function impliedName(layer: number): NaiveName {
  return {
    inode: {
      type: 'directory',
      mode: 0o755,
      uid: 0,
      gid: 0,
      mtime: undefined,
      xattrs: new Map(),
      content: '',
      target: '',
      device: '',
      layer,
    },
    layer,
  }
}

const xattrsOf = (entry: EntryFixture) =>
  new Map((entry.xattrs ?? []).map(([name, value]) => [name, Buffer.from(value).toString('hex')] as const))

const attributesOf = (entry: EntryFixture) => ({
  mode: entry.mode ?? (entry.type === 'directory' ? 0o755 : 0o644),
  uid: entry.uid ?? 0,
  gid: entry.gid ?? 0,
  mtime: entry.mtime ?? { seconds: 1_700_000_000, nanoseconds: 0 },
})

function nameFor(entry: EntryFixture, layer: number): NaiveName {
  const inode = {
    type: entry.type,
    ...attributesOf(entry),
    xattrs: xattrsOf(entry),
    content: entry.type === 'file' ? (entry.content ?? '') : '',
    target: entry.type === 'symlink' ? (entry.target ?? '') : '',
    device: entry.device?.join(':') ?? '',
    layer,
  }
  return { inode, layer }
}

const isDirectory = (name: NaiveName | undefined) => name?.inode.type === 'directory'

// Apply: each entry to the merged tree

function applySpec(lower: NaiveTree, entries: readonly EntryFixture[], layer: number, aside: Map<string, NaiveName>): NaiveTree {
  const tree = new Map(lower)
  const own = (path: string) => tree.get(path)?.layer === layer && layerOwns.has(path)
  /** Paths that this layer wrote or made; the base's root is layer 0's too, though no entry wrote it. */
  const layerOwns = new Set<string>()
  const symlink = (place: string) => (tree.get(place)?.inode.type === 'symlink' ? tree.get(place)?.inode.target : undefined)
  const put = (path: string, name: NaiveName) => {
    for (const parent of ancestors(parentOf(path))) {
      if (isDirectory(tree.get(parent))) continue
      tree.set(parent, impliedName(layer))
      layerOwns.add(parent)
    }
    if (!isDirectory(name)) for (const each of [...tree.keys()]) if (isBelow(each, path)) tree.delete(each)
    tree.set(path, name)
    layerOwns.add(path)
  }
  /** Hides what the layer did not write; a directory it put something into stays, without its lower attributes. */
  const hide = (paths: readonly string[]) => {
    for (const path of paths.toSorted((a, b) => b.length - a.length)) {
      if (own(path)) continue
      if ([...tree.keys()].some(each => isBelow(each, path))) {
        tree.set(path, impliedName(layer))
        layerOwns.add(path)
      } else tree.delete(path)
    }
  }
  const link = (entry: EntryFixture, path: string): boolean => {
    const wanted = clean(entry.target ?? '')
    const directory = follow(parentOf(wanted), symlink)
    const place = directory === undefined ? undefined : join(directory, nameOf(wanted))
    const target =
      (place === undefined ? undefined : tree.get(place)) ?? (directory === undefined ? undefined : aside.get(wanted))
    if (target === undefined || place === path || wanted === '') return false
    if (!isDirectory(target)) put(path, { inode: target.inode, layer })
    return true
  }
  const late: EntryFixture[] = []
  const apply = (entry: EntryFixture) => {
    const path = clean(entry.path)
    if (entry.bookkeeping === true) {
      aside.set(path, nameFor(entry, layer))
    } else if (entry.type === 'opaque') {
      const directory = follow(path, symlink)
      if (directory !== undefined && isDirectory(tree.get(directory)))
        hide([...tree.keys()].filter(each => isBelow(each, directory)))
    } else if (path === '') {
      if (entry.type === 'directory') tree.set('', nameFor(entry, layer))
    } else {
      const parent = follow(parentOf(path), symlink)
      if (parent === undefined) return
      const place = join(parent, nameOf(path))
      if (entry.type === 'whiteout') {
        if (tree.has(place)) hide([...tree.keys()].filter(each => each === place || isBelow(each, place)))
      } else if (entry.type !== 'hardlink') put(place, nameFor(entry, layer))
      else if (!link(entry, place)) late.push(entry)
    }
  }
  const linkLate = (entry: EntryFixture): boolean => {
    const parent = follow(parentOf(clean(entry.path)), symlink)
    if (parent === undefined) return false
    const place = join(parent, nameOf(clean(entry.path)))
    return !own(place) && link(entry, place)
  }
  for (const entry of entries) apply(entry)
  tryLate(late, linkLate)
  return tree
}

/** Links before their targets: once backwards, once forwards. */
function tryLate(late: readonly EntryFixture[], link: (entry: EntryFixture) => boolean): void {
  const done = new Set<EntryFixture>()
  for (const entry of [...late.toReversed(), ...late]) if (!done.has(entry) && link(entry)) done.add(entry)
}

// Overlay: the layer alone, then stacked

type Alone =
  | { readonly kind: 'whiteout' }
  | { readonly kind: 'name'; readonly name: NaiveName }
  /** A directory: `merge` with the lower one, or only its attributes (`opaque`), or neither (`fresh`). */
  | { readonly kind: 'directory'; readonly name: NaiveName | undefined; readonly lower: 'merge' | 'opaque' | 'fresh' }

function applyOverlay(
  lower: NaiveTree,
  entries: readonly EntryFixture[],
  layer: number,
  aside: Map<string, NaiveName>,
): NaiveTree {
  const alone = new Map<string, Alone>([['', { kind: 'directory', name: undefined, lower: 'merge' }]])
  const symlink = (place: string) => {
    const at = alone.get(place)
    return at?.kind === 'name' && at.name.inode.type === 'symlink' ? at.name.inode.target : undefined
  }
  const makeDirectories = (path: string) => {
    for (const each of ancestors(path)) {
      const at = alone.get(each)
      if (at?.kind === 'directory') continue
      alone.set(each, { kind: 'directory', name: undefined, lower: at === undefined ? 'merge' : 'fresh' })
    }
  }
  const put = (path: string, name: NaiveName) => {
    makeDirectories(parentOf(path))
    const at = alone.get(path)
    if (isDirectory(name)) alone.set(path, { kind: 'directory', name, lower: at?.kind === 'directory' ? at.lower : 'merge' })
    else {
      for (const each of [...alone.keys()]) if (isBelow(each, path)) alone.delete(each)
      alone.set(path, { kind: 'name', name })
    }
  }
  /** A marker makes its directory, unless the layer has a whiteout or a file in the way. */
  const makeForMarker = (path: string) => {
    if (ancestors(path).some(each => alone.has(each) && alone.get(each)?.kind !== 'directory')) return false
    makeDirectories(path)
    return true
  }
  const weaken = (path: string, to: 'opaque' | 'fresh') => {
    const at = alone.get(path)
    if (at?.kind === 'directory' && path !== '') alone.set(path, { ...at, lower: at.lower === 'fresh' ? 'fresh' : to })
  }
  const late: EntryFixture[] = []
  const apply = (entry: EntryFixture) => {
    const path = clean(entry.path)
    if (entry.bookkeeping === true) {
      aside.set(path, nameFor(entry, layer))
    } else if (entry.type === 'opaque') {
      const directory = follow(path, symlink)
      if (directory !== undefined && directory !== '' && makeForMarker(directory)) weaken(directory, 'opaque')
    } else if (path !== '') {
      const parent = follow(parentOf(path), symlink)
      if (parent === undefined) return
      const place = join(parent, nameOf(path))
      if (entry.type === 'whiteout') {
        if (!makeForMarker(parent)) return
        if (!alone.has(place)) alone.set(place, { kind: 'whiteout' })
        else weaken(place, 'fresh')
      } else if (entry.type === 'hardlink') {
        if (!linkAlone(entry, place)) late.push(entry)
      } else if (entry.type === 'character-device' && entry.device?.join() === '0,0') {
        put(place, nameFor(entry, layer))
        alone.set(place, { kind: 'whiteout' })
      } else {
        put(place, nameFor(entry, layer))
        if (entry.type === 'directory' && xattrsOf(entry).get(asByteText('trusted.overlay.opaque')) === '79')
          weaken(place, 'opaque')
      }
    }
  }
  const linkAlone = (entry: EntryFixture, path: string): boolean => {
    const wanted = clean(entry.target ?? '')
    if (wanted === '') return false
    const directory = follow(parentOf(wanted), symlink)
    const place = directory === undefined ? undefined : join(directory, nameOf(wanted))
    const at = place === undefined ? undefined : alone.get(place)
    if (place === path && at?.kind === 'name') return false
    if (at?.kind === 'directory' && at.name !== undefined) return true
    const ownName = at?.kind === 'name' ? at.name : directory === undefined ? undefined : aside.get(wanted)
    const target = ownName ?? mergedTarget(wanted, path)
    if (target === undefined) return false
    if (isDirectory(target)) return true
    if (target.inode.layer === layer) {
      Object.assign(target.inode, attributesOf(entry))
      target.inode.xattrs = new Map([...target.inode.xattrs, ...xattrsOf(entry)])
    }
    put(path, { inode: target.inode, layer })
    return true
  }
  /** A link that runtimes refuse is linked as the specification says: to the merged tree of this moment. */
  const mergedTarget = (wanted: string, path: string): NaiveName | undefined => {
    const merged = stack(lower, alone, layer, false)
    const at = (place: string) => merged.get(place)
    const directory = follow(parentOf(wanted), place =>
      at(place)?.inode.type === 'symlink' ? at(place)?.inode.target : undefined,
    )
    if (directory === undefined || join(directory, nameOf(wanted)) === path) return undefined
    return at(join(directory, nameOf(wanted)))
  }
  const linkLate = (entry: EntryFixture): boolean => {
    const parent = follow(parentOf(clean(entry.path)), symlink)
    if (parent === undefined) return false
    const place = join(parent, nameOf(clean(entry.path)))
    const at = alone.get(place)
    return (at === undefined || at.kind === 'whiteout') && linkAlone(entry, place)
  }
  for (const entry of entries) apply(entry)
  tryLate(late, linkLate)
  return stack(lower, alone, layer, true)
}

function stack(lower: NaiveTree, alone: ReadonlyMap<string, Alone>, layer: number, hidesOverlayXattrs: boolean): NaiveTree {
  const tree = new Map(lower)
  const clear = (path: string) => {
    for (const each of [...tree.keys()]) if (isBelow(each, path)) tree.delete(each)
  }
  for (const [path, at] of [...alone].toSorted(([a], [b]) => a.split('/').length - b.split('/').length)) {
    if (path === '') continue
    if (at.kind === 'whiteout') {
      clear(path)
      tree.delete(path)
    } else if (at.kind === 'name') {
      clear(path)
      tree.set(path, at.name)
    } else {
      if (at.lower === 'fresh') clear(path)
      if (at.lower === 'opaque') {
        // Directories that no layer lists keep their lower attributes all the same: containerd copies them.
        const directories = [...tree].filter(([each, name]) => isBelow(each, path) && isDirectory(name))
        const isKept = (each: string): boolean => {
          const own = alone.get(each)
          return own?.kind === 'directory' && own.lower !== 'fresh' && (parentOf(each) === path || isKept(parentOf(each)))
        }
        clear(path)
        for (const [each, name] of directories) if (isKept(each)) tree.set(each, name)
      }
      if (at.name !== undefined) tree.set(path, hidesOverlayXattrs ? withoutOverlayXattrs(at.name) : at.name)
      else if (at.lower === 'fresh' || !isDirectory(tree.get(path))) tree.set(path, impliedName(layer))
    }
  }
  return tree
}

/** An overlay mount does not show its own attributes. */
function withoutOverlayXattrs(name: NaiveName): NaiveName {
  const xattrs = new Map([...name.inode.xattrs].filter(([key]) => !key.startsWith('trusted.overlay.')))
  return { ...name, inode: { ...name.inode, xattrs } }
}
