import { isPlaceholderPassword } from './placeholder.ts'
import type { FileKind, SecretPlace, Sighting, ValueKind } from './secret-kind.ts'

/**
 * Passwords in addresses, in files that configure something. Not in programs and documentation, whose addresses are examples nearly
 * always; a placeholder for a password is refused, and one for the own machine is told as information.
 */
export const URL_PASSWORD: FileKind = {
  id: 'secret/url-password',
  name: 'Password in an address',
  severity: 'error',
  names: [
    '.env',
    'config',
    'sources.list',
    'auth.conf',
    'environment',
    'pip.conf',
    'credentials',
    '.npmrc',
    '.yarnrc',
    '.bash_history',
    '.zsh_history',
    '.ash_history',
    '.sh_history',
  ],
  endings: [
    '.env',
    '.conf',
    '.cnf',
    '.cfg',
    '.config',
    '.yml',
    '.yaml',
    '.ini',
    '.toml',
    '.properties',
    '.list',
    '.sources',
    '.tfvars',
    '.secret',
    '.service',
  ],
  read: text => urlPasswords(text),
}

/** The same in the address of a database, whose scheme says that the password is one: in programs too, but not in documentation. */
export const DATABASE_PASSWORD: ValueKind = {
  id: 'secret/url-password',
  name: 'Password of a database',
  severity: 'error',
  literals: [
    'postgres://',
    'postgresql://',
    'postgresql+',
    'mysql://',
    'mysql+',
    'mariadb://',
    'mongodb://',
    'mongodb+srv://',
    'redis://',
    'rediss://',
    'amqp://',
    'amqps://',
    'mssql+',
    'sqlserver://',
  ],
  read: databasePassword,
}

/** The longest scheme and the longest login. */
const REACH = 512
const DOCUMENTATION = /\.(?:md|mdx|rst|adoc|txt|html?|[1-9](?:\.gz)?|po|ipynb)$|(?:^|\/)(?:README|CHANGELOG|HISTORY|NEWS)[^/]*$/i

function databasePassword({ text, at, path }: SecretPlace): Sighting | undefined {
  if (path !== undefined && DOCUMENTATION.test(path)) return undefined
  const start = text.indexOf('://', at)
  if (start === -1 || start - at > 32) return undefined
  const [seen] = urlPasswords(text.slice(start - 1, start + REACH), text.slice(at, start))
  return seen === undefined ? undefined : { ...seen, start: seen.start + start - 1, end: seen.end + start - 1 }
}

/** Every address with a name and a password in front of its host. Linear: each look is bounded. */
function* urlPasswords(text: string, known?: string): Generator<Sighting> {
  for (let at = text.indexOf('://'); at !== -1; at = text.indexOf('://', at + 3)) {
    const scheme = known ?? /[a-z][a-z0-9+.-]{1,20}$/i.exec(text.slice(Math.max(0, at - 21), at))?.[0]
    LOGIN.lastIndex = at + 3
    const match = LOGIN.exec(text)
    const [user = '', password = '', host = ''] = match?.slice(1) ?? []
    if (scheme === undefined || match === null || !isLive(user, password, host)) continue
    const start = at + 3 + user.length + 1
    const local = LOCAL.test(host) || user === password
    yield { start, end: start + password.length, ...(local && { severity: 'info' }) }
  }
}

const LOGIN = /([^\s:@/?#'"`<>\\]{0,128}):([^\s@/'"`<>\\]{1,256})@([A-Za-z0-9][A-Za-z0-9._-]{0,253}|\[[0-9a-f:.]+\])/y
const LOCAL = /^(?:localhost|127\.|0\.0\.0\.0$|host\.docker\.internal$|\[::1\])/i
const EXAMPLE_HOST =
  /(?:^|\.)(?:example(?:\.(?:com|org|net))?|invalid|test)$|^(?:host|hostname|server|servername|your[-_.].*|my[-_.]?(?:host|server|proxy).*|proxy\.(?:company|corp)\.com|domain(?:\.(?:com|tld))?)$/i

function isLive(user: string, password: string, host: string): boolean {
  if (EXAMPLE_HOST.test(host) || isPlaceholderPassword(password) || /^\$|^%|^\{|^:/.test(password)) return false
  // Programs put them together: `user:$PASS@`, `%s:%s@`.
  return !/[${}%]/.test(user) && !/^(?:x{3,}|\.+|-+)$/i.test(password)
}
