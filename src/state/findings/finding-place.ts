import type { DocumentPlace, Finding } from '../../check/finding.ts'
import { openDocument } from '../content/open-document.ts'
import { openFile } from '../content/open-file.ts'
import { showInFiles } from '../files/show-file.ts'
import type { Effect } from '../model/effect.ts'
import { withLayer } from '../model/layer-steps.ts'
import type { State, Step } from '../model/state.ts'
import { note } from '../model/step.ts'
import { jumpTo } from '../model/trail.ts'

/** Goes to what a finding is about: the file as its layer has it, the directory, the line of a document, or the layer. */
export function goToFinding(state: State, finding: Finding): Step<Effect> {
  const { path, layer, document } = finding
  const image = state.image?.image
  if (image === undefined) return [state, []]
  if (path !== null) {
    const at = layer ?? image.layers.length - 1
    const node = state.image?.analysis?.stack.snapshot(at + 1).find(path)
    return node?.type === 'file' ? openFile(state, node) : showInFiles(state, path, at)
  }
  const place = document ?? documentOf(finding)
  if (layer === null || document !== undefined) return place === undefined ? noPlace(state) : openDocument(state, place)
  return [withLayer(jumpTo(state, { focus: 'layers' }), layer), []]
}

function noPlace(state: State): Step<Effect> {
  return note(state, 'It is about the image as a whole: d says what to change.')
}

/** The line of the config or the manifest that a rule about documents reads. */
function documentOf({ id }: Finding): DocumentPlace | undefined {
  const known = DOCUMENTS.find(([group]) => id.startsWith(group))
  return known === undefined ? undefined : { document: known[1], text: known[2] }
}

const DOCUMENTS: readonly (readonly [group: string, document: DocumentPlace['document'], text: readonly string[]])[] = [
  ['run/unknown-user', 'config', ['"User"']],
  ['run/wrong-architecture', 'config', ['"architecture"']],
  ['run/', 'config', ['"Entrypoint"', '"Cmd"']],
  ['user/', 'config', ['"User"', '"config"']],
  ['secret/', 'config', ['"Env"', '"config"']],
  ['suspicious/preload', 'config', ['"Env"']],
  ['net/', 'config', ['"ExposedPorts"']],
  ['meta/dates', 'config', ['"created"']],
  ['meta/annotations', 'config', ['"Labels"', '"config"']],
  ['meta/', 'manifest', ['"mediaType"', '"annotations"']],
  ['layer/many', 'manifest', ['"layers"']],
  ['image/', 'manifest', ['"layers"']],
]
