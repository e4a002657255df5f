import { ImageError } from '../../error.ts'

/**
 * The `Authorization` of a token that is sent as it is. `from` names the file, the program or the variable that it is from, and is
 * shown; the token never is.
 * @throws ImageError `CREDENTIALS_UNREADABLE` where no header can hold the token
 */
export function bearerAuthorization(token: string, from: string): string {
  const odd = /[^\x20-\x7e]/.exec(token)?.[0]
  if (odd === undefined && token.trim() !== '') return `Bearer ${token}`
  throw new ImageError(
    'CREDENTIALS_UNREADABLE',
    {
      action: 'log in',
      why: `the token from ${from} ${odd === undefined ? 'is empty' : `has ${kindOf(odd)} in it, which no header can hold`}`,
    },
    { hint: `Write it to ${from} as one line, without what came along when it was copied; or log in again.` },
  )
}

function kindOf(character: string): string {
  if (/[\r\n]/.test(character)) return 'a line break'
  return character < '\x80' ? 'a control character' : 'a character that is not ASCII'
}
