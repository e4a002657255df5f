import type { Image } from '../image/load.ts'
import type { FilePath } from '../layer/file-path.ts'
import type { Snapshot, Stack } from '../overlay/tree.ts'
import type { Edit } from '../rebuild/edit.ts'
import type { WasteLedger } from '../space/waste.ts'
import type { DocumentPlace, Evidence, Severity } from './finding.ts'
import type { LayerScan } from './layer-scan.ts'
import type { Ownership } from './ownership.ts'
import type { NewerBase } from './report.ts'
import type { FileSecrets } from './secret-hit.ts'
import type { TreeIndex } from './tree-index.ts'
import type { WasteClaims } from './waste-claims.ts'

/** The texts of a rule, as `--list` and `--explain`. */
export type RuleText = {
  /** `group/name`, in lower case, for good. */
  readonly id: string
  /** Of its findings, unless a hit says another. */
  readonly severity: Severity
  /** The fault, one sentence without a full stop. */
  readonly title: string
  /** The exact conditions of a hit. */
  readonly matches: string
  /** Cases that look like a hit and are left alone. */
  readonly mustNotMatch: string
  /** The change to make, by the tool that built the image; `other` where it is not among them. */
  readonly fix: FixText
  /** Where other tools and standards say the same: `CIS 4.1`, `CIS-DI-0001`, `DS-0002`, `DL3002`. */
  readonly references: readonly string[]
}

/** Tools that the wording of a fix differs for. */
export type Builder = 'buildkit' | 'docker' | 'buildah' | 'other'

export type FixText = Readonly<Partial<Record<Builder, string>>> & { readonly other: string }

/** A row of the table of rules: what it says, what it needs, and how it looks. Pure, and bounded by what it looks at. */
export type Rule = DocumentsRule | LayersRule

/** Decided by manifest, config and history alone: its findings are there before any layer is read. */
export type DocumentsRule = RuleText & {
  readonly needs: 'documents'
  readonly look: (documents: Documents) => Iterable<Hit>
}

/** Decided when all layers are known: the next layer may mend or hide a fault. */
export type LayersRule = RuleText & {
  readonly needs: 'layers'
  /**
   * Contents to be fetched before it looks. All rules' wants of one layer are met in one pass over it; then it is asked again, with what is
   * known by then, for what only those contents name (a script's interpreter), until nothing new is wanted.
   */
  readonly wants?: (layers: Layers, known: Contents) => Iterable<Want | undefined>
  /** Where its work grows with the layers' files it gives `undefined` between small steps, as `Steps` do; so does `wants`. */
  readonly look: (layers: Layers, contents: Contents) => Iterable<Hit | undefined>
}

/** The inputs of a rule about documents. */
export type Documents = {
  readonly image: Image
  /** As it was asked for. */
  readonly reference: string
  readonly builder: Builder
  /** How many layers are the base image's, counted from the bottom; 0 where no base is known. */
  readonly baseLayers: number
  /** The base image as its name means it now, where that is another one. */
  readonly newerBase?: NewerBase | undefined
  /** Milliseconds since the epoch, for dates that lie in the future. */
  readonly now: number
}

/** Further inputs of a rule about layers. */
export type Layers = Documents & {
  readonly stack: Stack
  /** The image: the tree after all layers. */
  readonly snapshot: Snapshot
  readonly ledger: WasteLedger
  /** Paths of the tree by kind, from one pass over it. */
  readonly index: TreeIndex
  /** Which rule counts which byte. */
  readonly claims: WasteClaims
  /** Which package owns a file. */
  readonly ownership: Ownership
  /** The secrets that the scanner found while the layers' bytes passed, by position; empty lists where nothing was scanned. */
  readonly secrets: readonly (readonly FileSecrets[])[]
  /** The results of the same pass about programs and about the archives themselves, by position. */
  readonly scans: readonly Pick<LayerScan, 'more' | 'symbols' | 'marks' | 'packing'>[]
}

/** The beginning of a file's content, or all of it. */
export type Want = {
  /** Position of the layer that carries the content, and the entry there that does. */
  readonly layer: number
  readonly entry: number
  /** So many bytes from the start at most. */
  readonly bytes: number
  /** Whether a shorter beginning says as much, such as a scan keeps; else fewer bytes are only enough where the file ends. */
  readonly enough?: (head: Uint8Array) => boolean
}

/** The contents that were wanted. */
export interface Contents {
  /** At most as many bytes as any rule wanted; undefined where they could not be read. */
  get(layer: number, entry: number): Uint8Array | undefined
}

/** A hit of a rule at one place: the engine makes a `Finding` of it. */
export type Hit = {
  /** Where it differs from the row's. */
  readonly severity?: Severity
  readonly title?: string
  readonly fix?: string
  readonly detail: string
  readonly layer?: number
  readonly hiddenBy?: number
  readonly path?: FilePath
  readonly bytes?: number
  /** Of `bytes`, those that are hidden; all of them where `hiddenBy` is said, else none. */
  readonly hiddenBytes?: number
  /** How many places it stands for, where not one. */
  readonly places?: number
  readonly evidence?: Evidence
  /** A text that tells it from other hits of the rule at this path, the same in a rebuilt image; else the evidence's sha256. */
  readonly key?: string
  /** Position of the layer that must change to mend it; else `hiddenBy`, else `layer`. */
  readonly mendedBy?: number
  /** Edits that mend it, where id, path and layers do not say it; empty: nothing. */
  readonly edits?: readonly Edit[]
  /** Of what a document says: the line to look at. */
  readonly document?: DocumentPlace
  /** Why it is no fault after all: a package published the file unchanged. Told with `--show-suppressed` only. */
  readonly published?: string
}
