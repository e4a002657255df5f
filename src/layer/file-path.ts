import { type ByteText, byteText } from '../blob/byte-text.ts'
import { escapeText } from '../escape.ts'

/**
 * A path inside an image: components joined by `/`, no leading or trailing slash, no `.`, `..` or empty
 * component; the root is the empty string. **One character per byte** (Latin-1 of the raw name), so that names
 * which are not UTF-8 survive, one-byte strings stay small, and `<` orders bytewise as tar tools do.
 */
export type FilePath = ByteText & { readonly __filePath: unique symbol }

export const ROOT = '' as FilePath

/** Bytes of a name, and of a path, that Linux takes. A layer may have longer ones, which mean nothing to rules about names. */
export const [LONGEST_NAME, LONGEST_PATH] = [255, 4096]

/** Cleans a raw tar name lexically: `.`, empty and `..` components go, `..` is clamped at the root (semantics.md). */
export function cleanPath(raw: Uint8Array): FilePath {
  return cleanBinary(byteText(raw))
}

/** The path a person typed (UTF-8 text). */
export function typedPath(text: string): FilePath {
  return cleanBinary(Buffer.from(text, 'utf8').toString('latin1'))
}

export function cleanBinary(binary: string): FilePath {
  if (!NEEDS_CLEANING.test(binary)) return binary as FilePath
  const kept: string[] = []
  for (const component of binary.split('/')) {
    if (component === '' || component === '.') continue
    if (component === '..') kept.pop()
    else kept.push(component)
  }
  return kept.join('/') as FilePath
}

const NEEDS_CLEANING = /^\/|\/$|\/\/|(?:^|\/)\.\.?(?:\/|$)/

/** UTF-8 text of a path or another stored name, or undefined when its bytes are not UTF-8. */
export function pathText(path: ByteText): string | undefined {
  if (ASCII.test(path)) return path
  try {
    return STRICT.decode(Buffer.from(path, 'latin1'))
  } catch {
    return undefined
  }
}

/** A path or another stored name for a screen or a message: UTF-8 where it is, `\xNN` for stray bytes, hostile characters escaped. */
export function displayPath(path: ByteText): string {
  const text = pathText(path)
  return text === undefined ? strayBytes(path) : escapeText(text)
}

export function pathBytes(path: ByteText): Buffer {
  return Buffer.from(path, 'latin1')
}

export function parentPath(path: FilePath): FilePath {
  return path.slice(0, Math.max(0, path.lastIndexOf('/'))) as FilePath
}

export function baseName(path: ByteText): ByteText {
  return path.slice(path.lastIndexOf('/') + 1) as ByteText
}

export function joinPath(parent: FilePath, name: string): FilePath {
  return (parent === '' ? name : `${parent}/${name}`) as FilePath
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the ASCII range
const ASCII = /^[\u0000-\u007f]*$/
const STRICT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Valid UTF-8 runs decoded, every other byte as `\xNN`. */
function strayBytes(path: ByteText): string {
  return path.replace(UTF8_RUN_OR_BYTE, piece => {
    const text = pathText(piece as ByteText)
    return text === undefined ? `\\x${piece.charCodeAt(0).toString(16).padStart(2, '0')}` : escapeText(text)
  })
}

/** Well-formed UTF-8 (Unicode table 3-7: no overlong forms, no surrogates), or one stray byte. */
const UTF8_RUN_OR_BYTE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the ASCII range
  /(?:[\u0000-\u007f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})+|[\u0080-\u00ff]/g
