import { formatCount } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import { entryPath } from '../../layer/changeset.ts'
import { displayPath } from '../../layer/file-path.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import type { Layers, LayersRule, Rule } from '../rule.ts'

const MEGABYTE = 1_000_000

const debugInfo: LayersRule = {
  id: 'waste/debug-info',
  severity: 'info',
  title: 'Programs are shipped with symbols and debugging information',
  matches: 'More than 5 MB of sections that no run reads (.symtab, .strtab, .debug_*) in visible programs and libraries',
  mustNotMatch:
    'Files of packages; separate files of debugging information (/usr/lib/debug, *.debug); object files and kernel modules, which need their symbols; files that another rule of waste/* has told of',
  fix: {
    other:
      'strip the program in the step that builds it; go build -ldflags="-s -w", cargo: strip = true. Traces then have no names.',
  },
  references: [],
  needs: 'layers',
  *look(layers) {
    const found = strippable(layers)
    if (found.reduce((sum, { bytes }) => sum + bytes, 0) <= 5 * MEGABYTE) return
    for (const [layer, inLayer] of Map.groupBy(found, ({ node }) => node.layer)) {
      for (const { node } of inLayer) layers.claims.claim(node.inode)
      const bytes = inLayer.reduce((sum, each) => sum + each.bytes, 0)
      const largest = inLayer.toSorted((a, b) => b.bytes - a.bytes)
      const names = largest.slice(0, 5).map(({ node, bytes: own }) => `/${displayPath(node.path)} ${formatSize(own)}`)
      const count = `${formatCount(inLayer.length)} ${inLayer.length === 1 ? 'file' : 'files'}`
      yield {
        layer,
        ...(inLayer.length === 1 && largest[0] !== undefined && { path: largest[0].node.path }),
        bytes,
        detail: `Layer ${layer + 1} has ${formatSize(bytes)} of them in ${count}: ${names.join(', ')}${largest.length > 5 ? ', …' : ''}.`,
        key: 'symbols',
      }
    }
  },
}

type Strippable = { readonly node: TreeNode; readonly bytes: number }

/** Visible files that `strip` would make smaller, each inode once, as far as no rule has told of them. */
function strippable({ scans, stack, snapshot, claims, ownership }: Layers): readonly Strippable[] {
  const found = new Map<number, Strippable>()
  for (const [layer, { symbols }] of scans.entries()) {
    const changeset = stack.changesets[layer]
    if (changeset === undefined) continue
    for (const [entry, bytes] of symbols) {
      const node = snapshot.find(entryPath(changeset, entry))
      const isThere = node?.content?.layer === layer && node.content.entry === entry
      if (node === undefined || !isThere || claims.isClaimed(node.inode) || SEPARATE.test(node.path)) continue
      if (ownership.ownerOf(node.path, layer, entry) === undefined) found.set(node.inode, { node, bytes })
    }
  }
  return [...found.values()]
}

const SEPARATE = /^usr\/lib\/debug\/|\.debug$|\.ko$/

export const SYMBOL_ROWS: readonly Rule[] = [debugInfo]
