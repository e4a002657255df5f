import { displayPath, type FilePath, joinPath, parentPath } from '../../layer/file-path.ts'
import { keptNodes, nodesBelow, nodesOf } from '../../overlay/node-steps.ts'
import type { Steps } from '../../overlay/steps.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import { parseElf } from '../elf.ts'
import { wantOf } from '../find-node.ts'
import type { Hit, Layers, LayersRule, Rule } from '../rule.ts'
import { dotenv } from './dotenv-row.ts'
import { ownerOf } from './file-rows.ts'

/** Files that a build took along and that belong to the person or the repository it ran for. */

const DOCKERIGNORE = { other: 'Add a line for it to .dockerignore, or COPY the directories that are needed by name.' }

const gitDirectory: LayersRule = {
  id: 'leak/git-directory',
  severity: 'error',
  title: "The repository's history is in the image",
  matches:
    'A visible directory .git with HEAD and with objects or packed-refs: everything that was ever committed can be read from it',
  mustNotMatch: 'A file .git, as submodules and work trees have it; directories below node_modules, told as info',
  fix: { other: 'Add .git to .dockerignore; where the build needs the revision, pass it as an argument.' },
  references: ['DKL-LI-0003'],
  needs: 'layers',
  *look(layers) {
    for (const node of nodesOf(layers.snapshot, layers.index.named.git)) {
      if (node === undefined) yield
      if (node?.type !== 'directory') continue
      const has = (name: string) => layers.snapshot.find(joinPath(node.path, name)) !== undefined
      if (!has('HEAD') || !(has('objects') || has('packed-refs'))) continue
      const below = yield* visibleBytes(layers, node)
      yield {
        ...(isVendored(node.path) && { severity: 'info' }),
        path: node.path,
        layer: node.layer,
        bytes: below,
        detail: `/${displayPath(node.path)} is a whole repository.`,
      }
    }
  },
}

/** Visible content bytes below a directory, each inode once. */
function* visibleBytes({ snapshot }: Layers, directory: TreeNode): Steps<number> {
  const inodes = new Set<number>()
  let sum = 0
  for (const node of nodesBelow(snapshot, directory)) {
    if (node === undefined) yield
    if (node?.type !== 'file' || inodes.has(node.inode)) continue
    inodes.add(node.inode)
    sum += node.size
  }
  return sum
}

function isVendored(path: FilePath): boolean {
  return /(?:^|\/)(?:node_modules|vendor)\//.test(path)
}

const editorFiles: LayersRule = {
  id: 'leak/editor-os',
  severity: 'info',
  title: 'Files of an editor, a desktop or the build itself are in the image',
  matches: '.DS_Store, Thumbs.db, .idea, .vscode, *.swp, .vimrc, .github, Dockerfile, .dockerignore, compose files',
  mustNotMatch: 'Files below node_modules and vendor; files that a package owns, and those below usr/share and usr/lib',
  fix: DOCKERIGNORE,
  references: ['DKL-LI-0003'],
  needs: 'layers',
  *look(layers) {
    for (const node of yield* editorNodes(layers))
      yield { path: node.path, layer: node.layer, bytes: node.size, detail: `/${displayPath(node.path)} came along.` }
  },
}

function editorNodes(layers: Layers): Steps<readonly TreeNode[]> {
  return keptNodes(nodesOf(layers.snapshot, layers.index.named.editor), node => {
    if (isVendored(node.path) || /^usr\/(?:share|lib|src)\//.test(node.path)) return false
    if (EDITOR_DIRECTORIES.test(node.path) !== (node.type === 'directory')) return false
    return ownerOf(layers, node) === undefined
  })
}

const EDITOR_DIRECTORIES = /(?:^|\/)\.(?:idea|vscode|github)$/

const buildContext: LayersRule = {
  id: 'leak/build-context',
  severity: 'warning',
  title: 'A whole working directory was copied into the image',
  matches:
    'A layer of COPY or ADD of the directory . that has tests or documentation beside more than three files of editors, desktops and the build',
  mustNotMatch: 'Copies of chosen files; layers of packages',
  fix: DOCKERIGNORE,
  references: ['DL3067'],
  needs: 'layers',
  *look(layers) {
    const copies = layers.image.steps.filter(({ history }) => COPIES_ALL.test(history?.createdBy ?? ''))
    if (copies.length === 0) return
    const editors = Map.groupBy(yield* editorNodes(layers), node => node.layer)
    const named = nodesOf(layers.snapshot, layers.index.named.tests)
    const allTests = Map.groupBy(yield* keptNodes(named, ({ path }) => !isVendored(path)), node => node.layer)
    for (const { layer = -1 } of copies) {
      const own = editors.get(layer) ?? []
      if (own.length <= 3) continue
      const directories = new Set(own.map(({ path }) => parentPath(path)))
      const tests = yield* keptNodes(allTests.get(layer) ?? [], ({ path }) => directories.has(parentPath(path)))
      const [first] = tests
      if (first === undefined) continue
      const names = [...own, ...tests].slice(0, 8).map(({ path }) => `/${displayPath(path)}`)
      yield { layer, path: parentPath(first.path), detail: `Layer ${layer + 1} copies ., with ${names.join(', ')}.` }
    }
  },
}

/** `COPY . /app`, as BuildKit, docker and buildah write it; classic docker has a digest in place of the source. */
const COPIES_ALL = /(?<![\w-])(?:COPY|ADD)\s+(?:--\S+\s+)*(?:\.\/?\s|dir:)/

const coreDump: LayersRule = {
  id: 'leak/core-dump',
  severity: 'warning',
  title: "A process's memory is in the image",
  matches: 'An ELF file of type core named core or core.*, a Java heap dump (*.hprof), a heapdump of Node.js',
  mustNotMatch: 'Other files and directories of these names',
  fix: { other: 'Remove it in the step that crashes, and mind that memory holds whatever the process knew.' },
  references: [],
  needs: 'layers',
  *wants(layers) {
    for (const node of dumps(layers)) yield* wantOf(node, 64)
  },
  *look(layers, contents): Iterable<Hit> {
    for (const node of dumps(layers)) {
      const head = node.content && contents.get(node.content.layer, node.content.entry)
      if (head === undefined) continue
      const text = Buffer.from(head).toString('latin1')
      const isDump = /^core(?:\.|$)/.test(node.name)
        ? parseElf(head)?.type === ELF_CORE
        : text.startsWith('JAVA PROFILE') || (node.name.startsWith('heapdump') && text.startsWith('{"snapshot"'))
      if (isDump)
        yield { path: node.path, layer: node.layer, bytes: node.size, detail: `/${displayPath(node.path)} is a memory dump.` }
    }
  },
}

const ELF_CORE = 4
/** Files of such names that are looked into. */
const DUMPS_LIMIT = 1000

function dumps({ index, snapshot }: Layers): readonly TreeNode[] {
  return index.named.dump
    .slice(0, DUMPS_LIMIT)
    .flatMap(id => snapshot.node(id) ?? [])
    .filter(({ type }) => type === 'file')
}

export const LEAK_ROWS: readonly Rule[] = [gitDirectory, dotenv, editorFiles, buildContext, coreDump]
