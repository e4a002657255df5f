import type { Digest } from '../blob/digest.ts'
import type { History } from './history.ts'
import type { Platform } from './platform.ts'

/** How a container of the image starts. */
export type ContainerConfig = {
  readonly user?: string
  readonly exposedPorts: readonly string[]
  readonly env: readonly string[]
  readonly entrypoint?: readonly string[]
  readonly cmd?: readonly string[]
  readonly volumes: readonly string[]
  readonly workingDir?: string
  readonly labels: Readonly<Record<string, string>>
  readonly stopSignal?: string
  readonly healthcheck?: {
    readonly test: readonly string[]
    readonly interval?: number
    readonly timeout?: number
    readonly startPeriod?: number
    readonly retries?: number
  }
  readonly shell?: readonly string[]
  readonly onBuild: readonly string[]
}

/** An image config (image-spec config.md), docker's extras included; the raw document keeps what is not here. */
export type ImageConfig = {
  readonly platform: Platform
  /** As written: not every builder writes RFC 3339. */
  readonly created?: string
  readonly author?: string
  readonly container: ContainerConfig
  readonly rootfsType: string
  readonly diffIDs: readonly Digest[]
  /** Undefined when absent or null. */
  readonly history: readonly History[] | undefined
}
