import type { FileHandle } from 'node:fs/promises'
import { posix } from 'node:path'
import type { LocalBlob } from '../blob/source.ts'
import { TarAssembler } from '../blob/tar-assembler.ts'
import { isZeroBlock } from '../blob/tar-header.ts'
import { BLOCK, type TarEntry, tarPadding } from '../blob/tar-member.ts'
import { type Diagnostic, ImageError, reasonOf } from '../error.ts'
import type { ErrorCode } from '../error-code.ts'
import { escapeText } from '../escape.ts'
import { openRegularFile, quotePath, systemError } from './local-file.ts'

type Member =
  | { readonly type: 'file'; readonly offset: number; readonly size: number }
  | { readonly type: 'hardlink' | 'symlink'; readonly target: string }
  | { readonly type: 'directory' | 'other' }

/** An archive's members by cleaned name. Nothing was unpacked: members are read by offset. */
export type ArchiveIndex = {
  readonly file: string
  /** Cleaned names in the order of the archive, each once. */
  readonly names: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
  /** Where a file's content lies, links followed inside the archive; undefined when there is none. */
  find(name: string): LocalBlob | undefined
}

/** Members an image archive may have: every blob is one, an image with more does not exist. */
const MEMBERS_LIMIT = 65_536
/** Hops through links before they count as a loop, as in the kernel. */
const HOPS_LIMIT = 40
/** Characters of a path, as in the kernel (PATH_MAX): each of its parts may be a link, so the work grows with its square. */
const PATH_LIMIT = 4096
const WINDOW_BYTES = 64 * 1024

/**
 * Indexes a tar file in one pass over its headers. A damaged or truncated end leaves what came before it, with a diagnostic.
 * @throws ImageError `NOT_AN_ARCHIVE` when it does not start as tar does, and those of `openRegularFile`
 */
export async function indexArchive(file: string, signal?: AbortSignal): Promise<ArchiveIndex> {
  const { handle, size } = await openRegularFile(file)
  await using opened = handle
  const members = new Map<string, Member>()
  const diagnostics: Diagnostic[] = []
  try {
    await scan(new Window(opened, size), members, diagnostics, signal)
  } catch (thrown) {
    signal?.throwIfAborted()
    throw systemError(thrown, `read ${quotePath(file)}`)
  }
  return {
    file,
    names: [...members.keys()],
    diagnostics,
    find: name => (name.length > PATH_LIMIT ? undefined : resolve(members, file, name)),
  }
}

/** A member's name without `./`, doubled slashes and `..`, which stops at the root. */
function cleanName(name: string): string {
  return posix.join('/', name).replace(/\/$/, '').slice(1)
}

async function scan(
  window: Window,
  members: Map<string, Member>,
  diagnostics: Diagnostic[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const assembler = new TarAssembler(false)
  const odd = (code: ErrorCode, message: string) => diagnostics.push({ code, severity: 'warning', message })
  let [offset, repeated] = [0, 0]
  let last: TarEntry | undefined
  for (let headers = 0; ; headers++) {
    if (headers % 1024 === 0) signal?.throwIfAborted()
    const block = await window.block(offset)
    if (block === undefined) {
      noteEnd(offset, window.size, assembler.begun, last, diagnostics)
      break
    }
    if (assembler.between && isZeroBlock(block, 0)) break
    let entry: TarEntry | undefined
    try {
      entry = assembler.accept(block, 0, offset)
    } catch (thrown) {
      if (offset === 0)
        throw new ImageError('NOT_AN_ARCHIVE', 'Cannot read the archive: it does not start as a tar file does', { cause: thrown })
      odd('ARCHIVE_DAMAGED', `The archive is damaged at byte ${offset} (${reasonOf(thrown)}); what follows cannot be read`)
      break
    }
    offset += BLOCK
    if (entry === undefined) continue
    last = entry
    offset = entry.dataOffset + entry.storedSize + tarPadding(entry.storedSize)
    if (members.size >= MEMBERS_LIMIT) {
      odd('ARCHIVE_TOO_MANY_MEMBERS', `The archive has more than ${MEMBERS_LIMIT} members; the rest was not looked at`)
      break
    }
    if (addMember(members, entry)) repeated++
  }
  if (repeated > 0)
    odd('ARCHIVE_MEMBER_REPEATED', `The archive has ${repeated} members under names that came before; the last of a name counts`)
}

/** An archive that ends without its two zero blocks: inside a member, inside a header, or between members, as a sloppy tool writes it too. */
function noteEnd(offset: number, size: number, begun: boolean, last: TarEntry | undefined, diagnostics: Diagnostic[]): void {
  const name = last === undefined ? undefined : `"${escapeText(cleanName(utf8(last.name))).slice(0, 200)}"`
  const inside = offset > size ? 'in the middle of' : 'after'
  const where = name === undefined ? `at byte ${size}` : `at byte ${size} ${inside} ${name}`
  if (offset === size && !begun) {
    const message = `The archive has no end, ${where}; what may be missing cannot be read`
    diagnostics.push({ code: 'ARCHIVE_NO_END', severity: 'info', message })
  } else {
    const message = `The archive ends too early, ${where}; what is missing cannot be read`
    diagnostics.push({ code: 'ARCHIVE_TRUNCATED', severity: 'warning', message })
  }
}

/** Reads blocks in order through a window, so that a header costs no call of its own while members are small. */
class Window {
  readonly size: number
  readonly #handle: FileHandle
  #bytes = Buffer.alloc(0)
  #start = 0

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle
    this.size = size
  }

  async block(offset: number): Promise<Buffer | undefined> {
    const at = offset - this.#start
    if (at >= 0 && at + BLOCK <= this.#bytes.length) return this.#bytes.subarray(at, at + BLOCK)
    if (offset + BLOCK > this.size) return undefined
    const buffer = Buffer.allocUnsafe(WINDOW_BYTES)
    const { bytesRead } = await this.#handle.read(buffer, 0, WINDOW_BYTES, offset)
    this.#bytes = buffer.subarray(0, bytesRead)
    this.#start = offset
    return bytesRead < BLOCK ? undefined : this.#bytes.subarray(0, BLOCK)
  }
}

/** Says whether the name was there before. Programs that unpack an archive, docker among them, end up with the last of a name. */
function addMember(members: Map<string, Member>, entry: TarEntry): boolean {
  const name = cleanName(utf8(entry.name))
  const member = memberOf(entry)
  const before = members.get(name)
  if (before?.type === 'directory' && member.type === 'directory') return false
  members.set(name, member)
  return before !== undefined
}

function memberOf(entry: TarEntry): Member {
  switch (entry.typeflag) {
    case '0':
    case '7':
      return entry.sparse === undefined ? { type: 'file', offset: entry.dataOffset, size: entry.storedSize } : { type: 'other' }
    case '1':
      return { type: 'hardlink', target: utf8(entry.linkName) }
    case '2':
      return { type: 'symlink', target: utf8(entry.linkName) }
    case '5':
      return { type: 'directory' }
    default:
      return { type: 'other' }
  }
}

/** The tar reader gives one character per byte. */
function utf8(binary: string): string {
  return Buffer.from(binary, 'latin1').toString('utf8')
}

/**
 * Follows a name to a file's content: symlinks in any component (skopeo and docker 20 link repeated layers), hard links, several
 * hops. Lexical and inside the archive: a target that climbs out stops at its root.
 */
function resolve(members: ReadonlyMap<string, Member>, file: string, name: string): LocalBlob | undefined {
  let path = cleanName(name)
  for (let hops = 0; hops < HOPS_LIMIT; hops++) {
    if (path.length > PATH_LIMIT) return undefined
    const link = firstSymlink(members, path)
    if (link !== undefined) {
      const base = link.target.startsWith('/') ? '' : posix.dirname(link.name)
      if (link.target.length > PATH_LIMIT) return undefined
      path = cleanName(posix.join(base, link.target, path.slice(link.name.length)))
      continue
    }
    const member = members.get(path)
    if (member?.type === 'file') return { file, offset: member.offset, size: member.size }
    if (member?.type !== 'hardlink') return undefined
    path = cleanName(member.target)
  }
  return undefined
}

/** The first prefix of `path` (itself included) that is a symlink. */
function firstSymlink(members: ReadonlyMap<string, Member>, path: string): { name: string; target: string } | undefined {
  for (let end = path.indexOf('/'); ; end = path.indexOf('/', end + 1)) {
    const name = end === -1 ? path : path.slice(0, end)
    const member = members.get(name)
    if (member?.type === 'symlink') return { name, target: member.target }
    if (end === -1) return undefined
  }
}
