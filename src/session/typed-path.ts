import type { ByteText } from '../blob/byte-text.ts'
import { ImageError } from '../error.ts'
import { cleanPath, displayPath, type FilePath, typedPath } from '../layer/file-path.ts'
import { resolvePath } from '../overlay/resolve.ts'
import type { Snapshot, TreeNode } from '../overlay/tree.ts'

/**
 * The path in the tree that a person's text names: symlinks on the way are followed inside the root, the last one too unless
 * `keepLink`. Names that are not UTF-8 may be typed as they are shown, `\xe9` for the byte.
 * @throws ImageError `PATH_NOT_FOUND`
 */
export function findTyped(snapshot: Snapshot, typed: string, { keepLink = false } = {}): TreeNode {
  // A trailing slash asks for the directory behind a link, as everywhere.
  const keepLast = keepLink && !typed.endsWith('/')
  for (const path of typedReadings(typed)) {
    const found = resolvePath(snapshot, path, { keepLast })
    if (found !== undefined) return found
  }
  throw notFound(snapshot, typedPath(typed))
}

/** The readings of a typed path, the likelier first. */
export function typedReadings(typed: string): readonly FilePath[] {
  const plain = typedPath(typed)
  if (!typed.includes('\\x')) return [plain]
  const bytes = Buffer.from(typed)
    .toString('latin1')
    .replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return [plain, cleanPath(Buffer.from(bytes, 'latin1'))]
}

function notFound(snapshot: Snapshot, path: FilePath): ImageError {
  const link = snapshot.find(path)
  if (link?.type === 'symlink') {
    return new ImageError(
      'PATH_NOT_FOUND',
      `Cannot find "${displayPath(path)}": its link leads to "${displayPath(link.target ?? ('' as ByteText))}", which is not in the image`,
    )
  }
  return new ImageError('PATH_NOT_FOUND', `Cannot find "${displayPath(path)}": the image has no such file`, {
    hint: 'Paths begin at the root of the image; "peel ls IMAGE" shows them all, "peel ls IMAGE --layer N" what one layer has.',
  })
}
