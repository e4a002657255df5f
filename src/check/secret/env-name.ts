import { hexHash } from '../../blob/checksum.ts'
import type { SecretHit } from '../secret-hit.ts'
import { isPlaceholderPassword } from './placeholder.ts'

/** A variable with its value, as a configuration or a step of the history has it. */
export type Assignment = { readonly name: string; readonly value: string }

/**
 * A variable whose name says that its value is a secret: BuildKit's words (its check `SecretsUsedInArgOrEnv`) as the first or the last
 * word of the name. Undefined where another word says that it is about a secret only (`PASSWORD_FILE`, `KEY_ALIAS`, `PUBLIC_KEY`),
 * where the name is known to be public, or where the value is none: a path, a number, an address, a digest, a placeholder.
 */
export function secretByName({ name, value }: Assignment): SecretHit | undefined {
  const words = name
    .split(/[_.-]+|(?<=[a-z])(?=[A-Z])/)
    .filter(word => word !== '')
    .map(word => word.toLowerCase())
  const [first = '', last = ''] = [words[0], words.at(-1)]
  const joined = words.slice(-2).join('')
  if (!SECRET.has(first) && !SECRET.has(last) && !SECRET.has(joined)) return undefined
  if (words.some(word => ABOUT.has(word)) || PUBLIC.test(name) || !isSecretValue(name, value)) return undefined
  return {
    rule: 'secret/env-name',
    severity: 'warning',
    kind: `Value of ${name.slice(0, 100)}`,
    ...(value.length >= 20 && /[A-Za-z0-9=]{2}$/.test(value) && { ending: value.slice(-2) }),
    evidence: { sha256: hexHash('sha256', Buffer.from(value, 'utf8')) },
  }
}

const SECRET = new Set(
  'apikey auth credential credentials key password passwd pword pass passphrase psw pwd secret secrets token pat'.split(' '),
)
const ABOUT = new Set(
  'public file path dir directory version name alias id enabled enable disabled ttl url uri host port algo algorithm alg type format length size mode prefix suffix header headers server servers keyserver manager prompt policy expiry expires timeout method provider realm scheme fingerprint checksum sha sha256 sha512 md5 digest commit count rotation hash'.split(
    ' ',
  ),
)
const PUBLIC =
  /^(?:NEXT_PUBLIC_|VITE_|REACT_APP_|NUXT_PUBLIC_|PUBLIC_|GATSBY_|EXPO_PUBLIC_|JAVA_|YARN_|KEYCLOAK_)|^(?:\w+_)?GPG_KEYS?$|^(?:KEY|KEYS|PASS|AUTH|TOKEN)$/i

function isSecretValue(name: string, value: string): boolean {
  if (value.length < 8 || isPlaceholderPassword(value) || /^\$/.test(value)) return false
  if (/^(?:\d[\d.,]*|~?\/[^\s:]*|\.{1,2}\/.*|[\w-]+:\/\/[^@]*)$/.test(value)) return false
  // Fingerprints of what packages are signed with, digests, lists of them.
  return !(
    /GPG|PGP|SHA|CHECKSUM|DIGEST|COMMIT|FINGERPRINT|KEYS?$/i.test(name) &&
    /^(?:0x)?(?:[0-9a-f]{16}|[0-9a-f]{40}|[0-9a-f]{64})(?:[\s,]|$)/i.test(value)
  )
}

const BUILDKIT = ' # buildkit'

/** The assignments of a step of the history: `ENV` and `ARG` in all their spellings, and the build arguments in front of a `RUN` (`|2 A=1 B=2`). */
export function assignmentsOf(createdBy: string): readonly Assignment[] {
  const recorded = createdBy.endsWith(BUILDKIT) ? createdBy.slice(0, -BUILDKIT.length).trimEnd() : createdBy
  const step = recorded.replace(/^\S*(?:sh|cmd|powershell)\b.{0,40}?#\(nop\)\s*/, '')
  const set = /^(?:ENV|ARG)\s+/.exec(step)
  if (set !== null) return assignments(step.slice(set[0].length), Number.POSITIVE_INFINITY)
  const run = /^(?:RUN\s+)?\|(\d{1,3})\s+/.exec(step)
  return run === null ? [] : assignments(step.slice(run[0].length), Number(run[1]))
}

function assignments(text: string, count: number): readonly Assignment[] {
  const matches = [...text.matchAll(/(?:^|\s)([A-Za-z_][\w.-]{0,200})=("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"']\S*|)/g)]
  // `ENV NAME value`, the old form, and BuildKit's unquoted value with blanks, which is all the rest.
  const [only] = matches
  const old = /^([A-Za-z_]\w{0,200})\s+(\S.*)$/s.exec(text)
  if (only === undefined) return old === null ? [] : [{ name: old[1] ?? '', value: old[2] ?? '' }]
  return matches
    .slice(0, count)
    .map(match => ({ name: match[1] ?? '', value: (match[2] ?? '').replace(/^(["'])(.*)\1$/s, '$2') }))
}
