import { ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'

/** The user of a container's process (runtime-spec config.md, POSIX user). */
export type ProcessUser = {
  readonly uid: number
  readonly gid: number
  readonly additionalGids: readonly number[]
  /** From the image's passwd, where it has the user. */
  readonly home: string | undefined
}

/**
 * The user that a config's `User` means in its image (conversion.md, `Config.User`): numbers as they are, names by the image's own passwd and
 * group. Further groups belong to a named user without a group only. Without a group a number has its passwd entry's, else 0.
 * @throws ImageError `USER_UNKNOWN`
 */
export function processUser(user: string | undefined, passwd: string, group: string): ProcessUser {
  if (user === undefined || user === '') return { uid: 0, gid: 0, additionalGids: [], home: homeOf(passwd, '0') }
  const colon = user.indexOf(':')
  const [name, groupName] = colon === -1 ? [user, undefined] : [user.slice(0, colon), user.slice(colon + 1)]
  const numeric = asId(name)
  const entry = fieldsOf(passwd, 7).find(fields => (numeric === undefined ? fields[0] === name : asId(fields[2]) === numeric))
  const uid = numeric ?? asId(entry?.[2])
  if (uid === undefined) throw unknown(user, `its passwd has no user "${escapeText(name)}"`)
  const home = entry?.[5] === '' ? undefined : entry?.[5]
  if (groupName !== undefined && groupName !== '') {
    const gid = asId(groupName) ?? asId(fieldsOf(group, 4).find(([one]) => one === groupName)?.[2])
    if (gid === undefined) throw unknown(user, `its group file has no group "${escapeText(groupName)}"`)
    return { uid, gid, additionalGids: [], home }
  }
  const gid = asId(entry?.[3]) ?? 0
  return { uid, gid, additionalGids: numeric === undefined ? groupsOf(name, gid, group) : [], home }
}

function groupsOf(name: string, own: number, group: string): readonly number[] {
  const gids = fieldsOf(group, 4).flatMap(([, , id, members = '']) => (members.split(',').includes(name) ? (asId(id) ?? []) : []))
  return [...new Set(gids)].filter(gid => gid !== own)
}

function homeOf(passwd: string, uid: string): string | undefined {
  const home = fieldsOf(passwd, 7).find(fields => fields[2] === uid)?.[5]
  return home === '' ? undefined : home
}

/** Lines of passwd(5) or group(5); a line with too few fields is none. */
function fieldsOf(text: string, count: number): readonly (readonly string[])[] {
  return text
    .split('\n')
    .map(line => line.split(':'))
    .filter(fields => fields.length >= count && fields[0] !== '' && fields[0]?.startsWith('#') === false)
}

function asId(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) && Number(text) < 2 ** 32 ? Number(text) : undefined
}

function unknown(user: string, why: string): ImageError {
  return new ImageError(
    'USER_UNKNOWN',
    { action: `run as "${escapeText(user)}"`, why },
    { hint: 'Set a numeric user (peel build --from IMAGE --set user=1000:1000), or add the user to the image.' },
  )
}
