import { createHash, generateKeyPairSync } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** Values of the formats that real tools write, made from a seed: no service ever gave one of them out. */
const DIGITS = '0123456789'
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const BASE62 = `${DIGITS}${UPPER}${LOWER}`
const BECH32 = 'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L'

export const alphabets = {
  digits: DIGITS,
  upper: UPPER,
  letters: `${UPPER}${LOWER}`,
  base32: `${UPPER}234567`,
  base62: BASE62,
  base64url: `${BASE62}-_`,
  hex: `${DIGITS}abcdef`,
  upperAndDigits: `${UPPER}${DIGITS}`,
} as const

/** So many bytes that depend on the seed only. */
export function bytesOf(seed: string, length: number): Buffer {
  const blocks: Buffer[] = []
  for (let index = 0; index * 32 < length; index++) blocks.push(createHash('sha256').update(`${seed}/${index}`).digest())
  return Buffer.concat(blocks).subarray(0, length)
}

/** So many characters of an alphabet that depend on the seed only. */
export function text(seed: string, length: number, alphabet: string = BASE62): string {
  return [...bytesOf(seed, length)].map(byte => alphabet[byte % alphabet.length]).join('')
}

function base62(value: number, width: number): string {
  let [rest, digits] = [value, '']
  while (rest > 0) {
    digits = `${BASE62[rest % 62]}${digits}`
    rest = Math.floor(rest / 62)
  }
  return digits.padStart(width, '0')
}

/** A prefix, 30 characters and their CRC-32 in six digits of base 62: tokens of GitHub and npm since 2021. */
export function checksummed(prefix: string, seed: string): string {
  const secret = text(seed, 30)
  return `${prefix}${secret}${base62(crc32(secret), 6)}`
}

/** The same with one digit of the checksum changed. */
export function wronglyChecksummed(prefix: string, seed: string): string {
  const token = checksummed(prefix, seed)
  return `${token.slice(0, -1)}${token.endsWith('a') ? 'b' : 'a'}`
}

/** The CRC-32 in eight hexadecimal digits. */
export function checksumOf(value: string): string {
  return crc32(value).toString(16).padStart(8, '0')
}

function polymod(values: readonly number[]): number {
  const generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]
  return values.reduce((sum, value) => {
    const top = sum >>> 25
    const shifted = ((sum & 0x1ffffff) << 5) ^ value
    return generators.reduce((mixed, generator, bit) => ((top >> bit) & 1 ? mixed ^ generator : mixed), shifted)
  }, 1)
}

/** A key as `age-keygen` writes it: Bech32 of 32 bytes in capitals. */
export function ageKey(seed: string): string {
  const prefix = 'age-secret-key-'
  const bits = [...bytesOf(seed, 32)].map(byte => byte.toString(2).padStart(8, '0')).join('')
  const data = (bits.padEnd(260, '0').match(/.{5}/g) ?? []).map(group => Number.parseInt(group, 2))
  const codes = [...prefix].map(letter => letter.charCodeAt(0))
  const expanded = [...codes.map(code => code >> 5), 0, ...codes.map(code => code & 31)]
  const check = polymod([...expanded, ...data, 0, 0, 0, 0, 0, 0]) ^ 1
  const digits = [...data, ...[0, 1, 2, 3, 4, 5].map(index => (check >>> (5 * (5 - index))) & 31)]
  return `AGE-SECRET-KEY-1${digits.map(digit => BECH32[digit]).join('')}`
}

export function base64url(value: string | Buffer): string {
  return Buffer.from(value as string).toString('base64url')
}

/** A variable as shells and settings refer to it. */
export function reference(name: string): string {
  return `$\{${name}}`
}

/** A signed JSON web token; the signature is made up. */
export function webToken(header: object, payload: object, seed: string): string {
  return `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(payload))}.${base64url(bytesOf(seed, 32))}`
}

/** Keys that are made when the tests run. */
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const edwards = generateKeyPairSync('ed25519')
const rivest = generateKeyPairSync('rsa', { modulusLength: 1024 })

export const keys = {
  pkcs8: edwards.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  sec1: elliptic.privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
  pkcs1: rivest.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
  publicKey: rivest.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  encrypted: elliptic.privateKey
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'quietly' })
    .toString(),
  openssh: opensshKey(),
}

/** PROTOCOL.key of OpenSSH: one ed25519 key without a passphrase. */
function opensshKey(): string {
  const jwk = edwards.privateKey.export({ format: 'jwk' })
  const [open, secret] = [Buffer.from(String(jwk.x), 'base64url'), Buffer.from(String(jwk.d), 'base64url')]
  const publicBlob = Buffer.concat([field('ssh-ed25519'), field(open)])
  const check = bytesOf('check', 4)
  const plain = Buffer.concat([
    check,
    check,
    field('ssh-ed25519'),
    field(open),
    field(Buffer.concat([secret, open])),
    field('root@builder'),
  ])
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7]).subarray(0, (8 - (plain.length % 8)) % 8)
  const body = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    field('none'),
    field('none'),
    field(''),
    Buffer.from([0, 0, 0, 1]),
    field(publicBlob),
    field(Buffer.concat([plain, padding])),
  ])
  const lines = body.toString('base64').match(/.{1,70}/g) ?? []
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`
}

function field(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
