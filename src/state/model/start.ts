/** Something the start screen offers to open. All texts are escaped, except `reference`, which goes back to the world. */
export type StartItem = {
  /** The reference to open: goes to `World.open` as it is. Empty for what is still to be typed. */
  readonly reference: string
  readonly label: string
  /** Where it was found or what it is: `OCI layout`, `docker archive`, `opened 2 days ago`. */
  readonly detail: string
  readonly group: 'here' | 'recent' | 'engine' | 'registry' | 'demo'
  /** Bytes on disk where that is cheap to know. */
  readonly size?: number
}

export type StartSlice = { readonly candidates: readonly StartItem[]; readonly searching: boolean }

export const EMPTY_START: StartSlice = { candidates: [], searching: true }
