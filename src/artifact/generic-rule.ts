import type { Descriptor } from '../blob/descriptor.ts'
import { layerType } from '../blob/media-type.ts'
import type { Diagnostic } from '../error.ts'
import { escapeText } from '../escape.ts'
import { cleanBinary, type FilePath } from '../layer/file-path.ts'

/** How one blob of an artifact appears in its tree. */
export type ArtifactPart = {
  /** Position of the blob among the manifest's layers, base 0. */
  readonly position: number
  readonly blob: Descriptor
  /** Whether the manifest says that it is a tar, whose entries are the tree; the bytes may say otherwise. */
  readonly tar: boolean
  /** Its name where it is one file. */
  readonly path: FilePath
  /** Whether the path is a name that the manifest gives, or `blob-N`. */
  readonly named: boolean
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * The parts of an artifact's tree by the generic rule (facts/formats-2026.md §2 and §5): a media type that says tar, or oras'
 * annotation for a packed directory, is a tree; else a title or file path is one file of that name; else it is `blob-N`.
 * Nothing is read: `asFile` is for the tar that turns out to be none.
 */
export function artifactParts(layers: readonly Descriptor[]): readonly ArtifactPart[] {
  return layers.map((blob, position) => {
    const { path, named, diagnostics } = nameOf(blob, position)
    return { position, blob, tar: saysTar(blob), path, named, diagnostics }
  })
}

const UNPACK = 'io.deis.oras.content.unpack'

/** Whether a blob of an artifact is said to be a tar, however its type spells the compression (falcoctl writes `+tar.gz`). */
function saysTar({ mediaType, annotations }: Descriptor): boolean {
  return annotations?.[UNPACK] === 'true' || TAR.test(mediaType) || layerType(mediaType) !== undefined
}

const TAR = /(?:[.+]tar(?:[.+](?:gz|gzip|zst|zstd))?|\.tgz|\+gzip)$/

/** Annotations that name a file: OCI's own, then ModelPack's. */
const NAMES = ['org.opencontainers.image.title', 'org.cncf.model.filepath'] as const

function nameOf(blob: Descriptor, position: number): Pick<ArtifactPart, 'path' | 'named' | 'diagnostics'> {
  const number = `blob-${position + 1}` as FilePath
  const claimed = NAMES.map(name => blob.annotations?.[name]).find(name => name !== undefined)
  if (claimed === undefined) return { path: number, named: false, diagnostics: [] }
  const raw = Buffer.from(claimed.slice(0, NAME_LIMIT + 1), 'utf8').toString('latin1')
  const path = cleanBinary(raw)
  const odd = oddity(raw, path)
  if (odd === undefined) return { path, named: true, diagnostics: [] }
  const usable = path !== '' && raw.length <= NAME_LIMIT && !raw.includes('\0')
  const shown = escapeText(claimed.slice(0, 100))
  const message = `A blob is called "${shown}", which ${odd}; it is listed as "${usable ? escapeText(path.slice(0, 100)) : number}"`
  const diagnostic: Diagnostic = { code: 'TITLE_INVALID', severity: 'warning', message, layer: position }
  return { path: usable ? path : number, named: usable, diagnostics: [diagnostic] }
}

/** Bytes; Linux's PATH_MAX. */
const NAME_LIMIT = 4096

function oddity(raw: string, path: FilePath): string | undefined {
  if (path === '') return 'names nothing'
  if (raw.length > NAME_LIMIT) return 'is too long'
  if (raw.includes('\0')) return 'has a zero byte'
  if (raw.startsWith('/')) return 'is absolute'
  return raw.split('/').includes('..') ? 'leads out of its directory' : undefined
}
