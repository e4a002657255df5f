import { displayPath, type FilePath } from '../../layer/file-path.ts'
import { nodesOf } from '../../overlay/node-steps.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import { capabilitiesOf } from '../capabilities.ts'
import type { Owner } from '../ownership.ts'
import type { Hit, Layers, LayersRule, Rule } from '../rule.ts'
import { isDangerousSetId, isShippedSetId } from './set-id-names.ts'

/** Modes and attributes of single files. */

const setuid: LayersRule = {
  id: 'file/setuid',
  severity: 'warning',
  title: 'A program runs with the rights of its owner, not of the user that starts it',
  matches:
    'A visible regular file with a set-id bit and an execute bit that its package does not ship so; an error for shells, interpreters, editors and tools that run or write anything',
  mustNotMatch:
    'Set-id programs of packages, unmodified: one line of info names all of them; directories; files without an execute bit',
  fix: { other: 'chmod a-s in the step that adds it, or leave the program out.' },
  references: ['CIS 4.8', 'CIS-DI-0008'],
  needs: 'layers',
  *look(layers) {
    const shipped: TreeNode[] = []
    for (const node of nodesOf(layers.snapshot, layers.index.setId)) {
      if (node === undefined) {
        yield
        continue
      }
      const owner = ownerOf(layers, node)
      const mode = node.mode.toString(8).padStart(4, '0')
      const place = { path: node.path, layer: node.layer, bytes: node.size, key: node.sha256 ?? '' }
      if ((node.mode & 0o4000) !== 0 && isDangerousSetId(node.name))
        yield { ...place, severity: 'error', detail: `Mode ${mode}: a user that may run it can act as user ${node.uid}.` }
      else if (isShippedSo(node, owner)) shipped.push(node)
      else yield { ...place, detail: `Mode ${mode}, owner ${node.uid}:${node.gid}; ${origin(owner)}.` }
    }
    if (shipped.length > 0) yield collapsedSetId(shipped)
  },
}

function origin(owner: Owner | undefined): string {
  if (owner === undefined) return 'no package owns it'
  return owner.published === 'changed'
    ? `package ${owner.package.name} shipped other content`
    : `package ${owner.package.name} does not ship it so`
}

/** apk and rpm record modes; for dpkg the list of what distributions ship decides. */
function isShippedSo({ mode, name }: TreeNode, owner: Owner | undefined): boolean {
  if (owner === undefined || owner.published === 'changed' || owner.published === 'weak') return false
  return owner.mode === undefined ? isShippedSetId(name) : (owner.mode & 0o6000) === (mode & 0o6000)
}

function collapsedSetId(nodes: readonly TreeNode[]): Hit {
  const names = nodes.map(({ path }) => `/${displayPath(path)}`).sort()
  const more = names.length > 12 ? `, and ${names.length - 12} more` : ''
  return {
    severity: 'info',
    title: `${nodes.length} set-id ${nodes.length === 1 ? 'program' : 'programs'} of packages, as they were shipped`,
    detail: `${names.slice(0, 12).join(', ')}${more}.`,
    key: 'packages',
    mendedBy: nodes.reduce((latest, { layer }) => Math.max(latest, layer), 0),
  }
}

const worldWritable: LayersRule = {
  id: 'file/world-writable',
  severity: 'warning',
  title: 'All users may write to it',
  matches:
    'A regular file with an execute bit that others may write to, or that lies in a directory of PATH or below etc; a directory that others may write to, without the sticky bit',
  mustNotMatch:
    "Symlinks, devices, sockets; directories with the sticky bit, as tmp has; other files; GOPATH of golang's image, told as info",
  fix: { other: 'chmod o-w it in the step that makes it, or set the sticky bit of a directory (chmod 1777).' },
  references: [],
  needs: 'layers',
  *look({ snapshot, image, index }) {
    const searched = new Set(searchedDirectories(image.config?.value.container.env ?? []))
    for (const node of nodesOf(snapshot, index.worldWritable)) {
      if (node === undefined) yield
      if (node === undefined || !isExposed(node, searched)) continue
      const mode = node.mode.toString(8).padStart(4, '0')
      yield {
        ...(/^go(?:\/|$)/.test(node.path) && { severity: 'info' }),
        path: node.path,
        layer: node.layer,
        detail: `A ${node.type} of mode ${mode}, owner ${node.uid}:${node.gid}.`,
      }
    }
  },
}

function isExposed({ type, mode, path }: TreeNode, searched: ReadonlySet<string>): boolean {
  if (type === 'directory') return (mode & 0o1000) === 0
  if ((mode & 0o111) !== 0 || path.startsWith('etc/')) return true
  return searched.has(path.slice(0, Math.max(0, path.lastIndexOf('/'))))
}

const DEFAULT_DIRECTORIES = ['usr/local/sbin', 'usr/local/bin', 'usr/sbin', 'usr/bin', 'sbin', 'bin']

function searchedDirectories(env: readonly string[]): readonly string[] {
  const path = env.findLast(each => each.startsWith('PATH='))?.slice('PATH='.length)
  return path === undefined ? DEFAULT_DIRECTORIES : path.split(':').map(each => each.replace(/^\/+|\/+$/g, ''))
}

const capabilities: LayersRule = {
  id: 'file/capabilities',
  severity: 'info',
  title: 'A program is given capabilities when it is started',
  matches: 'A visible file with the attribute security.capability and at least one capability in it',
  mustNotMatch: 'Files that a package ships, such as ping',
  fix: { other: 'setcap -r it in the step that adds it, or grant the capability to the container that needs it.' },
  references: [],
  needs: 'layers',
  *look(layers) {
    for (const node of nodesOf(layers.snapshot, layers.index.capable)) {
      if (node === undefined) {
        yield
        continue
      }
      const owner = ownerOf(layers, node)
      const value = node.xattrs.find(([name]) => name === 'security.capability')?.[1]
      const names = value === undefined ? [] : capabilitiesOf(value)
      if (names.length === 0 || (owner !== undefined && owner.published !== 'changed' && owner.published !== 'weak')) continue
      yield { path: node.path, layer: node.layer, detail: `It gets ${names.join(', ')}.`, key: names.join(',') }
    }
  },
}

/** The package that owns the file at the path. */
export function ownerOf({ ownership }: Layers, node: TreeNode): Owner | undefined {
  const content = node.content
  return content === undefined ? undefined : ownership.ownerOf(node.path as FilePath, content.layer, content.entry)
}

export const FILE_ROWS: readonly Rule[] = [setuid, worldWritable, capabilities]
