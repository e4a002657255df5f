import { MOST_FILES, MOST_PACKAGES, type OwnedFile, type PackageRecord } from './package-record.ts'
import { lines, type Stanza, stanzas } from './stanzas.ts'

/** A package of dpkg's status, and under which names its lists may lie in `info/`. */
export type DpkgPackage = Omit<PackageRecord, 'files'> & {
  readonly listNames: readonly string[]
  /** Paths whose content is the administrator's: no digest proves anything about them. */
  readonly configuration: ReadonlySet<string>
}

/**
 * The installed packages of `var/lib/dpkg/status`, of a file of `status.d` (distroless images, which have no Status field), or of
 * opkg's status (dpkg(1), deb822(5)). Packages that were removed with their configuration left, or never configured to the end,
 * are as dpkg-query has them: only `installed` counts.
 */
export function* parseDpkgStatus(text: string): Generator<DpkgPackage> {
  let count = 0
  for (const stanza of stanzas(text)) {
    const name = stanza.get('package')
    const status = stanza.get('status')
    if (name === undefined || name === '' || (status !== undefined && !/(?:^|\s)installed$/.test(status))) continue
    if (++count > MOST_PACKAGES) return
    const architecture = stanza.get('architecture')
    yield {
      type: 'deb',
      name,
      version: stanza.get('version') ?? '',
      ...(architecture !== undefined && { architecture }),
      depends: [...relations(stanza, 'pre-depends'), ...relations(stanza, 'depends')],
      recommends: relations(stanza, 'recommends'),
      suggests: relations(stanza, 'suggests'),
      provides: relations(stanza, 'provides'),
      essential: stanza.get('essential') === 'yes' || /^(?:required|important)$/.test(stanza.get('priority') ?? ''),
      listNames: architecture === undefined ? [name] : [name, `${name}:${architecture}`],
      configuration: configurationOf(stanza),
    }
  }
}

/** Names without versions and architectures, alternatives kept: `libc6 (>= 2.36) | musl` is `libc6 | musl`. */
function relations(stanza: Stanza, field: string): readonly string[] {
  const text = stanza.get(field)
  if (text === undefined || text === '') return []
  return text
    .split(',')
    .map(each =>
      each
        .replace(/\([^()]*\)|\[[^[\]]*\]|<[^<>]*>|:\w+/g, '')
        .replace(/\s+/g, ' ')
        .replace(/ ?\| ?/g, ' | ')
        .trim(),
    )
    .filter(each => each !== '')
}

/** ` /etc/x 0123…` lines, some with a word after the digest. */
function configurationOf(stanza: Stanza): ReadonlySet<string> {
  const paths = new Set<string>()
  for (const line of lines(stanza.get('conffiles') ?? '')) {
    const end = line.search(/\s[0-9a-f]{32}\b/)
    const path = line.slice(0, Math.max(0, end)).trim()
    if (/^\/\S/.test(path)) paths.add(path.slice(1))
  }
  return paths
}

/** The files of one package by dpkg's lists: `info/P.list` has the paths, `info/P.md5sums` the digests of most. */
export function dpkgFiles(
  list: string | undefined,
  md5sums: string | undefined,
  configuration: ReadonlySet<string>,
): readonly OwnedFile[] {
  const digests = new Map<string, string>()
  for (const line of lines(md5sums ?? '')) {
    const match = /^([0-9a-f]{32}) [ *](?:\.?\/)?(.+)$/.exec(line)
    if (match?.[1] !== undefined && match[2] !== undefined && digests.size < MOST_FILES) digests.set(match[2], match[1])
  }
  const files: OwnedFile[] = []
  const add = (path: string) => {
    const hex = configuration.has(path) ? undefined : digests.get(path)
    files.push(hex === undefined ? { path } : { path, digest: { algorithm: 'md5', hex } })
  }
  // Distroless images have no list: the digests name the files.
  if (list === undefined) for (const path of digests.keys()) add(path)
  else {
    for (const line of lines(list)) {
      const path = line.replace(/^\.?\/+/, '')
      if (path !== '' && path !== '.' && files.length < MOST_FILES) add(path)
    }
  }
  return files
}

/** A package that is to have its file under another name (dpkg-divert(1)): `from`, `to`, and the package that is not meant. */
export type Diversion = { readonly to: string; readonly by: string }

/** `var/lib/dpkg/diversions`: three lines each, by the path that is diverted, without its leading slash. */
export function parseDiversions(text: string): ReadonlyMap<string, Diversion> {
  const all = [...lines(text)]
  const diversions = new Map<string, Diversion>()
  for (let at = 0; at + 2 < all.length; at += 3) {
    diversions.set((all[at] ?? '').replace(/^\//, ''), { to: (all[at + 1] ?? '').replace(/^\//, ''), by: all[at + 2] ?? '' })
  }
  return diversions
}

/** Names of packages that apt installed for another's sake only (`var/lib/apt/extended_states`), as `name:architecture`. */
export function parseAutomatic(text: string): ReadonlySet<string> {
  const names = new Set<string>()
  for (const stanza of stanzas(text)) {
    if (stanza.get('auto-installed') === '1') names.add(`${stanza.get('package')}:${stanza.get('architecture')}`)
  }
  return names
}

/** The licences of a `usr/share/doc/P/copyright` in the machine-readable form (DEP-5); undefined in every other form. */
export function parseCopyright(text: string): string | undefined {
  if (!/^Format:\s/m.test(text.slice(0, 4096))) return undefined
  const licences = new Set<string>()
  for (const stanza of stanzas(text)) {
    const [licence] = (stanza.get('license') ?? '').split('\n', 1)
    if (licence !== undefined && licence !== '' && licences.size < 32) licences.add(licence)
  }
  return licences.size === 0 ? undefined : [...licences].join(' AND ')
}
