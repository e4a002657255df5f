import type { Document } from '../../image/document.ts'
import type { Image } from '../../image/load.ts'
import type { Fact } from '../../line/facts.ts'
import type { CommandsOf } from '../keys/keys.ts'
import { type ArtifactPage, type Content, startContent } from '../model/content.ts'
import { type State, withSlice } from '../model/state.ts'
import type { View } from '../model/view.ts'
import { configSummary } from './config-summary.ts'
import type { JsonLine } from './content-lines.ts'
import { withBytes } from './content-receive.ts'
import { setContent } from './content-state.ts'
import { contentView } from './content-view.ts'

/** The manifest as it is stored. */
export const MANIFEST_VIEW: View<JsonLine, CommandsOf<'document'>> = contentView('manifest', 'manifest', {
  receive: (state, action) =>
    action.type === 'opened' && action.id === 'shown'
      ? [withDocument(state, 'manifest', action.image.manifest, []), []]
      : undefined,
})

/** The config: what it says first, the document itself one key away. */
export const CONFIG_VIEW: View<JsonLine, CommandsOf<'document'>> = contentView('config', 'config', {
  receive: (state, action) =>
    action.type === 'opened' && action.id === 'shown'
      ? [withConfig(state, action.image), []]
      : action.type === 'artifact-described'
        ? [withArtifact(state, action.page), []]
        : undefined,
  empty: ({ image }) =>
    image?.image.artifactType === undefined
      ? 'The config of this image is missing or cannot be read.'
      : 'Reading what the artifact says of itself…',
})

/** One version of a file. */
export const FILE_VIEW: View<JsonLine, CommandsOf<'document'>> = contentView('file', 'file', {
  previews: ({ slices }) => slices.file?.node && { kind: 'layer', layer: slices.file.node.layer },
})

/** A blob of the image, whatever it is. */
export const BLOB_VIEW: View<JsonLine, CommandsOf<'document'>> = contentView('blob', 'blob')

function withConfig(state: State, { config }: Image): State {
  return config === undefined ? state : withDocument(state, 'config', config, configSummary(config.value))
}

/** An artifact in words, its own config one key away. */
function withArtifact(state: State, page: ArtifactPage): State {
  const image = state.image?.image
  if (image?.artifactType === undefined) return state
  const { config } = image.manifest.value
  const started = startContent({ kind: 'blob', image: 'shown', blob: config }, config.digest, config.size, undefined)
  const content: Content = { ...started, summary: page.about, shape: 'facts', waits: true }
  return setContent(withSlice(state, 'artifact', page), 'config', content)
}

function withDocument(state: State, id: 'manifest' | 'config', document: Document<unknown>, summary: readonly Fact[]): State {
  const { descriptor, raw } = document
  const started = startContent({ kind: 'blob', image: 'shown', blob: descriptor }, descriptor.digest, raw.length, undefined)
  const content = withBytes({ ...started, summary }, 0, raw, raw.length)
  return setContent(state, id, summary.length > 0 ? { ...content, shape: 'facts' } : content)
}
