import { isRecord } from '../../../blob/descriptor.ts'
import { ImageError, reasonOf } from '../../../error.ts'
import { escapeText } from '../../../escape.ts'
import { readNamedText } from '../../text/pipe.ts'
import { errorCode, isMissing, readUsualText } from '../../text/usual-text.ts'
import type { Credentials } from './credentials.ts'

/** A docker config.json, a containers auth.json or a .dockercfg: what they say about credentials. */
export type CredentialFile = {
  /** By host or `host/namespace`; full URLs are cut down to their host. Empty entries, which only mark a helper, are left out. */
  readonly entries: ReadonlyMap<string, Credentials>
  /** Helper names by host. */
  readonly helpers: ReadonlyMap<string, string>
  readonly store: string | undefined
  readonly problem?: string
}

/** @throws ImageError `CREDENTIALS_UNREADABLE` when `required` and it cannot be read */
export async function readCredentialFile(
  file: string,
  { required = false, legacy = false }: { required?: boolean; legacy?: boolean } = {},
): Promise<CredentialFile | undefined> {
  let text: string
  try {
    // One that was named may be a pipe, which is waited for.
    text = required ? await readNamedText(file) : readUsualText(file)
  } catch (error) {
    if (required) throw unreadable(file, escapeText(reasonOf(error)))
    if (isMissing(error)) return undefined
    return { ...EMPTY, problem: `${escapeText(file)} cannot be read (${errorCode(error) ?? escapeText(reasonOf(error))})` }
  }
  const parsed = parseCredentialFile(text, file, legacy)
  if (required && parsed.problem !== undefined) throw unreadable(file, 'it is not a credentials file in JSON')
  return parsed
}

/** JSON.parse quotes the text it fails on, which may be a password: its message is not used. */
export function parseCredentialFile(text: string, from: string, legacy = false): CredentialFile {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { ...EMPTY, problem: `${escapeText(from)} is not JSON` }
  }
  if (!isRecord(value)) return { ...EMPTY, problem: `${escapeText(from)} is not a JSON object` }
  const auths = legacy ? value : value['auths']
  const helpers = isRecord(value['credHelpers']) ? Object.entries(value['credHelpers']) : []
  const store = value['credsStore']
  return {
    entries: isRecord(auths) ? readEntries(auths, escapeText(from)) : new Map(),
    helpers: new Map(helpers.flatMap(([host, name]) => (typeof name === 'string' && name !== '' ? [[keyOf(host), name]] : []))),
    store: typeof store === 'string' && store !== '' ? store : undefined,
  }
}

const EMPTY: CredentialFile = { entries: new Map(), helpers: new Map(), store: undefined }

function readEntries(auths: Readonly<Record<string, unknown>>, from: string): ReadonlyMap<string, Credentials> {
  const entries = new Map<string, Credentials>()
  for (const [key, entry] of Object.entries(auths)) {
    const credentials = isRecord(entry) ? readEntry(entry, from) : undefined
    // An exact key wins over a URL that means the same host.
    if (credentials !== undefined && (keyOf(key) === key || !entries.has(keyOf(key)))) entries.set(keyOf(key), credentials)
  }
  return entries
}

function readEntry(entry: Readonly<Record<string, unknown>>, from: string): Credentials | undefined {
  const text = (key: string) => (typeof entry[key] === 'string' ? entry[key] : '')
  const [username, password] = text('auth') === '' ? [text('username'), text('password')] : decodeAuth(text('auth'))
  if (text('registrytoken') !== '') return { type: 'registry-token', token: text('registrytoken'), from }
  if (text('identitytoken') !== '') return { type: 'identity', username, token: text('identitytoken'), from }
  return username === '' && password === '' ? undefined : { type: 'basic', username, password, from }
}

/** base64 of `user:password`; the password may hold colons and is padded with NUL by old clients. */
function decodeAuth(auth: string): [string, string] {
  const decoded = Buffer.from(auth, 'base64').toString('utf8')
  const colon = decoded.indexOf(':')
  if (colon < 0) return ['', '']
  return [decoded.slice(0, colon), decoded.slice(colon + 1).replace(/^\0+|\0+$/g, '')]
}

/** `https://host/v1/` means its host; `host/namespace` stays. */
function keyOf(key: string): string {
  const url = /^https?:\/\/([^/]+)/.exec(key)
  return url?.[1] ?? key.replace(/\/(?:v[12]\/?)?$/, '')
}

function unreadable(file: string, why: string): ImageError {
  return new ImageError('CREDENTIALS_UNREADABLE', `Cannot read the credentials in ${escapeText(file)}: ${why}`, {
    hint: 'Log in with `docker login`, `podman login` or `skopeo login`, or name another file with --authfile.',
  })
}
