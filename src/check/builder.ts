import type { Image } from '../image/load.ts'
import type { Builder } from './rule.ts'

/** The tool that made the upper layers, by what it writes into the history (advice.md §3). */
export function builderOf({ steps }: Pick<Image, 'steps'>): Builder {
  const newest = steps.findLast(({ history }) => (history?.createdBy ?? '') !== '')?.history
  if (newest === undefined) return 'other'
  const text = newest.createdBy ?? ''
  if (newest.comment?.startsWith('buildkit.') === true || / # buildkit$/.test(text)) return 'buildkit'
  const own = steps.some(({ history }) => /^FROM \S+/.test(history?.comment ?? ''))
  if (own || BUILDAH.test(text)) return 'buildah'
  return CLASSIC.test(text) ? 'docker' : 'other'
}

const CLASSIC = /^(?:\|\d+ .*)?\/bin\/(?:ba)?sh -c |#\(nop\)/s
/** Words that only buildah appends. */
const BUILDAH = /\|(?:inheritLabels|unsetLabel|force-mtime|clamp-mtime)=/
