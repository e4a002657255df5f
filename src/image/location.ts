import { type Digest, isDigest } from '../blob/digest.ts'
import { ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'
import { familiarReference, parseReference, type Reference } from './reference.ts'

/** Which image of several; all empty is "the one there is". */
export type Selector = {
  readonly name?: string
  readonly digest?: Digest
  /** Base 0, in the order the place lists its images (skopeo's `@N`). */
  readonly position?: number
}

export type FileTransport = 'oci' | 'oci-archive' | 'docker-archive'

/** Where an image is or shall be: the grammar of IMAGE and DEST (cli.md), understood. */
export type Location =
  | { readonly transport: FileTransport; readonly path: string; readonly selector: Selector }
  /** Recognised by content. */
  | { readonly transport: 'path'; readonly path: string; readonly selector: Selector }
  | { readonly transport: 'docker'; readonly reference: Reference }
  /** `name` is what the engine is asked for: a familiar name or an image ID. */
  | { readonly transport: 'docker-daemon'; readonly name: string }
  /** `-`: standard input, or standard output. */
  | { readonly transport: 'standard-stream' }

/** Where an image may be written. */
export type Destination = Exclude<Location, { readonly transport: 'path' }>

/** Whether something of that name is on disk; given from outside, since this folder does not touch the world. */
export type Exists = (path: string) => boolean

/**
 * Understands IMAGE. A name that exists on disk is a path, and the longest prefix that exists wins, so that colons in
 * file names and in tags both work.
 * @throws ImageError `LOCATION_INVALID`, `REFERENCE_INVALID`
 */
export function parseLocation(text: string, exists: Exists): Location {
  return parsePrefixed(text, exists) ?? parseBareImage(text, exists)
}

/**
 * Understands DEST: a bare path ending in `.tar` is an oci-archive, any other a layout.
 * @throws ImageError `LOCATION_INVALID`, `REFERENCE_INVALID`
 */
export function parseDestination(text: string, exists: Exists): Destination {
  const prefixed = parsePrefixed(text, exists)
  if (prefixed !== undefined) {
    if ('selector' in prefixed) checkNameOnly(text, prefixed.selector)
    return prefixed
  }
  const { path, selector } = splitPath(text, text, exists)
  checkNameOnly(text, selector)
  if (!exists(path)) checkNoScheme(text, path, selector)
  return { transport: path.endsWith('.tar') ? 'oci-archive' : 'oci', path, selector }
}

/** How a person would write the location again. */
export function formatLocation(location: Location): string {
  switch (location.transport) {
    case 'standard-stream':
      return '-'
    case 'docker':
      return familiarReference(location.reference)
    case 'docker-daemon':
      return `docker-daemon:${location.name}`
    case 'path':
      return `${location.path}${formatSelector(location.selector)}`
    default:
      return `${location.transport}:${location.path}${formatSelector(location.selector)}`
  }
}

function formatSelector({ name, digest, position }: Selector): string {
  return `${name === undefined ? '' : `:${name}`}${digest === undefined ? '' : `@${digest}`}${position === undefined ? '' : `@${position}`}`
}

function parsePrefixed(text: string, exists: Exists): Destination | undefined {
  if (text === '-') return { transport: 'standard-stream' }
  if (text === '') throw invalid(text, 'it is empty')
  const colon = text.indexOf(':')
  const rest = text.slice(colon + 1)
  switch (colon === -1 ? '' : text.slice(0, colon)) {
    case 'oci':
    case 'oci-archive':
    case 'docker-archive': {
      const transport = text.slice(0, colon) as FileTransport
      if (rest === '') throw invalid(text, 'the path is missing', `Write ${transport}:PATH or ${transport}:PATH:TAG.`)
      return { transport, ...splitPath(rest, text, exists) }
    }
    case 'docker':
      if (rest.startsWith('//')) return { transport: 'docker', reference: parseReference(rest.slice(2)) }
      return undefined
    case 'docker-daemon':
      return { transport: 'docker-daemon', name: daemonName(rest) }
    default:
      return undefined
  }
}

/** An image ID stays as it is; a name is normalised, so that a wrong one fails here. */
function daemonName(text: string): string {
  if (isDigest(text) || /^[a-f0-9]{12,64}$/.test(text)) return text
  return familiarReference(parseReference(text))
}

function parseBareImage(text: string, exists: Exists): Location {
  const found = existingPrefix(text, exists)
  if (found !== undefined) return { transport: 'path', path: found, selector: parseSelector(text.slice(found.length), text) }
  // Nothing of that name is here: what can only be a path says so when it is opened.
  if (looksLikePath(text)) return { transport: 'path', ...splitPath(text, text, exists) }
  const colon = text.indexOf(':')
  const scheme = colon === -1 ? '' : text.slice(0, colon)
  if (FOREIGN.has(scheme)) {
    throw invalid(text, `peel does not read ${scheme}: images`, `Copy it first: skopeo copy ${escapeText(text)} oci:image:latest`)
  }
  return { transport: 'docker', reference: parseReference(text) }
}

/** Transports of skopeo and podman that peel has not. */
const FOREIGN = new Set(['dir', 'containers-storage', 'ostree', 'sif', 'tarball', 'containerd', 'podman'])

function looksLikePath(text: string): boolean {
  return /^(?:\.{0,2}\/|~|\.\.?$)/.test(text) || /\.(?:tar|tgz|txz|tzst|gz|xz|zst|oci)$/.test(text.replace(/[:@].*$/, ''))
}

/** Splits `PATH[:TAG][@DIGEST]`: the longest prefix that exists is the path, else what comes before the first colon or at. */
function splitPath(rest: string, text: string, exists: Exists): { path: string; selector: Selector } {
  const found = existingPrefix(rest, exists)
  const first = rest.search(/[:@]/)
  const path = found ?? (first === -1 ? rest : rest.slice(0, first))
  if (path === '') throw invalid(text, 'the path is missing')
  return { path, selector: parseSelector(rest.slice(path.length), text) }
}

function existingPrefix(text: string, exists: Exists): string | undefined {
  for (let end = text.length; end > 0; end = Math.max(text.lastIndexOf(':', end - 1), text.lastIndexOf('@', end - 1))) {
    const prefix = text.slice(0, end)
    if (exists(prefix)) return prefix
  }
  return undefined
}

/** What follows the path: nothing, `:NAME`, `@DIGEST`, `@N`, or `:NAME@DIGEST`. */
function parseSelector(text: string, whole: string): Selector {
  if (text === '' || text === ':') return {}
  const at = text.lastIndexOf('@')
  const after = at === -1 ? '' : text.slice(at + 1)
  const name = text.startsWith(':') ? text.slice(1, at === -1 ? undefined : at) : ''
  const named = name === '' ? {} : { name }
  if (at === -1) return named
  if (isDigest(after)) return { ...named, digest: after }
  if (/^\d{1,6}$/.test(after)) return { ...named, position: Number(after) }
  throw invalid(
    whole,
    `"${escapeText(after)}" is neither a digest nor a position`,
    'Write @sha256:… with 64 digits, or @0 for the first image.',
  )
}

function checkNameOnly(text: string, { digest, position }: Selector): void {
  if (digest !== undefined || position !== undefined) throw invalid(text, 'a destination has a tag, not a digest or a position')
}

/** `dir:out` and `https://host/name` look like a layout with a tag: nobody means that. */
function checkNoScheme(text: string, scheme: string, { name = '' }: Selector): void {
  if (FOREIGN.has(scheme)) throw invalid(text, `peel does not write ${scheme}: images`, COPY_ON)
  if (name.startsWith('//'))
    throw invalid(text, `"${escapeText(scheme)}://" is no place for images`, 'A registry is docker://HOST/NAME:TAG.')
}

const COPY_ON = 'Write oci:DIR:TAG and copy it there: skopeo copy oci:DIR:TAG …'

function invalid(text: string, why: string, hint?: string): ImageError {
  return new ImageError(
    'LOCATION_INVALID',
    { action: `use "${escapeText(text)}"`, why },
    {
      hint:
        hint ??
        'Write a path, oci:DIR:TAG, oci-archive:FILE, docker-archive:FILE, docker-daemon:NAME, docker://NAME or a registry name.',
    },
  )
}
