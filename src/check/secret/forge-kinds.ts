import { isPlaceholder } from './placeholder.ts'
import type { SecretPlace, Sighting, ValueKind } from './secret-kind.ts'
import { hasChecksum, token } from './token.ts'

/** Tokens of where code and packages are kept. */
export const FORGE_KINDS: readonly ValueKind[] = [
  {
    id: 'secret/github',
    name: 'GitHub token',
    severity: 'error',
    literals: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'],
    // Most fine-looking ones in documentation and tests are made up: their checksum tells.
    read: token(/gh[pousr]_([A-Za-z0-9]{36})/y, { accept: value => hasChecksum(value, 'ghp_'.length) }),
  },
  {
    id: 'secret/github',
    name: 'GitHub installation token',
    severity: 'error',
    literals: ['ghs_'],
    read: token(/ghs_\d{1,20}_(eyJ[\w-]{10,1000}\.[\w-]{10,4000}\.[\w-]{10,1000})/y),
  },
  {
    id: 'secret/github',
    name: 'GitHub fine-grained token',
    severity: 'error',
    literals: ['github_pat_'],
    read: token(/github_pat_([A-Za-z0-9]{22}_[A-Za-z0-9]{59})/y),
  },
  {
    id: 'secret/gitlab',
    name: 'GitLab token',
    severity: 'error',
    literals: ['glpat-', 'glrt-', 'gldt-', 'glptt-', 'gloas-', 'glsoat-', 'glcbt-', 'glimt-', 'glft-', 'glagent-', 'glffct-'],
    read: token(
      /gl(?:pat|rt|dt|ptt|oas|soat|cbt|imt|ft|agent|ffct)-((?:t\d_|(?<=glcbt-)[A-Za-z0-9]{1,5}_)?(?:[\w-]{27,300}\.[0-9a-z]{2}\.?(?:[0-9a-z]{2})?[0-9a-z]{7}|[a-f0-9]{40}|[\w-]{64}|[\w-]{50}|[\w-]{20,22}(?![\w-])))/y,
    ),
  },
  {
    id: 'secret/npm',
    name: 'npm token',
    severity: 'error',
    literals: ['npm_'],
    read: token(/npm_([A-Za-z0-9]{36})/y, { accept: value => hasChecksum(value, 'npm_'.length) }),
  },
  { id: 'secret/npm', name: 'npm registry token', severity: 'error', literals: ['_authToken'], read: npmSetting },
  {
    id: 'secret/pypi',
    name: 'PyPI token',
    severity: 'error',
    // The beginning of a macaroon for pypi.org and test.pypi.org.
    literals: ['pypi-AgEIcHlwaS5vcmc', 'pypi-AgENdGVzdC5weXBpLm9yZ'],
    read: token(/pypi-(?:AgEIcHlwaS5vcmc|AgENdGVzdC5weXBpLm9yZ)([\w-]{50,1000})/y),
  },
  {
    id: 'secret/docker',
    name: 'Docker Hub token',
    severity: 'error',
    literals: ['dckr_pat_', 'dckr_oat_'],
    read: token(/dckr_[po]at_([\w-]{27,40})/y),
  },
  {
    id: 'secret/rubygems',
    name: 'RubyGems token',
    severity: 'error',
    literals: ['rubygems_'],
    read: token(/rubygems_([a-f0-9]{48})/y),
  },
  {
    id: 'secret/atlassian',
    name: 'Atlassian token',
    severity: 'error',
    literals: ['ATATT3', 'ATCTT3', 'ATBB'],
    read: token(/(?:AT[AC]TT3([\w=-]{150,250})|ATBB([A-Za-z0-9]{28}[A-F0-9]{4}))/y),
  },
  {
    id: 'secret/figma',
    name: 'Figma token',
    severity: 'error',
    literals: ['figd_', 'figdr_'],
    read: token(/figdr?_([\w-]{38,64})/y),
  },
  {
    id: 'secret/linear',
    name: 'Linear token',
    severity: 'error',
    literals: ['lin_api_', 'lin_oauth_'],
    read: token(/lin_(?:api_([A-Za-z0-9]{40})|oauth_([a-f0-9]{64}))/y),
  },
  {
    id: 'secret/notion',
    name: 'Notion token',
    severity: 'error',
    literals: ['ntn_'],
    read: token(/ntn_(\d{11}[A-Za-z0-9]{35})/y),
  },
]

/** `//host/:_authToken=…` of an .npmrc, and the same key in other files. */
function npmSetting({ text, at }: SecretPlace): Sighting | undefined {
  SETTING.lastIndex = at
  const match = SETTING.exec(text)
  const value = match?.[1]
  if (match === null || value === undefined || value.startsWith('$') || isPlaceholder(value)) return undefined
  // The checksum of npm's own form decides, as it does where the token stands alone.
  if (/^npm_[A-Za-z0-9]{36}$/.test(value) && !hasChecksum(value, 'npm_'.length)) return undefined
  // A word is a variable's name in a program, not a token.
  if (!/\d/.test(value)) return undefined
  const end = at + match[0].length
  return { start: end - value.length, end, name: 'npm registry token' }
}

const SETTING = /_authToken["']?\s{0,4}[=:]\s{0,4}["']?([\w./+=~-]{16,512})/y
