import type { FilePath } from '../../layer/file-path.ts'
import { parentPath } from '../../layer/file-path.ts'
import type { Stack } from '../../overlay/tree.ts'
import { parseApkInstalled, parseApkWorld } from './apk.ts'
import { type DatabaseFile, type DatabaseRole, packageOfList } from './database-files.ts'
import { type DpkgPackage, dpkgFiles, parseAutomatic, parseCopyright, parseDiversions, parseDpkgStatus } from './dpkg.ts'
import { parseGemspec } from './gem.ts'
import { goModules } from './go-build-info.ts'
import type { parseJar } from './jar.ts'
import { parseNpmPackage } from './npm.ts'
import { OwnerTable } from './owner-table.ts'
import type { OwnedFile } from './package-record.ts'
import { parsePythonMetadata, parsePythonRecord } from './python.ts'
import { parseRpmDatabase } from './rpm.ts'

/** The bytes of a database's file; undefined where they could not be read. */
export type DatabaseBytes = (file: DatabaseFile) => Uint8Array | undefined

/** Fills a table of owners from the package databases in every state they were in. A generator of small steps: a package each. */
export function* assembleOwners(
  stack: Stack,
  files: readonly DatabaseFile[],
  bytes: DatabaseBytes,
): Generator<undefined, OwnerTable> {
  const table = new OwnerTable(stack)
  const state = new DatabaseState(files, bytes)
  for (const file of inOrder(state.of('dpkg-status'))) yield* addDpkg(table, state, file)
  for (const file of inOrder(state.of('dpkg-status-part'))) yield* addDpkg(table, state, file)
  for (const file of inOrder(state.of('apk-installed'))) {
    const world = state.alive('apk-world', file.from)
    const wanted = world === undefined ? undefined : parseApkWorld(state.text(world))
    for (const record of parseApkInstalled(state.text(file))) {
      table.add(record, file.from, file.until, wanted === undefined ? undefined : !wanted.has(record.name))
      yield
    }
  }
  for (const file of inOrder(state.of('rpm'))) {
    for (const record of parseRpmDatabase(bytes(file) ?? NOTHING)) {
      table.add(record, file.from, file.until)
      yield
    }
  }
  yield* addPython(table, state)
  for (const file of inOrder([...state.of('npm-package'), ...state.of('gem')])) {
    const record = file.role === 'gem' ? parseGemspec(state.text(file), file.path) : parseNpmPackage(state.text(file), file.path)
    if (record !== undefined) table.add({ ...record, files: [{ path: file.path }] }, file.from, file.until)
    yield
  }
  for (const file of inOrder([...state.of('go-program'), ...state.of('jar')])) {
    const records =
      file.role === 'jar'
        ? (JSON.parse(state.text(file) || '[]') as ReturnType<typeof parseJar>)
        : goModules(bytes(file) ?? NOTHING)
    // The file is the first one's: a module that it was built from has no files of its own here.
    for (const [index, record] of records.entries())
      table.add({ ...record, files: index === 0 ? [{ path: file.path }] : [] }, file.from, file.until)
    yield
  }
  return table
}

const NOTHING = new Uint8Array(0)

function inOrder(files: readonly DatabaseFile[]): readonly DatabaseFile[] {
  return files.toSorted((a, b) => a.from - b.from)
}

/** Files of the databases, found by what they are and when they were the image's. */
class DatabaseState {
  readonly #byRole: ReadonlyMap<DatabaseRole, readonly DatabaseFile[]>
  readonly #byPath: ReadonlyMap<string, readonly DatabaseFile[]>
  readonly #bytes: DatabaseBytes

  constructor(files: readonly DatabaseFile[], bytes: DatabaseBytes) {
    this.#byRole = Map.groupBy(files, ({ role }) => role)
    this.#byPath = Map.groupBy(files, ({ path }) => path)
    this.#bytes = bytes
  }

  of(role: DatabaseRole): readonly DatabaseFile[] {
    return this.#byRole.get(role) ?? []
  }

  /** The one of this role that the image had after a layer. */
  alive(role: DatabaseRole, layer: number): DatabaseFile | undefined {
    return this.of(role).find(({ from, until }) => from <= layer && layer < until)
  }

  at(path: string, layer: number): DatabaseFile | undefined {
    return this.#byPath.get(path)?.find(({ from, until }) => from <= layer && layer < until)
  }

  /** One character a byte, as paths are. */
  text(file: DatabaseFile | undefined): string {
    const bytes = file === undefined ? undefined : this.#bytes(file)
    return bytes === undefined ? '' : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  }
}

function* addDpkg(table: OwnerTable, state: DatabaseState, status: DatabaseFile): Generator<undefined> {
  const diversions = parseDiversions(state.text(state.alive('dpkg-diversions', status.from)))
  const states = state.alive('dpkg-automatic', status.from)
  const automatic = states === undefined ? undefined : parseAutomatic(state.text(states))
  const part = status.role === 'dpkg-status-part'
  const directory = part ? parentPath(status.path) : (`${parentPath(status.path)}/info` as FilePath)
  const taken = new Set<DatabaseFile>()
  const licences = new Map<DatabaseFile | undefined, string | undefined>()
  const licenceOf = (file: DatabaseFile | undefined) => {
    if (!licences.has(file)) licences.set(file, parseCopyright(state.text(file)))
    return licences.get(file)
  }
  for (const found of parseDpkgStatus(state.text(status))) {
    if (!table.goesOn(found, status.from, status.until)) {
      const names = part ? [...found.listNames, packageOfList(`${status.path}.x` as FilePath)] : found.listNames
      const files = filesOf(state, directory, names, found, status.from, taken).map(file =>
        diverted(file, diversions, found.name),
      )
      const licence = licenceOf(state.at(`usr/share/doc/${found.name}/copyright`, status.from))
      const { listNames: _, configuration: __, ...record } = found
      const known = automatic?.has(`${found.name}:${found.architecture}`)
      table.add({ ...record, ...(licence !== undefined && { licence }), files }, status.from, status.until, known)
    }
    yield
  }
}

function filesOf(
  state: DatabaseState,
  directory: FilePath,
  names: readonly string[],
  found: DpkgPackage,
  layer: number,
  taken: Set<DatabaseFile>,
): readonly OwnedFile[] {
  const of = (ending: string) =>
    names.map(name => state.at(`${directory}/${name}.${ending}`, layer)).find(file => file !== undefined)
  const [list, sums] = [of('list'), of('md5sums')]
  // A list is one package's: a status of thousands of packages that share one would cost its length each time.
  const own = [list, sums].filter(file => file !== undefined)
  if (own.some(file => taken.has(file))) return []
  for (const file of own) taken.add(file)
  return dpkgFiles(list && state.text(list), sums && state.text(sums), found.configuration)
}

/** A package that is diverted has its file under the other name. */
function diverted(file: OwnedFile, diversions: ReturnType<typeof parseDiversions>, name: string): OwnedFile {
  const diversion = diversions.get(file.path)
  return diversion === undefined || diversion.by === name ? file : { ...file, path: diversion.to }
}

/** Each distribution's metadata, with the record that lies beside it. */
function* addPython(table: OwnerTable, state: DatabaseState): Generator<undefined> {
  for (const file of inOrder(state.of('python-metadata'))) {
    const head = parsePythonMetadata(state.text(file))
    if (head !== undefined && !table.goesOn(head, file.from, file.until)) {
      const directory = parentPath(file.path)
      const record = state.at(`${directory}/RECORD`, file.from)
      const files = record === undefined ? [{ path: file.path }] : parsePythonRecord(state.text(record), parentPath(directory))
      table.add({ ...head, files }, file.from, file.until)
    }
    yield
  }
}
