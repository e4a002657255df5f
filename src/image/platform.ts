/** What an image runs on, normalised as containerd/platforms does (formats.md 1.2). */
export type Platform = {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
  readonly osVersion?: string
  readonly osFeatures?: readonly string[]
}
