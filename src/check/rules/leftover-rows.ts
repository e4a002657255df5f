import { formatCount } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import { baseName, displayPath, type FilePath, joinPath, parentPath } from '../../layer/file-path.ts'
import { keptNodes, nodesOf } from '../../overlay/node-steps.ts'
import { STEP } from '../../overlay/steps.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import type { VersionId } from '../../overlay/version-table.ts'
import type { InstalledPackage } from '../ownership.ts'
import type { Layers, LayersRule, Rule } from '../rule.ts'
import { superfluousPackages } from '../superfluous-packages.ts'
import { commandOf } from './program.ts'

/** Visible files that a build needs and a container does not. */

const MEGABYTE = 1_000_000

const buildTools: LayersRule = {
  id: 'waste/build-tools',
  severity: 'info',
  title: 'Compilers and other build tools are shipped',
  matches:
    'More than 10 MB of packages that compile (gcc, make, cmake, *-dev, headers, JDKs) or of Rust and Go tool chains, installed above the base',
  mustNotMatch: 'Images whose command is such a tool; packages of the base image',
  fix: {
    other: 'Build in a stage of its own and COPY --from=build what was built; or remove the tools in the RUN that installs them.',
  },
  references: [],
  needs: 'layers',
  *look(layers) {
    const { claims, baseLayers } = layers
    const command = baseName((commandOf(layers.image.config?.value.container)[0] ?? '') as FilePath)
    const packages = layers.ownership.packages.filter(each => each.layer >= baseLayers && each.bytes > 0 && isBuildTool(each))
    const places = claims.places.filter(({ place, layer }) => place.use === 'tools' && layer >= baseLayers)
    if (BUILD_COMMAND.test(command)) return
    const total = [...packages.map(({ bytes }) => bytes), ...places.map(({ visible }) => visible)].reduce((a, b) => a + b, 0)
    if (total <= 10 * MEGABYTE) return
    const byLayer = Map.groupBy(packages, ({ layer }) => layer)
    for (const [layer, inLayer] of byLayer) {
      const bytes = inLayer.reduce((sum, each) => sum + claimed(layers, each), 0)
      const names = inLayer.toSorted((a, b) => b.bytes - a.bytes).map(({ name, bytes: size }) => `${name} ${formatSize(size)}`)
      const more = names.length > 8 ? `, and ${names.length - 8} more` : ''
      yield { layer, bytes, detail: `Layer ${layer + 1} installs ${names.slice(0, 8).join(', ')}${more}.`, key: 'packages' }
    }
    for (const { layer, path, visible, place } of places)
      yield {
        layer,
        path,
        bytes: visible,
        detail: `Layer ${layer + 1} ships ${formatSize(visible)} of the ${place.tool} tool chain.`,
      }
  },
}

const BUILD_COMMAND = /^(?:gcc|g\+\+|cc|make|cmake|cargo|rustc|go|javac|jshell|mvn|gradle|ninja|clang)$/

const BUILD_TOOL =
  /^(?:build-essential|gcc(?:-[\d.]+.*)?|g\+\+(?:-[\d.]+.*)?|cpp-[\d.]+.*|binutils.*|make|cmake(?:-data)?|ninja(?:-build)?|autoconf|automake|libtool|pkg-config|pkgconf|clang(?:-[\d.]+)?|llvm(?:-[\d.]+)?(?:-dev)?|musl-dev|libc-dev|libc6-dev|linux-headers.*|linux-libc-dev|kernel-headers|kernel-devel|gcc-c\+\+|glibc-devel|golang(?:-.*)?|go|rustc|cargo|rust|openjdk-[\d]+-jdk(?:-headless)?|java-.*-openjdk-devel|nodejs-dev|patch|m4|bison|flex|gdb|\.build-deps.*)$|-dev$|-devel$/

function isBuildTool({ name, type }: InstalledPackage): boolean {
  return (type === 'deb' || type === 'apk' || type === 'rpm') && BUILD_TOOL.test(name)
}

/** Bytes of a package's visible files that no rule has claimed, claimed now. */
function claimed({ snapshot, claims }: Layers, { files }: InstalledPackage): number {
  const { tree } = snapshot
  let bytes = 0
  for (const path of files) {
    const version = tree.versions.visible(tree.paths.find(path), snapshot.layers)
    if (version !== 0 && tree.type(version) === 'file') bytes += claims.claim(tree.versions.inode(version))
  }
  return bytes
}

const recommended: LayersRule = {
  id: 'waste/recommended',
  severity: 'info',
  title: 'Packages are installed that nothing needs, only recommends',
  matches: 'More than 5 MB of packages above the base that are reached from what was asked for by Recommends and Suggests only',
  mustNotMatch:
    'Images whose database does not say what was asked for (extended_states); packages of the base image; what a package depends on',
  fix: { other: 'apt-get install --no-install-recommends in the RUN that installs them, and name those that are wanted.' },
  references: ['DL3015'],
  needs: 'layers',
  *look(layers) {
    const found =
      superfluousPackages(layers.ownership.packages)?.recommended.filter(({ layer }) => layer >= layers.baseLayers) ?? []
    if (found.reduce((sum, { bytes }) => sum + bytes, 0) <= 5 * MEGABYTE) return
    for (const [layer, inLayer] of Map.groupBy(found, each => each.layer)) {
      const bytes = inLayer.reduce((sum, each) => sum + claimed(layers, each), 0)
      const names = inLayer.toSorted((a, b) => b.bytes - a.bytes).map(({ name, bytes: size }) => `${name} ${formatSize(size)}`)
      const more = names.length > 8 ? `, and ${names.length - 8} more` : ''
      yield { layer, bytes, detail: `Layer ${layer + 1} installs ${names.slice(0, 8).join(', ')}${more}.`, key: 'recommended' }
    }
  },
}

const bytecode: LayersRule = {
  id: 'waste/bytecode',
  severity: 'info',
  title: 'Compiled Python files are shipped beside their sources',
  matches: 'More than 5 MB of .pyc files whose source is there too',
  mustNotMatch: 'Programs shipped as bytecode only',
  fix: {
    other:
      'PYTHONDONTWRITEBYTECODE=1 in the steps that run Python and pip --no-compile. The first start of a container then compiles again.',
  },
  references: [],
  needs: 'layers',
  *look(layers) {
    const named = nodesOf(layers.snapshot, layers.index.named.bytecode)
    const nodes = yield* keptNodes(named, node => hasSource(layers, node))
    yield* summed(
      layers,
      nodes,
      5 * MEGABYTE,
      ({ count, size, layer }) => `Layer ${layer + 1} ships ${count} .pyc files, ${size}.`,
    )
  },
}

function hasSource({ snapshot }: Layers, { path, name }: TreeNode): boolean {
  const directory = parentPath(path)
  const above = baseName(directory) === '__pycache__' ? parentPath(directory) : directory
  return snapshot.find(joinPath(above, `${name.split('.')[0]}.py`)) !== undefined
}

const archives: LayersRule = {
  id: 'waste/vcs-archives',
  severity: 'info',
  title: 'Archives are shipped beside what was unpacked from them',
  matches:
    'More than 5 MB of archives and packages whose unpacked directory lies beside them, or that were left in tmp, usr/src, root or the root directory',
  mustNotMatch:
    'Caches, which have their own rule; documentation and other compressed single files; archives of an application elsewhere',
  fix: { other: 'ADD the archive, which unpacks it, or pipe it: curl … | tar xz; or remove it in the same RUN.' },
  references: ['DL3010'],
  needs: 'layers',
  *look(layers) {
    const { snapshot, index, claims } = layers
    const nodes = yield* keptNodes(
      nodesOf(snapshot, index.named.archive),
      node => node.type === 'file' && !claims.isClaimed(node.inode) && isLeft(layers, node),
    )
    yield* summed(
      layers,
      nodes,
      5 * MEGABYTE,
      ({ count, size, layer, largest }) => `Layer ${layer + 1} leaves ${count} archives, ${size}; the largest is ${largest}.`,
    )
  },
}

const ARCHIVE = /\.(?:tar\.(?:gz|xz|bz2|zst)|tgz|zip|whl|deb|rpm)$/
const LEFT_IN = /^(?:tmp|var\/tmp|usr\/src|usr\/local\/src|root|opt)?(?:\/[^/]+)?$/

function isLeft({ snapshot }: Layers, { path, name }: TreeNode): boolean {
  if (!ARCHIVE.test(name)) return name.endsWith('.jar.original')
  const directory = parentPath(path)
  const stem = name.replace(ARCHIVE, '')
  const beside = [stem, stem.replace(/[-_.]?v?\d.*$/s, '')]
    .filter(each => each !== '')
    .map(each => snapshot.find(joinPath(directory, each)))
  if (beside.some(node => node?.type === 'directory')) return true
  return LEFT_IN.test(directory) && directory !== 'opt'
}

type Sum = { readonly count: string; readonly size: string; readonly layer: number; readonly largest: string }

/** One finding a layer for many files, where they are more than so many bytes in all. */
function* summed({ claims }: Layers, nodes: readonly TreeNode[], least: number, detail: (sum: Sum) => string) {
  const byLayer = new Map<number, InLayer>()
  let [all, seen] = [0, 0]
  for (const node of nodes) {
    if (++seen % STEP === 0) yield
    const { inode, size, layer } = node
    if (claims.isClaimed(inode)) continue
    all += size
    const known = byLayer.get(layer)
    if (known === undefined) byLayer.set(layer, { inodes: [inode], largest: node, most: size })
    else {
      known.inodes.push(inode)
      if (size > known.most) [known.largest, known.most] = [node, size]
    }
  }
  if (all <= least) return
  for (const [layer, { inodes, largest }] of byLayer) {
    const bytes = yield* claims.claimSteps(inodes)
    const words = { count: formatCount(inodes.length), size: formatSize(bytes), layer, largest: `/${displayPath(largest.path)}` }
    yield { layer, ...(inodes.length === 1 && { path: largest.path }), bytes, detail: detail(words), key: 'sum' }
  }
}

/** Files of one layer that are told together, and the first of the largest among them. */
type InLayer = { readonly inodes: VersionId[]; largest: TreeNode; most: number }

export const LEFTOVER_ROWS: readonly Rule[] = [buildTools, recommended, bytecode, archives]
