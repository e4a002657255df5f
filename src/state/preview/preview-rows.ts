import { formatCount } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath } from '../../layer/file-path.ts'
import { type Fact, fact } from '../../line/facts.ts'
import { line, span } from '../../line/line.ts'
import type { Act } from '../../space/acts.ts'
import { findingLines } from '../findings/finding-lines.ts'
import { entryFacts } from '../index/entry-facts.ts'
import { selectedLayer } from '../model/layer-steps.ts'
import type { PreviewSubject } from '../model/preview.ts'
import type { Row } from '../model/rows.ts'
import type { State } from '../model/state.ts'
import { layerFacts } from './layer-facts.ts'
import { pathRows } from './path-rows.ts'
import { bare, factLines, goTo, layerWords, type PreviewRow } from './preview-row.ts'

/** The subject that is shown: what the cursor rested on last, else the layer under the cursor of the layers. */
export function shownSubject(state: State): PreviewSubject | undefined {
  const { subject } = state.slices.preview
  if (subject !== undefined) return subject
  const layer = selectedLayer(state)?.position
  return layer === undefined ? undefined : { kind: 'layer', layer }
}

/** All rows about the subject that is shown. */
export function previewRows(state: State, width: number): readonly Row<PreviewRow>[] {
  const subject = shownSubject(state)
  const { image, slices } = state
  if (subject === undefined || image === undefined) return []
  switch (subject.kind) {
    case 'layer': {
      const layer = image.image.layers[subject.layer]
      return layer === undefined ? [] : factLines(layerFacts(image, layer), width)
    }
    case 'path':
      return pathRows(state, subject, width)
    case 'finding': {
      const { finding, others } = subject
      const more = others === 0 ? [] : [line(span(`and ${formatCount(others)} more of this rule`, 'dim'))]
      return [...findingLines(finding, slices.story.texts.get(finding.id), image, width), ...more].map(bare)
    }
    case 'entry':
      return factLines(entryFacts(image, subject, slices.manifests), width)
    case 'act':
      return factLines(actFacts(state, subject.act), width)
    case 'twice': {
      const { size, paths } = subject.duplicate
      const layer = image.image.layers.length - 1
      const head = bare(line(span(`${formatSize(size)} each, ${paths.length} times the same bytes`, 'dim')))
      return [head, ...paths.map(path => goTo(line(span(`/${displayPath(path)}`)), path, layer))]
    }
  }
}

const CAUSES: Readonly<Record<Act['cause'], string>> = {
  overwritten: 'it writes other contents in their place',
  'metadata-only': 'it changes owner, mode or time, which ships the bytes again',
  removed: 'it removes them',
  opaque: 'it replaces the directory around them',
  'type-changed': 'it puts something of another kind in their place',
  repeated: 'it ships the same contents again',
}

/** Both commands in full, and how the later one hides what the earlier one shipped. */
function actFacts(state: State, act: Act): readonly Fact[] {
  const files = act.files === 1 ? 'one file' : `${formatCount(act.files)} files`
  return [
    fact('hidden', `${formatSize(act.bytes)} in ${files}`, { role: 'waste' }),
    fact('shipped by', layerWords(state, act.shippedBy)),
    fact('hidden by', layerWords(state, act.hiddenBy)),
    fact('how', CAUSES[act.cause]),
    fact('layers', `${act.shippedBy + 1}–${act.hiddenBy + 1} squashed together do not ship it`),
  ]
}
