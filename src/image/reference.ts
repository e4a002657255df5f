import { type Digest, isDigest } from '../blob/digest.ts'
import { ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'

/** An image in a registry, with docker.io and `library/` filled in (distribution/reference normalize.go). */
export type Reference = {
  /** Host and port as written: `docker.io`, `localhost:5000`, `[::1]:5000`. */
  readonly domain: string
  /** The repository: `library/nginx`. */
  readonly path: string
  /** `latest` where the text names neither tag nor digest. */
  readonly tag?: string
  /** Decides when there is a tag as well. */
  readonly digest?: Digest
}

const DEFAULT_DOMAIN = 'docker.io'
const LEGACY_DOMAIN = 'index.docker.io'
/** Repository names over this are refused by registries and clients (reference.go RepositoryNameTotalLengthMax). */
const PATH_LIMIT = 255
const TEXT_LIMIT = 2048

const LABEL = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])'
/** A host with its port, as references write it. */
export const DOMAIN_PATTERN = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`)
const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/
const TAG = /^\w[\w.-]{0,127}$/
/** `user:password@` before a host, with or without a scheme: never repeated in a message. After a tag's `@` comes a digest. */
const LOGIN = /^([a-z]+:\/\/)?[^/@]+(?::[^@]*)?@(?=[^@]*\/|[^:@/]+\.[^:@/]+(?::\d{1,5})?$)/i
const IMAGE_ID = /^[a-f0-9]{64}$/

/**
 * `[domain/]path[:tag][@digest]`: the first component is a domain when it has a dot, a colon or an upper-case letter or is `localhost`.
 * @throws ImageError `REFERENCE_INVALID`
 */
export function parseReference(text: string): Reference {
  if (text.length > TEXT_LIMIT)
    throw invalid(text.slice(0, 80), `its ${text.length} characters are over the limit of ${TEXT_LIMIT}`)
  const login = LOGIN.exec(text)
  if (login !== null) {
    const named = `${login[1] ?? ''}***@${text.slice(login[0].length)}`
    throw invalid(
      named,
      'a name carries no login',
      'Log in with `docker login`, `podman login` or `skopeo login`, or use --authfile.',
    )
  }
  if (/^[a-z]+:\/\//i.test(text))
    throw invalid(text, 'a reference has no scheme', 'Leave "https://" out, or write docker://NAME.')
  if (IMAGE_ID.test(text)) {
    throw invalid(
      text,
      '64 hexadecimal digits are an image ID, not a name',
      'Write docker-daemon:sha256:… for an image of the local engine.',
    )
  }
  if (/^\[[a-fA-F0-9:.]+\](?::\d{1,5})?$/.test(text)) throw noRepository(text, text)
  const { name, tag, digest } = splitReference(text)
  const { domain, path } = splitDomain(name)
  if (!DOMAIN_PATTERN.test(domain)) throw invalid(text, `"${escapeText(domain)}" is not a host name`)
  if (path !== path.toLowerCase()) throw invalid(text, 'a repository name is lower-case')
  if (path === '' && domain !== DEFAULT_DOMAIN) throw noRepository(text, domain)
  if (!PATH.test(path)) throw invalid(text, `"${escapeText(path)}" is not a repository name`)
  if (path.length > PATH_LIMIT) throw invalid(text, `its name is longer than ${PATH_LIMIT} characters`)
  if (tag !== undefined && !TAG.test(tag)) throw invalid(text, `"${escapeText(tag)}" is not a tag`)
  if (digest !== undefined && !isDigest(digest)) throw invalid(text, `"${escapeText(digest)}" is not a digest`)
  const reference: Reference =
    digest === undefined ? { domain, path, tag: tag ?? 'latest' } : { domain, path, ...(tag !== undefined && { tag }), digest }
  if (domain === DEFAULT_DOMAIN && !/^(?:index\.)?docker\.io\//.test(name)) {
    short.add(reference)
    if (isRegistryAlone(text)) alone.set(reference, text)
  }
  return reference
}

/** The repository that a text names without a tag or a digest, with `docker://` or not: `latest` was assumed. Undefined for any other text. */
export function untaggedRepository(text: string): Pick<Reference, 'domain' | 'path'> | undefined {
  const name = text.replace(/^docker:\/\//, '')
  const { tag, digest } = splitReference(name)
  if (tag !== undefined || digest !== undefined) return undefined
  try {
    const { domain, path } = parseReference(name)
    return { domain, path }
  } catch {
    return undefined
  }
}

/**
 * Texts that the grammar takes for an image of Docker Hub and its tag, and that mean a registry: an address of this machine or a number, and
 * names with a dot, of which Docker Hub has none without an owner: `localhost:5000`, `10.0.0.1`, `ghcr.io`, `r.example:443`.
 */
const ADDRESS_ALONE = /^(?:localhost|\d{1,3}(?:\.\d{1,3}){3}|\[[a-fA-F0-9:.]+\])(?::\d{1,5})?$/
/** Ends of names that files have and hosts have not. */
export const FILE_END = /\.(?:tar|tgz|tbz2?|txz|tzst|gz|bz2|xz|zst|lz4|zip|7z|oci|json)$/
const HOST_ALONE = new RegExp(`^(?:${LABEL}\\.)+[a-z]{2,}(?::(?:80|\\d{3,5}))?$`)
const alone = new WeakMap<Reference, string>()

/**
 * Refuses a name that is a registry's alone, once no engine has an image of that name and no setting gives it another meaning.
 * @throws ImageError `REFERENCE_INVALID`
 */
export function refuseRegistryAlone(reference: Reference): void {
  const host = alone.get(reference)
  if (host === undefined) return
  throw noRepository(host, host, ADDRESS_ALONE.test(host) ? '' : ` An image of Docker Hub is docker.io/library/${host}.`)
}

/** Whether a text is the address of a registry, and cannot be a directory's name either. */
export function isAddressAlone(text: string): boolean {
  return ADDRESS_ALONE.test(text)
}

function isRegistryAlone(text: string): boolean {
  return ADDRESS_ALONE.test(text) || (HOST_ALONE.test(text) && !FILE_END.test(text))
}

/** References whose text named no registry. Beside them, for they are Docker Hub's to everything but a host's own settings. */
const short = new WeakSet<Reference>()

/** Whether the text of a reference named no registry, so that a host's settings may say which is meant. */
export function isShortName(reference: Reference): boolean {
  return short.has(reference)
}

/** The full name, as registries and containerd write it: `docker.io/library/nginx:latest`. */
export function formatReference({ domain, path, tag, digest }: Reference): string {
  return `${domain}/${path}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`
}

/** The short name people type: `nginx:latest`. */
export function familiarReference(reference: Reference): string {
  const full = formatReference(reference)
  if (reference.domain !== DEFAULT_DOMAIN) return full
  const rest = full.slice(DEFAULT_DOMAIN.length + 1)
  return /^library\/[^/]+$/.test(rest) ? rest.slice('library/'.length) : rest
}

/** Whether the text is a whole name, with a repository, rather than a tag alone: `app:1`, `ghcr.io/o/r`. */
export function isFullName(text: string): boolean {
  if (!/[:/]/.test(text)) return false
  try {
    parseReference(text)
    return true
  } catch {
    return false
  }
}

export function isTag(text: string): boolean {
  return TAG.test(text)
}

function splitReference(text: string): { name: string; tag?: string; digest?: string } {
  const at = text.indexOf('@')
  const [named, digest] = at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
  const colon = named.lastIndexOf(':')
  const tagged = colon !== -1 && !named.includes('/', colon)
  return {
    name: tagged ? named.slice(0, colon) : named,
    ...(tagged && { tag: named.slice(colon + 1) }),
    ...(digest !== undefined && { digest }),
  }
}

function splitDomain(name: string): { domain: string; path: string } {
  const slash = name.indexOf('/')
  const first = slash === -1 ? '' : name.slice(0, slash)
  const named = first !== '' && (first === 'localhost' || /[.:]/.test(first) || first !== first.toLowerCase())
  const domain = named && first !== LEGACY_DOMAIN ? first : DEFAULT_DOMAIN
  const path = named ? name.slice(slash + 1) : name
  return { domain, path: domain === DEFAULT_DOMAIN && !path.includes('/') ? `library/${path}` : path }
}

/** The error for a registry where an image is wanted. */
export function noRepository(text: string, domain: string, more = ''): ImageError {
  const shown = escapeText(domain)
  const hint = `Write ${shown}/NAME:TAG; \`peel catalog ${shown}\` lists its repositories.${more}`
  return invalid(text, 'it names a registry and no repository', hint)
}

function invalid(text: string, why: string, hint?: string): ImageError {
  return new ImageError(
    'REFERENCE_INVALID',
    { action: `use "${escapeText(text)}" as an image name`, why },
    {
      hint: hint ?? 'Names look like nginx, ghcr.io/owner/name:tag or host:5000/name@sha256:…',
    },
  )
}
