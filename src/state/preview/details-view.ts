import { shortDigest } from '../../blob/digest.ts'
import { displayPath } from '../../layer/file-path.ts'
import { type Line, line, span } from '../../line/line.ts'
import { followFact } from '../content/follow.ts'
import { showInFiles } from '../files/show-file.ts'
import type { CommandsOf } from '../keys/keys.ts'
import type { MenuItem } from '../model/dialog.ts'
import { selectedLayer } from '../model/layer-steps.ts'
import type { PreviewSubject } from '../model/preview.ts'
import { pathCopies } from '../model/ranked.ts'
import type { Rows } from '../model/rows.ts'
import { focusedView, type State } from '../model/state.ts'
import type { View } from '../model/view.ts'
import { layerFacts } from './layer-facts.ts'
import { showRested, withContent } from './preview-content.ts'
import type { PreviewRow } from './preview-row.ts'
import { previewRows, shownSubject } from './preview-rows.ts'

/** The pane that follows the cursor of the others: all that is known of the layer, the beginning of the file, the fix of the finding. */
export const DETAILS_VIEW: View<PreviewRow, CommandsOf<'details'>> = {
  name: 'details',
  contexts: ['details'],
  picks: true,
  follows: true,
  title: state => ({ left: titleOf(state), right: [] }),
  rows,
  madeOf: state => [
    state.image,
    state.slices.preview,
    state.slices.layers,
    state.slices.files.shown,
    state.slices.story.texts,
    state.slices.manifests,
    state.settings.ascii,
    state.size.columns,
    // Its keys open what is shown.
    focusedView(state),
  ],
  empty: () => 'Nothing is selected.',
  commands: {
    'details.enter': (state, { row }) =>
      row?.path === undefined ? followFact(state, row?.fact) : showInFiles(state, row.path, row.layer),
  },
  receive: (state, action) => {
    if (action.type === 'rested') return showRested(state)
    return action.type === 'content' || action.type === 'failed' ? withContent(state, action) : undefined
  },
  copies: copiesOf,
}

/** Bytes that the pane may send a terminal at once, each row with what stands right of it and its colours. */
const PAINTED_BYTES = 5000
const COLOUR_BYTES = 50

/** The focused pane has all rows; one that follows another cursor has as many as a slow line takes. */
function rows(state: State, width: number): Rows<PreviewRow> {
  const all = previewRows(state, width)
  if (state.focus === 'details') return all
  return all.slice(0, Math.max(8, Math.floor(PAINTED_BYTES / (state.size.columns + COLOUR_BYTES))))
}

function titleOf(state: State): Line {
  const subject = shownSubject(state)
  return subject === undefined ? [] : line(span(wordsOf(state, subject), 'dim'))
}

function wordsOf({ image }: State, subject: PreviewSubject): string {
  switch (subject.kind) {
    case 'layer':
      return `layer ${subject.layer + 1} of ${image?.image.layers.length ?? 0}`
    case 'path':
      return `/${displayPath(subject.path)}`
    case 'finding':
      return subject.finding.id
    case 'act':
      return `/${displayPath(subject.act.path)}`
    case 'twice':
      return `${subject.duplicate.paths.length} copies`
    case 'entry':
      return shortDigest(subject.descriptor.digest)
  }
}

function copiesOf(state: State): readonly MenuItem[] {
  const layer = selectedLayer(state)
  const subject = shownSubject(state)
  if (subject?.kind === 'path') return pathCopies(subject.path)
  if (subject?.kind === 'act') return pathCopies(subject.act.path)
  if (subject?.kind === 'finding') return pathCopies(subject.finding.path ?? undefined)
  if (subject?.kind === 'twice') return subject.duplicate.paths.flatMap(pathCopies)
  if (subject?.kind === 'entry') {
    const { digest } = subject.descriptor
    return [{ label: `digest  ${digest}`, command: 'copy', argument: `the digest\n${digest}` }]
  }
  if (state.image === undefined || layer === undefined || subject?.kind !== 'layer') return []
  const at = state.image.image.layers[subject.layer] ?? layer
  return layerFacts(state.image, at).map(({ name, value, digest }) => ({
    label: `${name}  ${value}`,
    command: 'copy',
    argument: `the ${name}\n${digest ?? value}`,
  }))
}
