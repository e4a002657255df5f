import type { Tint } from '../../line/tint.ts'

/** Kinds of files that a map tells apart, by what their names end in. */
export type FileKind = 'library' | 'program' | 'code' | 'archive' | 'text' | 'data'

export const KIND_TINTS: Readonly<Record<FileKind, Tint>> = {
  library: 'blue',
  program: 'green',
  code: 'violet',
  archive: 'rose',
  text: 'cyan',
  data: 'grey',
}

/** `program` is a file in a directory of programs whose name says nothing else. */
export function kindOfFile(name: string, parent: string): FileKind {
  const lower = name.toLowerCase()
  if (LIBRARY.test(lower)) return 'library'
  if (ARCHIVE.test(lower)) return 'archive'
  if (CODE.test(lower)) return 'code'
  if (TEXT.test(lower)) return 'text'
  return PROGRAMS.has(parent) || lower.endsWith('.exe') ? 'program' : 'data'
}

const LIBRARY = /\.(?:so(?:\.[\d.]+)?|a|dll|dylib|node|ko|o|pyd)$/
const ARCHIVE = /\.(?:deb|rpm|apk|whl|jar|war|ear|zip|tar|tgz|gz|bz2|xz|zst|7z|gem|nupkg|iso|img)$/
const CODE = /\.(?:[cm]?jsx?|[cm]?tsx?|py|pyc|pyo|rb|php|pl|pm|sh|go|rs|c|cc|cpp|h|hpp|java|class|lua|cs|swift|kt|wasm|el|map)$/
const TEXT = /\.(?:txt|md|rst|html?|css|xml|json|ya?ml|toml|ini|conf|cfg|log|csv|po|mo|info|tex|svg|[1-9])$/
const PROGRAMS: ReadonlySet<string> = new Set(['bin', 'sbin', 'libexec'])
