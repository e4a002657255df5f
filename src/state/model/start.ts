/** Something the start screen offers to open. All texts are escaped, except `reference`, which goes back to the world. */
export type StartItem = {
  /** The reference to open: goes to `World.open` as it is. Empty for what is still to be typed. */
  readonly reference: string
  readonly label: string
  /** Where it was found or what it is: `OCI layout`, `docker archive`, `opened 2 days ago`; of a hit, what speaks for it. */
  readonly detail: string
  readonly group: 'here' | 'recent' | 'engine' | 'registry' | 'demo'
  /** Bytes on disk where that is cheap to know. */
  readonly size?: number
}

/** Images that answer to typed words, the best first, of those that are known so far. */
export type FoundImages = {
  readonly hits: readonly StartItem[]
  /** Images whose documents were looked at. */
  readonly images: number
  /** Whether there are places still to be looked at. */
  readonly isReading: boolean
}

export type StartSlice = {
  readonly candidates: readonly StartItem[]
  readonly searching: boolean
  /** The words that images are searched by, and what answers to them; undefined: all candidates are shown. */
  readonly search: (FoundImages & { readonly text: string }) | undefined
}

export const EMPTY_START: StartSlice = { candidates: [], searching: true, search: undefined }

/** The rows of the screen. */
export function shownItems({ candidates, search }: StartSlice): readonly StartItem[] {
  return search === undefined ? candidates : [...search.hits, ...namedSo(candidates, search)]
}

/** Candidates with the typed text in their names, which no hit lies in: names of files and directories are looked for as people see them. */
function namedSo(candidates: readonly StartItem[], { text, hits }: NonNullable<StartSlice['search']>): readonly StartItem[] {
  const typed = text.trim().toLowerCase()
  return candidates.filter(
    ({ label, reference }) =>
      reference !== '' && label.toLowerCase().includes(typed) && !hits.some(hit => hit.reference.startsWith(reference)),
  )
}
