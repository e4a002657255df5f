import { isManifestType } from '../../blob/media-type.ts'
import { reasonOf } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { type IndexRow, readManifest } from '../../list/index-tree.ts'
import { openBlob } from '../content/open-file.ts'
import type { Action } from '../model/action.ts'
import type { Effect } from '../model/effect.ts'
import { type State, type Step, withSlice } from '../model/state.ts'
import { note } from '../model/step.ts'

/** A manifest is a document of this size at most; a blob that claims to be larger is shown as bytes. */
const MANIFEST_BYTES = 4 * 1024 * 1024

const TAG = 'index-manifest '

/** Whether the rows below can be looked up, or are known. */
export function hasParts({ parts, unread, descriptor }: IndexRow): boolean {
  return parts > 0 || (unread && isManifestType(descriptor.mediaType) && descriptor.size <= MANIFEST_BYTES)
}

/** Opens or closes a row. An unread manifest is fetched first; its row opens when it arrives. */
export function toggleRow(state: State, row: IndexRow): Step<Effect> {
  const toggled = new Set(state.slices.index)
  if (!toggled.delete(row.key)) toggled.add(row.key)
  const next = withSlice(state, 'index', toggled)
  if (!row.unread) return [next, []]
  const { descriptor } = row
  return [
    next,
    [
      {
        type: 'read-blob',
        image: 'shown',
        tag: `${TAG}${descriptor.digest} ${descriptor.mediaType}`,
        blob: descriptor,
        range: {},
      },
    ],
  ]
}

/** The manifests that were asked for. Any other document is shown as it is stored. */
export function receiveManifest(state: State, action: Action): Step<Effect> | undefined {
  if ((action.type !== 'content' && action.type !== 'failed') || !action.tag.startsWith(TAG)) return undefined
  // Why it cannot be read is told by the shell.
  if (action.type === 'failed') return [state, []]
  const [digest = '', mediaType = ''] = action.tag.slice(TAG.length).split(' ')
  try {
    const manifests = new Map(state.slices.manifests).set(digest, readManifest(action.bytes, digest, mediaType))
    return [withSlice(state, 'manifests', manifests), []]
  } catch (thrown) {
    return note(state, escapeText(reasonOf(thrown)))
  }
}

/** The row's own bytes. */
export function openDocument(state: State, row: IndexRow | undefined): Step<Effect> {
  return row === undefined ? [state, []] : openBlob(state, row.descriptor)
}
