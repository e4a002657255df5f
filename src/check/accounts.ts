/** One line of `etc/passwd`, with its field of `etc/shadow` where that is there. */
export type Account = {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly shell: string
  /** Second field as written; the empty string allows a login without a password. */
  readonly password: string
}

/** Lines looked at; a hostile file may have millions. */
const LINES_LIMIT = 20_000

/** Lines of `etc/passwd` that name an account; others are left out, as readers of the C library leave them out. */
export function accountsOf(passwd: Uint8Array): readonly Account[] {
  return fieldsOf(passwd).flatMap(([name = '', password, uid = '', gid = '', , , shell = '']) =>
    name !== '' && password !== undefined && DECIMAL.test(uid)
      ? [{ name, password, uid: Number(uid), gid: DECIMAL.test(gid) ? Number(gid) : 0, shell }]
      : [],
  )
}

/** A line of `etc/group`. */
export type Group = { readonly name: string; readonly gid: number; readonly members: readonly string[] }

export function groupsOf(group: Uint8Array): readonly Group[] {
  return fieldsOf(group).flatMap(([name = '', , gid = '', members = '']) =>
    name !== '' && DECIMAL.test(gid) ? [{ name, gid: Number(gid), members: members.split(',').filter(each => each !== '') }] : [],
  )
}

/** Password fields of `etc/shadow` by account name; the first line of a name counts. */
export function passwordsOf(shadow: Uint8Array): ReadonlyMap<string, string> {
  const passwords = new Map<string, string>()
  for (const [name = '', password] of fieldsOf(shadow))
    if (name !== '' && password !== undefined && !passwords.has(name)) passwords.set(name, password)
  return passwords
}

/** One character a byte: names are compared, never shown without `escapeText`. */
function fieldsOf(file: Uint8Array): string[][] {
  return Buffer.from(file.buffer, file.byteOffset, file.byteLength)
    .toString('latin1')
    .split('\n', LINES_LIMIT)
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => line.replace(/\r$/, '').split(':', 8))
}

const DECIMAL = /^\d{1,10}$/
