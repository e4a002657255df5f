import type { Cursor } from '../../line/cursor.ts'
import type { ViewId } from '../keys/view-id.ts'

/** The text that `/` searched for in the rows of a list, and where it began: Esc at the prompt goes back there. */
export type RowSearch = { readonly view: ViewId; readonly text: string; readonly from: Cursor } | undefined
