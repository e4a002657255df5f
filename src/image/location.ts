import { type Digest, isDigest } from '../blob/digest.ts'
import { type Diagnostic, ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'
import { inOwnGrammar } from './other-spelling.ts'
import { DOMAIN_PATTERN, familiarReference, isAddressAlone, noRepository, parseReference, type Reference } from './reference.ts'

/** Which image of several; all empty is "the one there is". */
export type Selector = {
  readonly name?: string
  readonly digest?: Digest
  /** Base 0, in the order the place lists its images (skopeo's `@N`). */
  readonly position?: number
}

export type FileTransport = 'oci' | 'oci-archive' | 'docker-archive' | 'dir'

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
export type Destination =
  | Exclude<Location, { readonly transport: 'path' }>
  /** A tar file that every tool loads: an OCI layout with docker's `manifest.json` beside it. */
  | { readonly transport: 'archive'; readonly path: string; readonly selector: Selector }

/** Whether something of that name is on disk; given from outside, since this folder does not touch the world. */
export type Exists = (path: string) => boolean

/**
 * Understands IMAGE. A name that exists on disk is a path, and the longest prefix that exists wins, so that colons in
 * file names and in tags both work.
 * @throws ImageError `LOCATION_INVALID`, `REFERENCE_INVALID`
 */
export function parseLocation(text: string, exists: Exists): Location {
  if (text === 'demo:')
    throw invalid(text, 'it is the built-in image, and no place', 'Copy it to one: "peel copy demo: oci:demo".')
  const own = inOwnGrammar(text, exists)
  return parsePrefixed(own, exists) ?? parseBareImage(own, exists)
}

/**
 * Understands DEST (`DESTINATION_FORMS`). A word that could be a directory or a repository is refused with both spellings, so that
 * nothing is written to a place that was not meant.
 * @throws ImageError `LOCATION_INVALID`, `REFERENCE_INVALID`
 */
export function parseDestination(text: string, exists: Exists): Destination {
  const own = inOwnGrammar(text, exists)
  const prefixed = parsePrefixed(own, exists)
  if (prefixed) {
    if ('selector' in prefixed) checkNameOnly(text, prefixed.selector)
    if (prefixed.transport === 'dir') checkNoName(text, prefixed)
    checkNoTilde(text, prefixed, exists)
    return prefixed
  }
  checkNoScheme(own, exists)
  const bare = parseBareDestination(own, exists)
  if ('selector' in bare) checkNameOnly(text, bare.selector)
  checkNoTilde(text, bare, exists)
  return bare
}

function parseBareDestination(text: string, exists: Exists): Destination {
  const split = splitPath(text, text, exists)
  if (ARCHIVE.test(split.path)) {
    const directory = split.path.slice(0, split.path.lastIndexOf('/'))
    if (namesHost(text) && !exists(directory)) throw refusedBare(text, split.path, directory)
    return { transport: 'archive', ...split }
  }
  if (PATH_START.test(text) || isLayout(split.path, exists)) return { transport: 'oci', ...split }
  if (namesHost(text)) return { transport: 'docker', reference: parseReference(text) }
  throw isAddressAlone(text) ? noRepository(text, text) : refusedBare(text, split.path)
}

function refusedBare(text: string, path: string, directory?: string): ImageError {
  const shown = escapeText(text)
  if (directory !== undefined) {
    const file = `for a file make the directory first (mkdir -p ${escapeText(directory)})`
    return invalid(text, 'it may be a file or a repository', `Write docker://${shown} for the registry; ${file}.`)
  }
  if (PACKED_OTHERWISE.test(path))
    return invalid(text, 'peel does not write archives compressed like that', 'It writes .tar, .tar.gz, .tgz and .tar.zst.')
  return invalid(
    text,
    'it may be a directory or a repository',
    `Write oci:${shown} for a layout in that directory, docker://${shown} for a registry, or a name that ends in .tar for an archive.`,
  )
}

/** Names of archives that peel writes, whatever compresses them. */
const ARCHIVE = /\.(?:tar|tgz|tar\.gz|tar\.zst)$/
const PACKED_OTHERWISE = /\.(?:tar\.\w+|txz|tbz2?|tzst|zip)$/
const PATH_START = /^[./~]/

function isLayout(path: string, exists: Exists): boolean {
  return exists(`${path}/index.json`) || exists(`${path}/oci-layout`)
}

/** Whether the text begins with a host and a slash: a dot or a port in its first part, or `localhost`. */
function namesHost(text: string): boolean {
  const slash = text.indexOf('/')
  const first = slash === -1 ? '' : text.slice(0, slash)
  return DOMAIN_PATTERN.test(first) && (first === 'localhost' || /[.:]/.test(first))
}

/**
 * The diagnostic for a name that was taken for a path and could be meant for a registry: a place on disk always wins, and may be
 * there by accident. Undefined for any other.
 */
export function shadowedHost(text: string, location: Location | Destination): Diagnostic | undefined {
  if (!('path' in location) || !namesHost(text) || PATH_START.test(text)) return undefined
  const shown = escapeText(text)
  const message = `"${escapeText(location.path)}" is taken for a place on this disk, not for the registry; docker://${shown} names the registry`
  return { code: 'PATH_SHADOWS_REGISTRY', severity: 'warning', message }
}

/** As a person would write it again. */
export function formatLocation(location: Location | Destination): string {
  switch (location.transport) {
    case 'standard-stream':
      return '-'
    case 'docker':
      return familiarReference(location.reference)
    case 'docker-daemon':
      return `docker-daemon:${location.name}`
    case 'path':
    case 'archive':
      return `${location.path}${formatSelector(location.selector)}`
    default:
      return `${location.transport}:${location.path}${formatSelector(location.selector)}`
  }
}

function formatSelector({ name, digest, position }: Selector): string {
  return `${name === undefined ? '' : `:${name}`}${digest === undefined ? '' : `@${digest}`}${position === undefined ? '' : `@${position}`}`
}

function parsePrefixed(text: string, exists: Exists): Exclude<Location, { readonly transport: 'path' }> | undefined {
  if (text === '-') return { transport: 'standard-stream' }
  if (text === '') throw invalid(text, 'it is empty')
  const colon = text.indexOf(':')
  const rest = text.slice(colon + 1)
  switch (colon === -1 ? '' : text.slice(0, colon)) {
    case 'oci':
    case 'oci-archive':
    case 'docker-archive':
    case 'dir': {
      const transport = text.slice(0, colon) as FileTransport
      if (rest === '')
        throw invalid(
          text,
          'the path is missing',
          `Write ${transport}:PATH${transport === 'dir' ? '' : ` or ${transport}:PATH:TAG`}.`,
        )
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
  // Nothing of that name is here: a word that can only be a path is refused when it is opened.
  if (looksLikePath(text)) return { transport: 'path', ...splitPath(text, text, exists) }
  const colon = text.indexOf(':')
  const scheme = colon === -1 ? '' : text.slice(0, colon)
  if (FOREIGN.has(scheme)) {
    throw invalid(
      text,
      `peel does not read ${scheme}: images`,
      COPY_FIRST[scheme] ?? `Copy it first: skopeo copy ${escapeText(text)} oci:image:latest`,
    )
  }
  const location: Location = { transport: 'docker', reference: parseReference(text) }
  bare.add(location)
  return location
}

/** Locations whose text was a name and nothing else. Beside them, for only opening one for reading minds. */
const bare = new WeakSet<Location>()

/** Whether a location was typed as a bare name, which the local engine may have under it; `docker://NAME` always means the registry. */
export function isBareName(location: Location): boolean {
  return bare.has(location)
}

/** Transports of skopeo and podman that peel has not. */
const FOREIGN = new Set(['containers-storage', 'ostree', 'sif', 'tarball', 'containerd'])

/** Where skopeo cannot read it either. */
const COPY_FIRST: Readonly<Record<string, string>> = {
  containerd: 'Export it first: ctr images export image.tar NAME, then name image.tar.',
}

function looksLikePath(text: string): boolean {
  return (
    /^(?:\.{0,2}\/|~|\.\.?$)/.test(text) ||
    /\.(?:tar|tgz|tbz2?|txz|tzst|gz|bz2|xz|zst|lz4|lzma|zip|7z|oci)$/.test(text.replace(/[:@].*$/, ''))
  )
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

/** The selector behind the path: nothing, `:NAME`, `@DIGEST`, `@N`, or `:NAME@DIGEST`. */
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

/** A shell expands `~` at the beginning of a word; after a prefix, in quotes or in a text field it is a directory of that name. */
function checkNoTilde(text: string, destination: Destination, exists: Exists): void {
  if (!('path' in destination) || !/^~(?:\/|$)/.test(destination.path) || exists('~')) return
  const rest = escapeText(destination.path.slice(1))
  throw invalid(
    text,
    '"~" is your home directory to a shell only, and only at the beginning of a word',
    `Write it out: ${escapeText(text.slice(0, text.indexOf('~')))}$HOME${rest}`,
  )
}

function checkNameOnly(text: string, { digest, position }: Selector): void {
  if (digest !== undefined || position !== undefined) throw invalid(text, 'a destination has a tag, not a digest or a position')
}

/** A directory of skopeo's holds one image and no name. */
function checkNoName(text: string, { path, selector }: { readonly path: string; readonly selector: Selector }): void {
  if (selector.name !== undefined)
    throw invalid(text, 'a dir: has one image and no tag', `Write dir:${escapeText(path)}, or a layout: oci:DIR:TAG`)
}

/** `sif:out`, `demo:` and `https://host/name` begin with the name of no place to write to: a layout with a tag is not meant. */
function checkNoScheme(text: string, exists: Exists): void {
  const scheme = /^([a-z][a-z-]*):/.exec(text)?.[1]
  if (scheme === undefined || existingPrefix(text, exists) !== undefined) return
  if (text === 'demo:') throw invalid(text, 'it is the built-in image, which is only read', 'Name a place to write to: oci:demo')
  if (FOREIGN.has(scheme)) throw invalid(text, `peel does not write ${scheme}: images`, COPY_ON)
  if (text.startsWith(`${scheme}://`))
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
        'Write a path, oci:DIR:TAG, oci-archive:FILE, docker-archive:FILE, dir:DIR, docker-daemon:NAME, docker://NAME or a registry name.',
    },
  )
}
