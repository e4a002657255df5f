/** The words of a model about the findings. Nothing but its own words: verdicts, numbers and findings never come from it. */
export type Explanation = {
  readonly summary: string
  readonly actions: readonly ExplainedAction[]
}

type ExplainedAction = {
  /** Fingerprints of the findings it is about. */
  readonly findings: readonly string[]
  readonly title: string
  readonly why: string
  readonly change: string
  readonly dockerfile: string
}

/** An explanation, marked as what it is; where the model or its server failed, how. */
export type Explained = {
  readonly generated: { readonly model: string; readonly endpoint: string; readonly promptDigest: string }
} & (
  | { readonly explanation: Explanation }
  | { readonly error: { readonly code: string; readonly message: string; readonly hint?: string } }
)
