import { at } from '../layer/changeset.ts'
import type { MergedTree } from '../overlay/merged-tree.ts'
import { type PathId, ROOT_PATH } from '../overlay/path-table.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
import type { Stack } from '../overlay/tree.ts'
import { NO_ENTRY, NO_VERSION, type VersionId } from '../overlay/version-table.ts'

/** The kinds of names that rules look for: decided by the name alone, whatever directory it lies in. */
type NameKind = 'git' | 'dotenv' | 'editor' | 'dump' | 'archive' | 'bytecode' | 'tests' | 'miner' | 'pip-origin' | 'dots'

/** Paths that rules look at closer, found in one pass over an image's tree. Only what is visible in the image is in it. */
export type TreeIndex = {
  readonly named: Readonly<Record<NameKind, readonly PathId[]>>
  /** Regular files with a set-id bit and an execute bit. */
  readonly setId: readonly PathId[]
  /** Paths that are neither a link nor a device and may be written to by every user. */
  readonly worldWritable: readonly PathId[]
  /** Files with the attribute `security.capability`. */
  readonly capable: readonly PathId[]
  /** Regular files with any execute bit. */
  readonly programs: number
  /** Whether one of those lies outside of the directories that libraries are kept in. */
  readonly hasProgram: boolean
}

/** So many paths of one kind are kept: rules tell twenty of them and count the others. */
const KEPT = 100_000

/** Looks at every name of the image once, in small steps. */
export function* treeIndexSteps({ tree, changesets }: Stack): Steps<TreeIndex> {
  const named: Record<NameKind, PathId[]> = {
    git: [],
    dotenv: [],
    editor: [],
    dump: [],
    archive: [],
    bytecode: [],
    tests: [],
    miner: [],
    'pip-origin': [],
    dots: [],
  }
  const layers = changesets.length
  const modes = new ModeIndex(tree)
  for (let path = ROOT_PATH + 1; path <= tree.paths.count; path++) {
    if (path % STEP === 0) yield
    const version = tree.versions.visible(path, layers)
    if (version === NO_VERSION) continue
    const kind = kindOf(tree.paths.name(path))
    if (kind !== undefined && named[kind].length < KEPT) named[kind].push(path)
    modes.look(path, version)
  }
  const { setId, worldWritable, capable, programs, hasProgram } = modes
  return { named, setId, worldWritable, capable, programs, hasProgram }
}

const KINDS: ReadonlyMap<string, NameKind> = new Map<string, NameKind>([
  ['.git', 'git'],
  ...['.DS_Store', '.idea', '.vscode', 'Thumbs.db', 'Dockerfile', '.dockerignore', '.github', '.gitlab-ci.yml'].map(editor),
  ...['docker-compose.yml', 'docker-compose.yaml', 'compose.yml', 'compose.yaml', '.vimrc'].map(editor),
  ...['xmrig', 'xmr-stak', 'minerd', 'cpuminer', 'ccminer', 'ethminer', 't-rex', 'lolMiner', 'nbminer'].map(miner),
  ...['kinsing', 'kdevtmpfsi'].map(miner),
  ['direct_url.json', 'pip-origin'],
  ['core', 'dump'],
  ...['tests', 'test', '__tests__', 'spec', 'docs', 'doc'].map(name => [name, 'tests'] as const),
])

function editor(name: string): readonly [string, NameKind] {
  return [name, 'editor']
}

function miner(name: string): readonly [string, NameKind] {
  return [name, 'miner']
}

const EXTENSIONS: ReadonlyMap<string, NameKind> = new Map<string, NameKind>([
  ['swp', 'editor'],
  ['hprof', 'dump'],
  ['pyc', 'bytecode'],
  ...['gz', 'tgz', 'xz', 'bz2', 'zst', 'zip', 'whl', 'deb', 'rpm', 'original'].map(extension => [extension, 'archive'] as const),
])

function kindOf(name: string): NameKind | undefined {
  const known = KINDS.get(name)
  if (known !== undefined) return known
  if (name.startsWith('.env')) return name === '.env' || name[4] === '.' ? 'dotenv' : undefined
  if (name.startsWith('core.') || name.startsWith('heapdump')) return 'dump'
  if (DOTS.test(name) && (name.length > 2 || name.includes(' '))) return 'dots'
  return EXTENSIONS.get(name.slice(name.lastIndexOf('.') + 1))
}

/** Names that lists of files hide or show as nothing. */
const DOTS = /^[. ]+$/

const SET_ID = 0o6000
const EXECUTE = 0o111
const WRITE_BY_OTHERS = 0o002

class ModeIndex {
  readonly setId: PathId[] = []
  readonly worldWritable: PathId[] = []
  readonly capable: PathId[] = []
  programs = 0
  hasProgram = false
  readonly #tree: MergedTree
  /** By layer: which sets of attributes hold capabilities. */
  readonly #capabilities: readonly ReadonlySet<number>[]

  constructor(tree: MergedTree) {
    this.#tree = tree
    this.#capabilities = tree.changesets.map(({ xattrSets }) => {
      const sets = xattrSets.map((set, index) => (set.some(([name]) => name === 'security.capability') ? index : -1))
      return new Set(sets.filter(index => index >= 0))
    })
  }

  look(path: PathId, version: VersionId): void {
    const tree = this.#tree
    const inode = tree.versions.inode(version)
    const written = tree.versions.entry(inode)
    if (written === NO_ENTRY) return
    const entry = tree.inodeChanges.get(inode)?.entry ?? written
    const changeset = tree.changeset(inode)
    const mode = at(changeset.modes, entry)
    if ((mode & (SET_ID | EXECUTE | WRITE_BY_OTHERS)) === 0) return
    const type = tree.type(version)
    if (type === 'file') this.#file(path, mode)
    if ((mode & WRITE_BY_OTHERS) !== 0 && (type === 'file' || type === 'directory')) push(this.worldWritable, path)
    if (this.#capabilities[tree.versions.layer(inode)]?.has(at(changeset.xattrIndexes, entry)) === true) push(this.capable, path)
  }

  #file(path: PathId, mode: number): void {
    if ((mode & EXECUTE) === 0) return
    this.programs++
    if ((mode & SET_ID) !== 0) push(this.setId, path)
    if (!this.hasProgram && !LIBRARIES.test(this.#tree.paths.fullPath(path))) this.hasProgram = true
  }
}

function push(paths: PathId[], path: PathId): void {
  if (paths.length < KEPT) paths.push(path)
}

/** Shared objects and loaders are executable by custom. */
const LIBRARIES = /^(?:usr\/)?lib(?:32|64|x32)?\/|^usr\/local\/lib\/|\.so(?:\.[0-9.]+)?$/
