import type { Descriptor } from '../../blob/descriptor.ts'
import { documentKind } from '../../blob/media-type.ts'
import { readDocument } from '../../blob/read.ts'
import type { BlobSource } from '../../blob/source.ts'
import { parseConfig } from '../../image/config.ts'
import type { BlobGraph } from '../blob-graph.ts'

const CREATED = 'org.opencontainers.image.created'
/** Reproducible builds write 0001 or 1970: no time at all. */
const FIRST_TIME = Date.UTC(1971, 0, 1)

/**
 * When what a root names was made, in milliseconds since 1970: by the root's own `created` annotation, else by the config of the
 * image or of an index's first. Undefined where neither says.
 */
export async function createdTime(
  source: BlobSource,
  graph: BlobGraph,
  root: Descriptor,
  signal: AbortSignal,
): Promise<number | undefined> {
  const annotated = timeOf(root.annotations?.[CREATED])
  if (annotated !== undefined) return annotated
  const config = configOf(graph, root)
  if (config === undefined) return undefined
  try {
    return timeOf(parseConfig(await readDocument(source, config, signal), 'the config').value.created)
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}

/** Follows first children down to a config; indexes nest at most a few times. */
function configOf({ documents }: BlobGraph, root: Descriptor): Descriptor | undefined {
  let at: Descriptor | undefined = root
  for (let depth = 0; at !== undefined && depth < 16; depth++) {
    const document = documents.get(at.digest)
    if (document === undefined) return documentKind(at.mediaType) === 'config' ? at : undefined
    at = document.children.find(child => documents.has(child.digest)) ?? document.children[0]
  }
  return undefined
}

function timeOf(text: string | undefined): number | undefined {
  const time = Date.parse(text ?? '')
  return Number.isNaN(time) || time < FIRST_TIME ? undefined : time
}
