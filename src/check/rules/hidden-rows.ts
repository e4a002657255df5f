import { formatCount } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import { at } from '../../layer/changeset.ts'
import { displayPath, type FilePath } from '../../layer/file-path.ts'
import type { MergedTree } from '../../overlay/merged-tree.ts'
import { STEP, type Steps } from '../../overlay/steps.ts'
import { NO_ENTRY, type VersionId } from '../../overlay/version-table.ts'
import { duplicateSteps } from '../../space/duplicates.ts'
import { contentSizeOf, type Waste, type WasteLedger } from '../../space/waste.ts'
import { addTo } from '../../sums.ts'
import type { Hit, Layers, LayersRule, Rule } from '../rule.ts'

/** Hidden and doubled bytes, as far as no other rule has claimed them. */

const MEGABYTE = 1_000_000

const metadataRewrite: LayersRule = {
  id: 'waste/metadata-rewrite',
  severity: 'warning',
  title: 'Files are shipped twice because a layer changes only their mode or owner',
  matches: 'More than 1 MB of content that one layer ships again, byte for byte, with other attributes',
  mustNotMatch: 'Files whose content changes too',
  fix: {
    other: 'Set owner and mode in the step that makes the files, and drop the later chown or chmod.',
    buildkit: 'COPY --chown=USER:GROUP --chmod=MODE in the layer that brings the files, and drop the later RUN chown or chmod.',
    buildah: 'COPY --chown=USER:GROUP --chmod=MODE in the layer that brings the files, and drop the later RUN chown or chmod.',
  },
  references: [],
  needs: 'layers',
  *look(layers) {
    const { ledger, claims, stack } = layers
    const rewritten = yield* claims.hiddenSteps(inode => ledger.hiding(inode).cause === 'metadata-only')
    for (const [layer, inodes] of Map.groupBy(rewritten, inode => ledger.hiding(inode).hiddenBy)) {
      const bytes = sum(stack.tree, inodes)
      if (bytes <= MEGABYTE) continue
      yield* claims.claimSteps(inodes)
      const from = inodes.reduce((least, inode) => Math.min(least, stack.tree.versions.layer(inode)), layer)
      const edits = from < layer ? [{ type: 'squash', from, to: layer } as const] : []
      yield { layer, bytes, hiddenBytes: bytes, detail: yield* rewriteDetail(layers, layer, inodes), key: 'rewrite', edits }
    }
  },
}

function* rewriteDetail({ stack: { tree } }: Layers, layer: number, inodes: readonly VersionId[]): Steps<string> {
  const shippers = [...new Set(inodes.map(inode => tree.versions.layer(inode) + 1))].sort((a, b) => a - b)
  const owners = new Set<string>()
  const modes = new Set<string>()
  for (const [number, inode] of inodes.entries()) {
    if (number % STEP === STEP - 1) yield
    const after = attributes(tree, tree.versions.visible(tree.versions.path(inode), layer + 1))
    if (after === undefined) continue
    owners.add(after.owner)
    modes.add(after.mode)
  }
  const [owner] = owners
  const [mode] = modes
  const value = [
    ...(owners.size === 1 && owner !== '0:0' ? [`--chown=${owner}`] : []),
    ...(modes.size === 1 ? [`--chmod=${mode}`] : []),
  ].join(' ')
  const files = `${formatCount(inodes.length)} ${inodes.length === 1 ? 'file' : 'files'} of ${shippers.map(each => `layer ${each}`).join(', ')}`
  const advice = value === '' ? '' : `: ${value} there does it`
  return `Layer ${layer + 1} ships ${files} again (${formatSize(sum(tree, inodes))}), with the same content${advice}.`
}

function attributes(tree: MergedTree, version: VersionId): { readonly owner: string; readonly mode: string } | undefined {
  const inode = tree.versions.inode(version)
  const entry = version === 0 ? NO_ENTRY : tree.versions.entry(inode)
  if (entry === NO_ENTRY) return undefined
  const { uids, gids, modes } = tree.changeset(inode)
  return { owner: `${at(uids, entry)}:${at(gids, entry)}`, mode: at(modes, entry).toString(8).padStart(4, '0') }
}

const hidden: LayersRule = {
  id: 'waste/hidden',
  severity: 'warning',
  title: 'Files are shipped that no container sees',
  matches:
    'Content that a later layer removes, replaces or makes opaque, told by the pair of layers, where it is more than 5 % of what the image ships or 10 MB in all',
  mustNotMatch: 'Files of another rule of waste/*; files that the base image hides itself are told apart',
  fix: {
    other:
      'Remove or change the files in the step that makes them, or leave them out there; peel squash takes them out of this image now.',
  },
  references: [],
  needs: 'layers',
  *look({ ledger, claims, stack: { tree } }) {
    const pairs = new Map<string, HiddenPair>()
    let [all, seen] = [0, 0]
    for (const inode of yield* claims.hiddenSteps()) {
      if (++seen % STEP === 0) yield
      const { hiddenBy, cause } = ledger.hiding(inode)
      const key = `${tree.versions.layer(inode)} ${hiddenBy}`
      const pair = pairs.get(key) ?? new HiddenPair()
      pairs.set(key, pair)
      const bytes = contentSizeOf(tree, inode)
      pair.add(inode, bytes, cause)
      all += bytes
    }
    if (all <= 10 * MEGABYTE && all <= ledger.shipped * 0.05) return
    for (const pair of pairs.values()) {
      yield* claims.claimSteps(pair.inodes)
      yield pairHit(ledger, pair, all)
    }
  },
}

/** A pair of layers whose share of the hidden bytes is less is told without alarm. */
const SMALL_SHARE = 0.01

/** Contents that one layer ships and one layer hides, and their bytes by the cause that hides them. */
class HiddenPair {
  readonly inodes: VersionId[] = []
  readonly byCause = new Map<Waste['cause'], number>()
  bytes = 0
  largest: VersionId = 0
  #largestBytes = -1

  add(inode: VersionId, bytes: number, cause: Waste['cause']): void {
    this.inodes.push(inode)
    this.bytes += bytes
    addTo(this.byCause, cause, bytes)
    if (bytes <= this.#largestBytes) return
    this.#largestBytes = bytes
    this.largest = inode
  }
}

function pairHit(ledger: WasteLedger, { inodes, bytes, byCause, largest: inode }: HiddenPair, all: number): Hit {
  const largest = ledger.file(inode)
  const { shippedBy, hiddenBy, path } = largest
  const causes = [...byCause].map(([cause, sum]) => `${formatSize(sum)} ${CAUSES[cause]}`).join(', ')
  const by = shippedBy === hiddenBy ? 'it hides itself' : `layer ${hiddenBy + 1} hides`
  const count = `${formatCount(inodes.length)} ${inodes.length === 1 ? 'file' : 'files'}`
  return {
    ...(bytes < all * SMALL_SHARE && { severity: 'info' }),
    layer: shippedBy,
    hiddenBy,
    ...(inodes.length === 1 && { path }),
    bytes,
    detail: `Layer ${shippedBy + 1} ships ${count} that ${by} (${causes}); the largest is /${displayPath(path)}, ${formatSize(largest.bytes)}.`,
    key: inodes.length === 1 ? '' : path,
  }
}

const CAUSES: Readonly<Record<Waste['cause'], string>> = {
  overwritten: 'replaced',
  'metadata-only': 'shipped again with other attributes',
  removed: 'removed',
  opaque: 'behind an opaque directory',
  'type-changed': 'replaced by another kind of file',
  repeated: 'twice in one layer',
}

const duplicate: LayersRule = {
  id: 'waste/duplicate',
  severity: 'info',
  title: 'The same content is in the image more than once',
  matches: 'Visible files of the same sha256 that are no links of each other and whose extra copies are more than 1 MB',
  mustNotMatch:
    'Hard links and symlinks; the store of nix; data of programs below var/lib, which a link would tie together; files another rule of waste/* has told of',
  fix: {
    other:
      'Make the copies links: hard links inside one layer, symlinks across layers. Links share one inode, so editing one edits all.',
  },
  references: [],
  needs: 'layers',
  *look(layers) {
    const { snapshot, claims } = layers
    const { tree } = snapshot
    for (const { sha256, size, extra, paths } of yield* duplicateSteps(snapshot)) {
      if (extra <= MEGABYTE) return
      const versions = yield* unclaimed(layers, paths)
      const [kept] = versions
      const bytes = (versions.length - 1) * size
      if (kept === undefined || bytes <= MEGABYTE) continue
      yield* claims.claimSteps(versions.slice(1).map(copy => tree.versions.inode(copy)))
      const names = paths.slice(0, 4).map(path => `/${displayPath(path)}`)
      yield {
        path: tree.paths.fullPath(tree.versions.path(kept)),
        layer: versions.reduce((latest, version) => Math.max(latest, tree.versions.layer(version)), 0),
        bytes,
        detail: `${versions.length} copies of ${formatSize(size)}: ${names.join(', ')}${paths.length > 4 ? ', …' : ''}.`,
        evidence: { sha256 },
      }
    }
  },
}

/** The versions of paths whose copies may become links, as far as no rule has claimed them. */
function* unclaimed({ snapshot, claims }: Layers, paths: readonly FilePath[]): Steps<readonly VersionId[]> {
  const { tree } = snapshot
  const versions: VersionId[] = []
  for (const path of paths) {
    yield
    if (/^(?:nix\/store|var\/lib)\//.test(path)) continue
    const version = tree.versions.visible(tree.paths.find(path), snapshot.layers)
    if (!claims.isClaimed(tree.versions.inode(version))) versions.push(version)
  }
  return versions
}

function sum(tree: MergedTree, inodes: readonly VersionId[]): number {
  return inodes.reduce((total, inode) => total + contentSizeOf(tree, inode), 0)
}

export const HIDDEN_ROWS: readonly Rule[] = [metadataRewrite, hidden, duplicate]
