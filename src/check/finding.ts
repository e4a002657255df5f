import type { FilePath } from '../layer/file-path.ts'
import type { Edit } from '../rebuild/edit.ts'

/** `error` fails a build unless told otherwise; `info` is told and never fails one by itself. */
export type Severity = 'error' | 'warning' | 'info'

/** The worst first. */
export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info']

/** Where in a file or a text the sign is, and which bytes it is: never the bytes themselves. */
export type Evidence = {
  /** Line of the file, 1 first. */
  readonly line?: number
  /** sha256 in hex of the secret, or of the whole content where all of it is meant. */
  readonly sha256?: string
}

/** A line of a document: the first that has the first of these texts that is there at all. */
export type DocumentPlace = { readonly document: 'config' | 'manifest'; readonly text: readonly string[] }

/** One fault at one place of one image (`peel check --json`, cli.md): plain values, whatever rule it comes from. */
export type Finding = {
  /** `group/name`, of the row in the table of rules. */
  readonly id: string
  readonly severity: Severity
  /** Position of the layer that ships it; null for what is about the documents. */
  readonly layer: number | null
  /** Position of the layer that hides it; null where it is seen in the image. */
  readonly hiddenBy: number | null
  readonly path: FilePath | null
  /** Content bytes it is about; each byte is counted by one finding of `waste/*` at most. */
  readonly bytes: number
  /** How many of `bytes` no file of the image shows any more; the others are alive. */
  readonly hiddenBytes: number
  /** One sentence without a full stop. */
  readonly title: string
  readonly detail: string
  /** The change to make, in the words of the builder that made the image. */
  readonly fix: string
  /** Whether the layer that must change is one of the base image's: told, and not counted. */
  readonly inBase: boolean
  /** The same for the same fault in a rebuilt image: no layer positions are in it. sha256 in hex. */
  readonly fingerprint: string
  readonly evidence: Evidence
  /** How many places it stands for, where not one. */
  readonly places?: number
  /** Fingerprints of the findings that this one sums up (`212 more`), so that a baseline knows each of them. */
  readonly others?: readonly string[]
  /** Edits that mend it, where id, path and layers do not say it (`editsFor` in fixes.ts); empty: nothing. */
  readonly edits?: readonly Edit[]
  /** Of what a document says: the line to look at. */
  readonly document?: DocumentPlace
}

/** A finding that is not told, and why. */
export type Suppressed = {
  readonly finding: Finding
  readonly reason: string
  /** A rule of the config file, the package that published the file unchanged, or an earlier report. */
  readonly by: 'config' | 'package' | 'baseline'
}

/** Findings that are told, and findings that are suppressed. */
export type JudgedFindings = { readonly findings: readonly Finding[]; readonly suppressed: readonly Suppressed[] }
