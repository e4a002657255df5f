import { isPlaceholder, isRandom } from './placeholder.ts'
import type { SecretPlace, Sighting, ValueKind } from './secret-kind.ts'
import { token } from './token.ts'

/** Keys of clouds and of what runs there. */
export const CLOUD_KINDS: readonly ValueKind[] = [
  {
    id: 'secret/aws',
    name: 'AWS access key id',
    severity: 'warning',
    literals: ['AKIA', 'ASIA', 'ABIA', 'ACCA'],
    read: token(/(?:AKIA|ASIA|ABIA|ACCA)([A-Z2-7]{16})/y, { bits: 2.5, judge: withItsSecret }),
  },
  {
    id: 'secret/aws',
    name: 'AWS secret access key',
    severity: 'error',
    // Each way of writing the name, less its first letter.
    literals: [
      'ecret_access_key',
      'ECRET_ACCESS_KEY',
      'ecretAccessKey',
      'ecret_key',
      'ECRET_KEY',
      'ws_secret',
      'WS_SECRET',
      'wsSecret',
    ],
    read: secretByName,
  },
  {
    id: 'secret/google',
    name: 'Google API key',
    severity: 'info',
    literals: ['AIza'],
    read: token(/AIza([\w-]{35})/y, {
      accept: key => !PUBLISHED_GOOGLE.has(key),
      // Browsers are sent such keys; where servers have their settings one is a server's.
      judge: (_, { path }) => ({ severity: path === undefined || DOTENV.test(path) ? 'error' : 'info' }),
    }),
  },
  {
    id: 'secret/google',
    name: 'Google OAuth client secret',
    severity: 'error',
    literals: ['GOCSPX-'],
    read: token(/GOCSPX-([\w-]{28})/y),
  },
  {
    id: 'secret/digitalocean',
    name: 'DigitalOcean token',
    severity: 'error',
    literals: ['dop_v1_', 'doo_v1_', 'dor_v1_'],
    read: token(/do[opr]_v1_([a-f0-9]{64})/y),
  },
  {
    id: 'secret/azure',
    name: 'Azure account key',
    severity: 'error',
    literals: ['AccountKey=', 'SharedAccessKey='],
    read: place => keyAfter(place, /(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{42,86}={1,2})(?![A-Za-z0-9+/=])/y),
  },
  {
    id: 'secret/azure',
    name: 'Azure client secret',
    severity: 'error',
    literals: ['8Q~', '7Q~'],
    read: azureClientSecret,
  },
  {
    id: 'secret/vault',
    name: 'HashiCorp Vault token',
    severity: 'error',
    literals: ['hvs.', 'hvb.', 'hvr.'],
    read: token(/hv[sbr]\.((?=[\w-]*\d)[\w-]{24,512})/y, { bits: 3.2 }),
  },
  {
    id: 'secret/age',
    name: 'age secret key',
    severity: 'error',
    literals: ['AGE-SECRET-KEY-1'],
    read: token(/AGE-SECRET-KEY-1([QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58})/y),
  },
  {
    id: 'secret/cloudflare',
    name: 'Cloudflare token',
    severity: 'error',
    literals: ['cfut_', 'cfat_', 'cfk_'],
    read: token(/cf(?:k|ut|at)_([A-Za-z0-9]{40}[a-f0-9]{8})/y),
  },
  {
    id: 'secret/tailscale',
    name: 'Tailscale key',
    severity: 'error',
    literals: ['tskey-'],
    read: token(/tskey-(?:api|auth|client|scim|webhook)-(\w{8,40}-\w{16,64})/y),
  },
  {
    id: 'secret/databricks',
    name: 'Databricks token',
    severity: 'error',
    literals: ['dapi'],
    read: token(/dapi([a-f0-9]{32}(?:-\d)?)/y),
  },
  {
    id: 'secret/grafana',
    name: 'Grafana token',
    severity: 'error',
    literals: ['glsa_', 'glc_ey'],
    read: token(/(?:glsa_([A-Za-z0-9]{32}_[a-f0-9]{8})|glc_ey[A-Za-z0-9+/]{32,400}={0,2})/y),
  },
  {
    id: 'secret/vercel',
    name: 'Vercel token',
    severity: 'error',
    literals: ['vcp_', 'vci_', 'vca_', 'vcr_', 'vck_'],
    read: token(/vc[piark]_((?=\w*\d)(?=\w*[A-Z])\w{24,64})/y, { bits: 3.5 }),
  },
  { id: 'secret/terraform', name: 'Terraform Cloud token', severity: 'error', literals: ['.atlasv1.'], read: terraformToken },
]

const DOTENV = /(?:^|\/)\.env(?:\.[^/]+)?$/

/** Keys in Google's own documentation and samples, which lists of other tools have as well. */
const PUBLISHED_GOOGLE = new Set([
  'AIzaSyAXw3lGQTRLTiiRBGhrJCmVYVrGLFqWd2s',
  'AIzaSyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe',
  'AIzaSyA0u_d9rpTq1dUfiRoS0LWYkT1hBpG-7vg',
])

/** Characters around an id in which its secret would be. */
const NEAR = 400

function withItsSecret(id: string, { text, at }: SecretPlace): Partial<Sighting> {
  if (id.startsWith('ASIA')) return { severity: 'info', name: 'Temporary AWS access key id' }
  const around = text.slice(Math.max(0, at - NEAR), at + NEAR)
  for (const [, secret = ''] of around.matchAll(/ecret[^\n]{0,40}?[=:,"'\s]([A-Za-z0-9+/]{40})(?![A-Za-z0-9+/=])/gi)) {
    if (isLiveSecret(secret)) return { severity: 'error', name: 'AWS access key id with its secret' }
  }
  return {}
}

const BY_NAME = /ecret(?:_access)?_key|ECRET(?:_ACCESS)?_KEY|ecretAccessKey|ws_secret|WS_SECRET|wsSecret/y
const ASSIGNED = /\w{0,20}["']?\s{0,8}(?:=>|:=|[=:,]|\s)\s{0,8}["']?([A-Za-z0-9+/]{40})(?![A-Za-z0-9+/=])/y

/** A secret has no form but its length, so its name decides; `secret_key` alone is not AWS's, `aws` must be in it. */
function secretByName({ text, at }: SecretPlace): Sighting | undefined {
  BY_NAME.lastIndex = at
  const name = BY_NAME.exec(text)
  if (name === null) return undefined
  const certain = /access|^ws/i.test(name[0])
  if (!certain && !/aws\w{0,16}$/i.test(text.slice(Math.max(0, at - 24), at))) return undefined
  ASSIGNED.lastIndex = at + name[0].length
  const value = ASSIGNED.exec(text)
  const secret = value?.[1]
  if (value === null || secret === undefined || !isLiveSecret(secret)) return undefined
  const end = ASSIGNED.lastIndex
  return { start: end - secret.length, end }
}

function isLiveSecret(secret: string): boolean {
  // Forty hexadecimal digits are a commit's or a file's digest.
  return !isPlaceholder(secret) && isRandom(secret, 3.5) && !/^[0-9a-f]{40}$|EXAMPLE/i.test(secret)
}

/** The emulator's account key, printed in its documentation and in every copy of its settings. */
const EMULATOR = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

function keyAfter({ text, at }: SecretPlace, pattern: RegExp): Sighting | undefined {
  pattern.lastIndex = at
  const match = pattern.exec(text)
  const key = match?.[1]
  if (match === null || key === undefined || key === EMULATOR || isPlaceholder(key) || !isRandom(key, 3.5)) return undefined
  const end = at + match[0].length
  return { start: end - key.length, end }
}

/** Three characters, the mark, and 31 to 34 more: the mark is found, the three before it are looked for. */
function azureClientSecret(place: SecretPlace): Sighting | undefined {
  const { text, at } = place
  const start = at - 3
  if (start < 0 || /[\w~.-]/.test(text[start - 1] ?? ' ')) return undefined
  CLIENT_SECRET.lastIndex = start
  const match = CLIENT_SECRET.exec(text)
  if (match === null || isPlaceholder(match[0]) || !isRandom(match[0], 3.5)) return undefined
  return { start, end: start + match[0].length }
}

const CLIENT_SECRET = /[\w~.-]{3}[78]Q~[\w~.-]{31,34}(?![\w~-])/y

function terraformToken({ text, at }: SecretPlace): Sighting | undefined {
  const head = /(?:^|\W)([A-Za-z0-9]{14})$/.exec(text.slice(Math.max(0, at - 15), at))?.[1]
  TERRAFORM.lastIndex = at
  const tail = TERRAFORM.exec(text)?.[1]
  if (head === undefined || tail === undefined || isPlaceholder(tail) || !isRandom(tail, 3.5)) return undefined
  return { start: at - head.length, end: at + '.atlasv1.'.length + tail.length }
}

const TERRAFORM = /\.atlasv1\.([\w-]{60,70})(?![\w-])/y
