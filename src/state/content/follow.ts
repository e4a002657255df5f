import { type Descriptor, parseDescriptor } from '../../blob/descriptor.ts'
import { isDigest } from '../../blob/digest.ts'
import type { Fact } from '../../line/facts.ts'
import { enclosingObject, type JsonDocument } from '../../list/json-document.ts'
import type { Effect } from '../model/effect.ts'
import { withLayer } from '../model/layer-steps.ts'
import type { State, Step } from '../model/state.ts'
import { note } from '../model/step.ts'
import { jumpTo } from '../model/trail.ts'
import { openBlob } from './open-file.ts'

/** Goes to what the digest on a line of a document names; undefined when there is none on it. */
export function followLine(state: State, document: JsonDocument, line: number): Step<Effect> | undefined {
  const text = document.text.slice(document.from[line] ?? 0, Math.min(document.to[line] ?? 0, (document.from[line] ?? 0) + 1000))
  const digest = [...text.matchAll(/"([a-z0-9+._-]+:[A-Za-z0-9=_-]{32,})"/g)].map(match => match[1] ?? '').find(isDigest)
  if (digest === undefined) return undefined
  const around = enclosingObject(document, line)
  return followDigest(state, digest, descriptorIn(around, digest))
}

/** Goes to what a fact's digest names; undefined where it has none. */
export function followFact(state: State, fact: Fact | undefined): Step<Effect> | undefined {
  return fact?.digest === undefined ? undefined : followDigest(state, fact.digest)
}

/** Goes to a layer, the config, the manifest or another blob of the image by its digest. */
export function followDigest(state: State, digest: string, described?: Descriptor): Step<Effect> {
  const image = state.image?.image
  if (image === undefined) return [state, []]
  const layer = image.layers.find(each => each.blob.digest === digest || each.diffID === digest)
  if (layer !== undefined) {
    return [withLayer(jumpTo(state, { focus: 'layers' }), layer.position), []]
  }
  if (digest === image.manifest.value.config.digest && image.config !== undefined) return [jumpTo(state, { tab: 'config' }), []]
  if (digest === image.descriptor.digest) return [jumpTo(state, { tab: 'manifest' }), []]
  if (described !== undefined) return openBlob(state, described)
  return note(state, 'Nothing in this image has this digest.')
}

function descriptorIn(value: unknown, digest: string): Descriptor | undefined {
  try {
    const found = parseDescriptor(value, 'document')
    return found.digest === digest ? found : undefined
  } catch {
    return undefined
  }
}
