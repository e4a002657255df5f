/** Registry credentials. `from` names where it was found and may be shown; the rest never. */
export type Credentials = { readonly from: string } & (
  | { readonly type: 'basic'; readonly username: string; readonly password: string }
  /** A refresh token for the token service, from `docker login` or a helper. */
  | { readonly type: 'identity'; readonly username: string; readonly token: string }
  /** A bearer token, sent as it is. */
  | { readonly type: 'registry-token'; readonly token: string }
)

export type CredentialSearch = {
  readonly credentials: Credentials | undefined
  /** Faults on the way, for the hint of a refusal: a helper that is not installed, a file that is not JSON. */
  readonly problems: readonly string[]
}

export function basicAuthorization(credentials: Exclude<Credentials, { type: 'registry-token' }>): string {
  const secret = credentials.type === 'basic' ? credentials.password : credentials.token
  return `Basic ${Buffer.from(`${credentials.username}:${secret}`).toString('base64')}`
}
