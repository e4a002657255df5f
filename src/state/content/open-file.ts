import { artifactParts } from '../../artifact/generic-rule.ts'
import type { Descriptor } from '../../blob/descriptor.ts'
import { displayPath, type FilePath } from '../../layer/file-path.ts'
import { START } from '../../line/cursor.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import { type Content, startContent } from '../model/content.ts'
import type { Effect } from '../model/effect.ts'
import type { ImageId } from '../model/open-image.ts'
import { type State, type Step, withCursor, withSlice } from '../model/state.ts'
import { jumpTo } from '../model/trail.ts'
import { readAt } from './content-paging.ts'
import { firstPage } from './content-receive.ts'
import { type ContentId, setContent } from './content-state.ts'

/** Opens one version of a file of an image: what a tree's node names. Links and devices show what they are. */
export function openFile(state: State, node: TreeNode, image: ImageId = 'shown'): Step<Effect> {
  const name = `/${displayPath(node.path)}`
  const { content } = node
  const source = { kind: 'entry' as const, image, layer: content?.layer ?? node.layer, entry: content?.entry ?? node.entry ?? 0 }
  const started = startContent(source, name, node.type === 'file' ? node.size : 0, node)
  const readable = node.type === 'file' && content !== undefined
  if (!readable) return open(state, 'file', { ...started, shape: 'facts' })
  return open(state, 'file', image === 'shown' ? ofArtifact(state, started) : started)
}

/** A part of a larger file can only be proven by all of it, bytes. */
const WAITS_FROM = 32 * 1024 * 1024

/**
 * A file of an artifact begins with what is known of it; of a large one in a registry no more is fetched unasked, and then, where it is
 * a whole blob, only the pages that are shown.
 */
function ofArtifact({ image, slices }: State, content: Content): Content {
  if (image?.image.artifactType === undefined || content.source.kind !== 'entry') return content
  const summary = slices.artifact?.files.get(content.source.layer) ?? []
  const waits = image.remote && content.bytes.size > WAITS_FROM
  const part = waits ? artifactParts(image.image.layers.map(({ blob }) => blob))[content.source.layer] : undefined
  const pagesOf = part?.tar === false ? part.blob : undefined
  return { ...content, summary, waits, pagesOf, shape: summary.length > 0 || waits ? 'facts' : content.shape }
}

/** Opens a blob of an image by its descriptor, whatever is in it. */
export function openBlob(state: State, blob: Descriptor, image: ImageId = 'shown'): Step<Effect> {
  return open(state, 'blob', startContent({ kind: 'blob', image, blob }, blob.digest, blob.size, undefined))
}

/** Opens the list of what every layer did to a path. */
export function openVersions(state: State, path: FilePath): Step<Effect> {
  const jumped = jumpTo(state, { over: 'versions' })
  return [withCursor(withSlice(jumped, 'versions', { path, marked: undefined }), 'versions', START), []]
}

function open(state: State, id: Extract<ContentId, 'file' | 'blob'>, content: Content): Step<Effect> {
  const jumped = withCursor(setContent(jumpTo(state, { over: id }), id, content), id, START)
  const { length } = firstPage(content.bytes.size)
  return [jumped, length === 0 || content.waits ? [] : [readAt(content, id, 0)]]
}
