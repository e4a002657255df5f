import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { crc32 } from 'node:zlib'

/**
 * Contents with and without secrets, by the id of their kind. Every token is made here, of a seed, so that no scanner of repositories
 * takes this file for a leak; their forms are those of the services' own documentation.
 */
export const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
export const HEX = '0123456789abcdef'
export const BASE64 = `${BASE62}+/`
export const URL64 = `${BASE62}-_`

/** `length` characters of an alphabet, the same for the same seed, without a word in them. */
export function chance(length: number, seed: string, alphabet = BASE62): string {
  let text = ''
  for (let round = 0; text.length < length; round++) {
    for (const byte of createHash('sha256').update(`${seed} ${round}`).digest()) text += alphabet[byte % alphabet.length]
  }
  return text.slice(0, length)
}

/** A token whose last six characters are the checksum of the thirty before. */
export function summed(prefix: string, seed: string): string {
  const body = chance(30, seed)
  let [left, sum] = [crc32(Buffer.from(body)), '']
  for (let digit = 0; digit < 6; digit++) {
    sum = `${BASE62[left % 62]}${sum}`
    left = Math.floor(left / 62)
  }
  return `${prefix}${body}${sum}`
}

export function pem(
  type: 'rsa' | 'ec' | 'ed25519' | 'dsa' = 'rsa',
  form: 'pkcs1' | 'pkcs8' | 'sec1' = 'pkcs8',
  passphrase?: string,
): string {
  const key = newKey(type)
  const options = { type: form, format: 'pem', ...(passphrase !== undefined && { cipher: 'aes-256-cbc', passphrase }) } as const
  return key.export(options as object as { type: 'pkcs8'; format: 'pem' }).toString()
}

const keys = new Map<string, KeyObject>()

function newKey(type: 'rsa' | 'ec' | 'ed25519' | 'dsa'): KeyObject {
  const made = keys.get(type)
  if (made !== undefined) return made
  const { privateKey } =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : type === 'ec'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : type === 'dsa'
          ? generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 })
          : generateKeyPairSync('ed25519')
  keys.set(type, privateKey)
  return privateKey
}

/** A key as `ssh-keygen` writes it; the numbers in it are chance. */
export function openSsh(cipher: string, seed = 'ssh'): string {
  const string = (value: Buffer | string) => {
    const bytes = Buffer.from(value)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    return Buffer.concat([length, bytes])
  }
  const key = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    string(cipher),
    string('none'),
    string(''),
    string(chance(300, seed)),
  ])
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${key.toString('base64').replace(/.{70}/g, '$&\n')}\n-----END OPENSSH PRIVATE KEY-----\n`
}

export function jwt(header: object, claims: object, seed = 'jwt'): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part(header)}.${part(claims)}.${chance(43, seed, URL64)}`
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
