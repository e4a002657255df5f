import { at, entryPath, entryType } from '../../layer/changeset.ts'
import { baseName, type FilePath } from '../../layer/file-path.ts'
import { NO_PATH, ROOT_PATH } from '../../overlay/path-table.ts'
import { followNames } from '../../overlay/resolve.ts'
import { STEP, type Steps } from '../../overlay/steps.ts'
import type { Stack } from '../../overlay/tree.ts'
import { NO_VERSION, type VersionId } from '../../overlay/version-table.ts'
import { goBuildInfo } from './go-build-info.ts'
import { parseJar } from './jar.ts'

/** The role of a file for the reader of its database. */
export type DatabaseRole =
  | 'dpkg-status'
  | 'dpkg-status-part'
  | 'dpkg-list'
  | 'dpkg-md5sums'
  | 'dpkg-diversions'
  | 'dpkg-automatic'
  | 'dpkg-copyright'
  | 'apk-installed'
  | 'apk-world'
  | 'rpm'
  | 'python-metadata'
  | 'python-record'
  | 'npm-package'
  | 'gem'
  | 'go-program'
  | 'jar'

/** One version of one file of a package database, and how long it was the image's: from one layer until another hides it. */
export type DatabaseFile = {
  readonly role: DatabaseRole
  readonly path: FilePath
  /** Position of the layer that wrote it, and of the layer that hid it; infinite where it is seen. */
  readonly from: number
  readonly until: number
  /** The entry that carries its bytes, and how many they are. */
  readonly content: { readonly layer: number; readonly entry: number }
  readonly size: number
}

/** Of all databases together, bytes: the databases of a large Fedora image; bytes beyond are not looked at. */
const MOST_BYTES = 192 * 1024 * 1024
/** Package directories of languages, which can be many. */
const MOST_LANGUAGE_FILES = 60_000

export type DatabaseOptions = {
  /** Also what tells licences and names of packages that prove nothing about files: npm, gems, Debian's copyright files. */
  readonly everything: boolean
}

/** Every version of every file of the package databases that the layers ever wrote, in small steps. */
export function* databaseFiles(stack: Stack, { everything }: DatabaseOptions): Steps<readonly DatabaseFile[]> {
  const files: DatabaseFile[] = []
  let left = MOST_BYTES
  const add = (role: DatabaseRole, path: FilePath) => {
    for (const file of versionsOf(stack, role, path)) {
      left -= role === 'jar' ? 0 : file.size
      if (left < 0) return
      files.push(file)
    }
  }
  for (const [role, path] of FIXED) add(role, resolved(stack, path))
  for (const [directory, roleOf] of DIRECTORIES) {
    const parent = resolved(stack, directory)
    for (const name of namesIn(stack, parent)) {
      const role = name === undefined ? undefined : roleOf(name)
      if (role === undefined) yield
      else add(role, `${parent}/${name}` as FilePath)
    }
  }
  for (const file of languageFiles(stack, everything)) {
    if (file === undefined) yield
    else add(...file)
  }
  // Of these no more is kept than what they say of themselves: they are not counted.
  for (const path of everything ? yield* programs(stack) : []) files.push(...versionsOf(stack, 'go-program', path))
  return files
}

/** Names in a directory that any layer ever wrote, ordered bytewise; `undefined` between small steps. */
function* namesIn({ tree: { paths } }: Stack, directory: FilePath): Generator<string | undefined> {
  const id = paths.find(directory)
  if (id === NO_PATH) return
  yield* paths.ordering(id)
  let seen = 0
  for (let child = paths.firstInOrder(id); child !== NO_PATH; child = paths.nextInOrder(child)) {
    if (++seen % STEP === 0) yield
    yield paths.name(child)
  }
}

const RPM_DIRECTORIES = ['var/lib/rpm', 'usr/lib/sysimage/rpm', 'usr/share/rpm']
const RPM_NAMES = ['rpmdb.sqlite', 'Packages.db', 'Packages']

const FIXED: readonly (readonly [DatabaseRole, string])[] = [
  ['dpkg-status', 'var/lib/dpkg/status'],
  ['dpkg-diversions', 'var/lib/dpkg/diversions'],
  ['dpkg-automatic', 'var/lib/apt/extended_states'],
  ['apk-installed', 'lib/apk/db/installed'],
  ['apk-installed', 'usr/lib/apk/db/installed'],
  ['apk-world', 'etc/apk/world'],
  ...RPM_DIRECTORIES.flatMap(directory => RPM_NAMES.map(name => ['rpm', `${directory}/${name}`] as const)),
]

const FIXED_PATHS: ReadonlySet<string> = new Set(FIXED.map(([, path]) => path))

const DIRECTORIES: readonly (readonly [string, (name: string) => DatabaseRole | undefined])[] = [
  ['var/lib/dpkg/info', name => (name.endsWith('.list') ? 'dpkg-list' : name.endsWith('.md5sums') ? 'dpkg-md5sums' : undefined)],
  ['var/lib/dpkg/status.d', name => (name.endsWith('.md5sums') ? 'dpkg-md5sums' : 'dpkg-status-part')],
]

/** Whether a file of this path may be one that `databaseFiles` names: told of each file as it passes. */
export function isDatabasePath(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (name === 'RECORD' || name === 'METADATA' || name === 'PKG-INFO') return PLACES['python-metadata'].test(path)
  if (!path.includes('/dpkg/') && !path.endsWith('/apk/db/installed') && !FIXED_PATHS.has(path)) return false
  return FIXED_PATHS.has(path) || /(?:^|\/)dpkg\/(?:info\/[^/]+\.(?:list|md5sums)|status\.d\/[^/]+)$/.test(path)
}

/** Where a path leads in the image, its last symlink followed too: `lib` may be `usr/lib`. */
function resolved(stack: Stack, path: string): FilePath {
  const { paths } = stack.tree
  const snapshot = stack.snapshot(stack.changesets.length)
  const place = followNames<FilePath>(path.split('/'), {
    root: '' as FilePath,
    parent: each => each.slice(0, Math.max(0, each.lastIndexOf('/'))) as FilePath,
    child: (each, name) => (each === '' ? name : `${each}/${name}`) as FilePath,
    target: each => {
      const node = snapshot.find(each)
      return node?.type === 'symlink' ? node.target : undefined
    },
  })
  return place === undefined || paths.find(place) === 0 ? (path as FilePath) : place
}

function versionsOf({ tree, changesets }: Stack, role: DatabaseRole, path: FilePath): DatabaseFile[] {
  const id = tree.paths.find(path)
  const files: DatabaseFile[] = []
  if (id === 0 || id === ROOT_PATH) return files
  for (let version: VersionId = tree.versions.latest(id); version !== NO_VERSION; version = tree.versions.previous(version)) {
    const inode = tree.versions.inode(version)
    const entry = tree.versions.entry(inode)
    const changeset = changesets[tree.versions.layer(inode)]
    if (entry < 0 || changeset === undefined || tree.type(version) !== 'file') continue
    const [from, until] = [tree.versions.layer(version), tree.versions.hiddenBy(version) ?? Number.POSITIVE_INFINITY]
    // Written twice by one layer: only the last one was ever seen.
    if (until > from)
      files.push({
        role,
        path,
        from,
        until,
        content: { layer: tree.versions.layer(inode), entry },
        size: at(changeset.sizes, entry),
      })
  }
  return files
}

/** By their names, in one pass over all paths; those of one length only are looked at. `undefined` between small steps. */
function* languageFiles({ tree }: Stack, everything: boolean): Generator<readonly [DatabaseRole, FilePath] | undefined> {
  const { paths } = tree
  let count = 0
  for (let id = ROOT_PATH + 1; id <= paths.count && count < MOST_LANGUAGE_FILES; id++) {
    if (id % STEP === 0) yield
    const length = paths.nameLength(id)
    if (length !== 6 && length !== 8 && !(everything && length > 4)) continue
    const role = roleByName(paths.name(id), everything)
    if (role === undefined) continue
    const path = paths.fullPath(id)
    if (!PLACES[role].test(path)) continue
    count++
    yield [role, path]
  }
}

type LanguageRole = 'python-metadata' | 'python-record' | 'npm-package' | 'gem' | 'jar' | 'dpkg-copyright'

function roleByName(name: string, everything: boolean): LanguageRole | undefined {
  if (name === 'RECORD') return 'python-record'
  if (name === 'METADATA' || name === 'PKG-INFO') return 'python-metadata'
  if (!everything) return undefined
  if (name === 'package.json') return 'npm-package'
  if (name.endsWith('.jar') || name.endsWith('.war')) return 'jar'
  return name.endsWith('.gemspec') ? 'gem' : name === 'copyright' ? 'dpkg-copyright' : undefined
}

const PLACES: Readonly<Record<LanguageRole, RegExp>> = {
  'python-metadata': /\.(?:dist|egg)-info\/[^/]+$/,
  'python-record': /\.dist-info\/RECORD$/,
  'npm-package': /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/,
  gem: /\/specifications\/(?:default\/)?[^/]+\.gemspec$/,
  jar: /\.[jw]ar$/,
  'dpkg-copyright': /^usr\/share\/doc\/[^/]+\/copyright$/,
}

/** Programs that Go may have built: large, executable, no library; so many at most are read. */
const MOST_PROGRAMS = 200
const SMALLEST_PROGRAM = 500_000
const LARGEST_PROGRAM = 256 * 1024 * 1024

function* programs({ changesets }: Stack): Steps<ReadonlySet<FilePath>> {
  const paths = new Set<FilePath>()
  for (const changeset of changesets) {
    for (let entry = 0; entry < changeset.length && paths.size < MOST_PROGRAMS; entry++) {
      if (entry % STEP === STEP - 1) yield
      const size = at(changeset.sizes, entry)
      if (size < SMALLEST_PROGRAM || size > LARGEST_PROGRAM || (at(changeset.modes, entry) & 0o111) === 0) continue
      if (entryType(changeset, entry) === 'file') paths.add(entryPath(changeset, entry))
    }
  }
  return new Set([...paths].filter(path => !/\.(?:so(?:\.[\d.]+)?|py|js|sh|jar|node)$/.test(path)))
}

/** The part of a file that is kept: of programs only what Go wrote into them, of a Java archive its libraries, as JSON. */
export function essenceOf({ role, path }: Pick<DatabaseFile, 'role' | 'path'>, content: Uint8Array): Uint8Array {
  if (role === 'go-program') return Uint8Array.from(goBuildInfo(content) ?? [])
  return role === 'jar' ? Buffer.from(JSON.stringify(parseJar(content, path))) : content
}

/** The package that a file of `info/` or `status.d/` is about. */
export function packageOfList(path: FilePath): string {
  const name = baseName(path)
  return name.slice(0, name.lastIndexOf('.'))
}
