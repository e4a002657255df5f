import type { LookupAddress } from 'node:dns'
import type { RetryPolicy } from './retry.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** A resolver of host names. */
export type Resolve = (hostname: string, done: (error: Error | null, addresses: readonly LookupAddress[]) => void) => void

/** Milliseconds until a silent server counts as gone. */
export type Timeouts = {
  readonly connect: number
  /** From the request's last byte to the answer's headers. */
  readonly headers: number
  /** Between two chunks of an answer. */
  readonly body: number
}

/** The choices about talking to registries; everything has a default. */
export type RegistryOptions = {
  /** `--insecure`: plain http and unverified TLS are allowed. */
  readonly insecure?: boolean
  /** `--authfile`: the only file credentials are looked up in. */
  readonly authFile?: string
  /** `--cacert`: a PEM file of certificate authorities that are trusted besides the system's. */
  readonly caFile?: string
  /** Directories with one directory a host, first wins; the usual places when absent. */
  readonly certificateDirectories?: readonly string[]
  /** Variables such as `HTTPS_PROXY` and `DOCKER_CONFIG`; the process's own when absent. */
  readonly environment?: Environment
  /** The directory that holds `etc/containers` and `etc/docker`; `/` when absent. */
  readonly root?: string
  readonly retry?: Partial<RetryPolicy>
  /** Resolves a host name to all its addresses; the system's resolver when absent. */
  readonly resolve?: Resolve
  readonly timeouts?: Partial<Timeouts>
  /** Connections to open beside the first to a host, before anything is asked for over them; none when absent. */
  readonly spareConnections?: number
  /** Told when the first connection is on its way. */
  readonly connecting?: () => void
}

/** A repository as references name it: `docker.io` and `library/nginx`, not the host that serves the API. */
export type RepositoryName = { readonly host: string; readonly path: string }
