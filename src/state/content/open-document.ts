import type { DocumentPlace } from '../../check/finding.ts'
import type { Effect } from '../model/effect.ts'
import type { State, Step } from '../model/state.ts'
import { note } from '../model/step.ts'
import { jumpTo } from '../model/trail.ts'
import { rowAt, withRow } from './content-place.ts'
import { setContent } from './content-state.ts'

/** Goes to a line of the config or the manifest, as it is stored. */
export function openDocument(state: State, { document, text }: DocumentPlace): Step<Effect> {
  const content = state.slices[document]
  if (content?.json === undefined) return note(state, `The ${document} of this image cannot be read.`)
  const opened = { ...content, shape: 'json' as const, folded: new Set<number>() }
  const jumped = setContent(jumpTo(state, { tab: document }), document, opened)
  const at = text.map(each => opened.json?.text.indexOf(each) ?? -1).find(each => each >= 0) ?? 0
  return [withRow(jumped, document, rowAt(jumped, document, opened, at)), []]
}
