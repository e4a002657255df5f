import { MOST_FILES, MOST_PACKAGES, type OwnedFile, type PackageRecord } from './package-record.ts'
import { lines } from './stanzas.ts'

/**
 * Alpine's `lib/apk/db/installed`: lines of one letter, a colon and a value, packages with an empty line between them. `F` names a
 * directory, `M` its owner and mode, `R` a file in it, `a` the file's owner and mode, `Z` the sha1 of its content in base 64 after
 * `Q1`; for a symlink it is the target's.
 */
export function* parseApkInstalled(text: string): Generator<PackageRecord> {
  let packages = 0
  let fields = new Map<string, string>()
  let files: ApkFile[] = []
  let directory = ''
  let total = 0
  for (const line of lines(text)) {
    const value = line.slice(2)
    if (line === '') {
      const made = packageOf(fields, files)
      if (made !== undefined && ++packages <= MOST_PACKAGES) yield made
      fields = new Map()
      files = []
      directory = ''
    } else if (line[1] === ':' && line[0] === 'F') directory = value
    else if (line[1] === ':' && line[0] === 'R') {
      if (++total <= MOST_FILES) files.push({ path: directory === '' ? value : `${directory}/${value}` })
    } else if (line[1] === ':' && (line[0] === 'a' || line[0] === 'Z')) {
      const file = files.at(-1)
      if (file !== undefined) note(file, line[0], value)
    } else if (line[1] === ':') fields.set(line[0] ?? '', value)
  }
  const last = packageOf(fields, files)
  if (last !== undefined && packages < MOST_PACKAGES) yield last
}

type ApkFile = { path: string; mode?: number; digest?: OwnedFile['digest'] & object }

/** `0:0:4755`; `Q1` and 20 bytes of sha1 (`Q2` and 32 of sha256 in newer databases). */
function note(file: ApkFile, letter: string, value: string): void {
  if (letter === 'a') {
    const mode = Number.parseInt(value.split(':')[2] ?? '', 8)
    if (Number.isFinite(mode)) file.mode = mode & 0o7777
    return
  }
  const algorithm = value.startsWith('Q1') ? 'sha1' : value.startsWith('Q2') ? 'sha256' : undefined
  const hex = Buffer.from(value.slice(2), 'base64').toString('hex')
  if (algorithm !== undefined && hex.length === (algorithm === 'sha1' ? 40 : 64)) file.digest = { algorithm, hex }
}

function packageOf(fields: ReadonlyMap<string, string>, files: readonly ApkFile[]): PackageRecord | undefined {
  const name = fields.get('P')
  if (name === undefined || name === '') return undefined
  const words = (letter: string) => (fields.get(letter) ?? '').split(' ').filter(word => word !== '')
  const licence = fields.get('L')
  const architecture = fields.get('A')
  return {
    type: 'apk',
    name,
    version: fields.get('V') ?? '',
    ...(licence !== undefined && { licence }),
    ...(architecture !== undefined && { architecture }),
    // `!x` is a conflict; versions follow the name.
    depends: words('D')
      .filter(word => !word.startsWith('!'))
      .map(word => word.replace(/[<>=~].*$/, '')),
    provides: words('p').map(word => word.replace(/[<>=~].*$/, '')),
    files,
  }
}

/** Packages that were asked for by name (`etc/apk/world`); all others are there for their sake. */
export function parseApkWorld(text: string): ReadonlySet<string> {
  return new Set(
    text
      .split(/\s+/)
      .filter(word => word !== '')
      .map(word => word.replace(/[<>=~@].*$/, '')),
  )
}
