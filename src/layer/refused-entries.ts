import type { TarEntry } from '../blob/tar-member.ts'
import type { Diagnostic } from '../error.ts'
import type { EntryType, Xattr } from './entry.ts'
import { displayPath, type FilePath } from './file-path.ts'

/** Bytes of a name and of a path or a link's target that Linux takes (NAME_MAX; PATH_MAX without its end). */
const NAME_LIMIT = 255
const PATH_LIMIT = 4095
/** Bytes of one attribute that Linux takes (XATTR_SIZE_MAX). */
const XATTR_LIMIT = 65_536
/** How many entries of a kind are told. */
const TOLD = 3
/** Longer ones are cut where they are told. */
const SHOWN = 80

/** Reasons of which docker and podman say "file name too long", "device or resource busy", "unhandled tar header type", "invalid argument" while they unpack. */
type Kind = 'name' | 'target' | 'type' | 'xattr'

const WORDS: Readonly<Record<Kind, string>> = {
  name: 'a name that Linux does not take (empty, the root’s on what is no directory, longer than 255 bytes, or than 4,095 with its directories)',
  target: 'a link to a name that Linux does not take (empty, or longer than 4,095 bytes)',
  type: 'a tar type that they do not know',
  xattr: 'an attribute that cannot be set (too long, a malformed capability, or user. on what is no file or directory)',
}

/**
 * Entries of a layer for which docker and podman refuse to unpack it, each seen there (docker 28, podman 4.3). Other entries are in
 * `layer/repeated-names` and `overlay/oddities`.
 */
export class RefusedEntries {
  readonly #found = new Map<Kind, { count: number; readonly told: string[] }>()

  note(entry: TarEntry, path: FilePath, type: EntryType): void {
    if ((path === '' && type !== 'directory') || isTooLong(path)) this.#add('name', path)
    if (type === 'symlink' && (entry.linkName.length === 0 || entry.linkName.length > PATH_LIMIT)) this.#add('target', path)
    // Go's reader tells contiguous files from others; both refuse what they do not know.
    if (entry.typeflag === '7') this.#add('type', path)
    if (entry.xattrs.length > 0 && entry.xattrs.some(each => isRefused(each, type))) this.#add('xattr', path)
  }

  diagnostics(): readonly Diagnostic[] {
    return [...this.#found].map(([kind, { count, told }]) => {
      const which = count === 1 ? '1 entry has' : `${count} entries have`
      const message = `${which} ${WORDS[kind]}: docker and podman refuse the layer: ${told.join(', ')}${count > TOLD ? ', …' : ''}`
      return { code: 'ENTRY_REFUSED', severity: 'warning', message, path: told[0] ?? '/' }
    })
  }

  #add(kind: Kind, path: FilePath): void {
    const known = this.#found.get(kind) ?? { count: 0, told: [] }
    this.#found.set(kind, known)
    known.count++
    const shown = path.length > SHOWN ? `${path.slice(0, SHOWN)}…` : path
    if (known.told.length < TOLD) known.told.push(`/${displayPath(shown as FilePath)}`)
  }
}

function isTooLong(path: FilePath): boolean {
  if (path.length <= NAME_LIMIT) return false
  return path.length > PATH_LIMIT || path.split('/').some(name => name.length > NAME_LIMIT)
}

function isRefused([name, value]: Xattr, type: EntryType): boolean {
  if (value.length > XATTR_LIMIT) return true
  if (name === 'security.capability') return !isCapability(value)
  return name.startsWith('user.') && type !== 'file' && type !== 'directory' && type !== 'hardlink'
}

/** `struct vfs_ns_cap_data`: its revision in the highest byte says how long it is (capabilities(7)). */
function isCapability(value: Uint8Array): boolean {
  return value.length === [12, 20, 24][(value[3] ?? 0) - 1]
}
