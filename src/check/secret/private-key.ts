import type { SecretPlace, Sighting, ValueKind } from './secret-kind.ts'

/**
 * PEM private keys (RFC 7468, RFC 1421's encrypted form), OpenSSH's and OpenPGP's, with line ends as they are or escaped in a string.
 * The literal is in the marker; markers without a body that decodes (documentation, parsers, most binaries) are refused.
 */
export const PRIVATE_KEY: ValueKind = {
  id: 'secret/private-key',
  name: 'Private key',
  severity: 'error',
  literals: ['PRIVATE KEY'],
  read: readPrivateKey,
}

function readPrivateKey({ text, at, path }: SecretPlace): Sighting | undefined {
  const begin = BEGIN.exec(text.slice(Math.max(0, at - LABEL), at))
  MARKER_END.lastIndex = at
  const marker = MARKER_END.exec(text)
  if (begin === null || marker === null) return undefined
  const label = begin[1] ?? ''
  const start = at + marker[0].length
  BODY.lastIndex = start
  const body = BODY.exec(text)?.[0] ?? ''
  const end = start + body.length
  if (!text.startsWith('-----END', end)) return undefined
  const key = decoded(body)
  if (key === undefined) return undefined
  const form = marker[0].includes('BLOCK') ? openPgp(key) : label.startsWith('OPENSSH') ? openSsh(key) : der(key, label, body)
  if (form === undefined) return undefined
  // The file itself, not what JSON around it says: a service account has both in one object.
  const account = SERVICE_ACCOUNT.test(text)
  const span = { start: at - begin[0].length, end: end + '-----END'.length }
  if (account && form === 'plain') return { ...span, id: 'secret/gcp-service-account', name: 'Google Cloud service account key' }
  const host = path !== undefined && HOST_KEY.test(path) ? { id: 'secret/ssh-host-key', name: 'SSH host key' } : {}
  if (form === 'encrypted') return { ...span, ...host, severity: 'info', name: 'Encrypted private key' }
  if (form === 'cut') return { ...span, ...host, severity: 'warning', name: 'Part of a private key' }
  return { ...span, ...host }
}

const LABEL = 32
const BEGIN = /-----BEGIN ((?:[A-Z0-9]+ ){0,2})$/
const MARKER_END = /PRIVATE KEY(?: BLOCK)?-----/y
/** Base64, header lines, and what strings of programs and documents put between lines. */
const BODY = /(?:[A-Za-z0-9+/=\s\\",:._()@<>]|-(?!----))*/y
const SERVICE_ACCOUNT = /\\?"type\\?"\s*:\s*\\?"service_account\\?"/
const HOST_KEY = /(?:^|\/)etc\/ssh\/ssh_host_\w+_key$/

/** A key of 256 bits in its shortest form; a shorter one is an example that was cut. */
const SHORTEST = 32

function decoded(body: string): Buffer | undefined {
  const lines = body.replace(/\\[rnt]/g, '\n').split(/[\r\n]+/)
  const base64 = lines
    // Strings of programs: each line in quotes, with a sign that joins them.
    .map(line =>
      line
        .trim()
        .replace(/^"|"\s*[+,;\\]?$/g, '')
        .trim(),
    )
    // Headers have a colon (RFC 1421, OpenPGP's armor); the armor's checksum is a line of its own.
    .filter(line => !line.includes(':') && !/^(?:=[A-Za-z0-9+/]{4}|[+,;\\]|)$/.test(line))
    .join('')
    .replaceAll(' ', '')
  if (base64.length < SHORTEST || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined
  const bytes = Buffer.from(base64, 'base64')
  return bytes.length < SHORTEST || new Set(bytes).size < 8 ? undefined : bytes
}

type Form = 'plain' | 'encrypted' | 'cut' | undefined

/** PKCS#1, PKCS#8 and SEC1 keys are each a DER sequence (X.690), whose length says whether all of it is there. */
function der(key: Buffer, label: string, body: string): Form {
  if (/Proc-Type: *4,ENCRYPTED/.test(body)) return 'encrypted'
  if (key[0] !== 0x30) return undefined
  const [length, start] = derLength(key)
  if (label.startsWith('ENCRYPTED')) return 'encrypted'
  return start + length > key.length ? 'cut' : 'plain'
}

function derLength(bytes: Buffer): readonly [length: number, start: number] {
  const first = bytes[1] ?? 0
  if (first < 0x80) return [first, 2]
  const count = first & 0x7f
  // A length of more than four bytes is no key's.
  return count === 0 || count > 4 ? [Number.POSITIVE_INFINITY, 2] : [bytes.readUIntBE(2, count), 2 + count]
}

/** `openssh-key-v1`, then the name of the cipher as a string with its length before it (PROTOCOL.key). */
function openSsh(key: Buffer): Form {
  if (key.toString('latin1', 0, OPENSSH.length) !== OPENSSH) return undefined
  const length = key.readUInt32BE(OPENSSH.length)
  const cipher = key.toString('latin1', OPENSSH.length + 4, OPENSSH.length + 4 + Math.min(length, 64))
  return cipher === 'none' ? 'plain' : 'encrypted'
}

const OPENSSH = 'openssh-key-v1\0'

/** A packet of tag 5, secret key, or 7, subkey, in the old or the new form (RFC 9580, 4.2). */
function openPgp(key: Buffer): Form {
  const first = key[0] ?? 0
  const tag = first >= 0xc0 ? first & 0x3f : first >= 0x80 ? (first >> 2) & 0xf : 0
  return tag === 5 || tag === 7 ? 'plain' : undefined
}
