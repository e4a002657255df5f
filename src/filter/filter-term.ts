import { escapeText } from '../escape.ts'
import type { EntryType, Timestamp } from '../layer/entry.ts'
import type { FilePath } from '../layer/file-path.ts'

/** The change of a path by a layer. */
export type Change = 'added' | 'modified' | 'removed' | 'unchanged'

/** A node of a tree or an entry of a layer, as a filter sees it. May be read lazily. */
export type FilterSubject = {
  readonly path: FilePath
  readonly type: EntryType
  /** Permission, set-id and sticky bits. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly mtime: Timestamp | undefined
  /** Content bytes of a regular file. */
  readonly size: number
  /** Position of the layer that provides it, base 0. */
  readonly layer: number
  readonly change: Change
  /** The layer that hides it, for what is hidden. */
  readonly hiddenBy?: number
  /** Names of its inode, 1 where hard links are not known. */
  readonly links: number
}

/** The data that judging a term needs, cheapest first: a search asks for the whole node only when it must. */
export type Need = 'path' | 'columns' | 'node'

/** A piece of a path, as bytes: one character each, as in `FilePath`. */
export type Substring = {
  readonly needle: string
  /** The needle in lower case where that is as long. */
  readonly folded: string
  /** Capitals were typed: case matters. */
  readonly exact: boolean
  /** Must stand at the beginning of the path. */
  readonly anchored: boolean
}

export type TermTest = {
  readonly need: Need
  readonly test: (candidate: FilterSubject) => boolean
  readonly substring?: Substring
  /** Asks what a layer did to the path, which needs the layers below it. */
  readonly asksChange?: boolean
}

export type Term = TermTest & { readonly source: string; readonly negated: boolean }

/** Why an expression is not one, and where: UTF-16 offsets into the text, for marking it as it is typed. */
export type FilterError = { readonly message: string; readonly at: number; readonly length: number }

/** The same as a refusal of the whole expression. */
export function filterRefusal(expression: string, { message }: FilterError): string {
  return `Cannot use the filter "${escapeText(expression)}": ${message.charAt(0).toLowerCase()}${message.slice(1)}`
}

export function isFilterError(value: object): value is FilterError {
  return 'message' in value
}
