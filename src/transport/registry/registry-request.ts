import type { Method } from '../http/http.ts'
import type { Scope } from './auth/scope.ts'

export type RegistryRequest = {
  readonly method: Method
  /** A path of the API (`/v2/…`) or an address a server named (`Link`, `Location`). */
  readonly target: string | URL
  readonly headers?: Readonly<Record<string, string>>
  /** A function makes the same stream each time: a request that was refused or redirected is sent anew. */
  readonly body?: Uint8Array | (() => AsyncIterable<Uint8Array>)
  readonly scopes: readonly Scope[]
  /** For messages, after "Cannot": "pull localhost:5000/app:1". */
  readonly action: string
  /** Statuses that are an answer to the caller; all others are errors. */
  readonly accept: readonly number[]
  readonly signal?: AbortSignal | undefined
  /** Milliseconds until the answer must begin; those of the connection's settings where undefined. */
  readonly patience?: number | undefined
  /** Whether the same request may be sent twice; by default when its method only reads. */
  readonly repeatable?: boolean
}

/** Whether a failed request may simply be sent again. */
export function isRepeatable({ method, repeatable }: RegistryRequest): boolean {
  return repeatable ?? (method === 'GET' || method === 'HEAD')
}
