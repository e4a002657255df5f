import type { Descriptor } from '../../blob/descriptor.ts'
import type { ImageNode } from '../../image/list.ts'
import type { FoundReferrer } from '../browse/listing.ts'

/** One row of the index view: a node of the listing, or a blob that a manifest names. */
export type IndexRow = {
  readonly depth: number
  /** Its place in the tree: `0.2.1`. */
  readonly key: string
  readonly descriptor: Descriptor
  readonly node: ImageNode | undefined
  /** What the manifest above it uses it as. */
  readonly part: 'config' | 'layer' | undefined
  /** What it is to the image above it, where a registry says that it refers to it. */
  readonly referrer?: FoundReferrer
  readonly parts: number
  readonly open: boolean
}

/**
 * The tree of index → manifests → config and layers as rows. A manifest's blobs are listed when it is open: that of the
 * image on the screen is, others are until asked for; `toggled` turns what is.
 */
export function indexRows(
  nodes: readonly ImageNode[],
  current: string,
  toggled: ReadonlySet<string>,
  referrers: ReadonlyMap<string, readonly FoundReferrer[]> = new Map(),
): readonly IndexRow[] {
  const rows: IndexRow[] = []
  const add = (node: ImageNode, key: string, depth: number) => {
    const blobs = partsOf(node)
    const children = 'children' in node ? node.children : []
    const parts = blobs.length + children.length
    const open = parts > 0 && (node.kind === 'index' || node.descriptor.digest === current) !== toggled.has(key)
    rows.push({ depth, key, descriptor: node.descriptor, node, part: undefined, parts, open })
    if (open) {
      for (const [index, { descriptor, part }] of blobs.entries()) {
        rows.push({ depth: depth + 1, key: `${key}:${index}`, descriptor, node: undefined, part, parts: 0, open: false })
      }
    }
    for (const [index, referrer] of (referrers.get(node.descriptor.digest) ?? []).entries()) {
      const { descriptor } = referrer
      const common = { depth: depth + 1, key: `${key}@${index}`, node: undefined, part: undefined, parts: 0, open: false }
      rows.push({ ...common, descriptor, referrer })
    }
    // Attestations are always seen under the image they speak of.
    if (open || node.kind !== 'index') for (const [index, child] of children.entries()) add(child, `${key}.${index}`, depth + 1)
  }
  for (const [index, node] of nodes.entries()) add(node, String(index), 0)
  return rows
}

type Part = { readonly descriptor: Descriptor; readonly part: 'config' | 'layer' }

function partsOf(node: ImageNode): readonly Part[] {
  if (node.kind !== 'image' && node.kind !== 'artifact' && node.kind !== 'attestation') return []
  if (node.document === undefined) return []
  const { config, layers } = node.document.value
  return [{ descriptor: config, part: 'config' }, ...layers.map(descriptor => ({ descriptor, part: 'layer' as const }))]
}
