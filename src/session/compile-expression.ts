import { ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'
import { matchesFilter, parseFilter } from '../filter/filter.ts'
import { filterRefusal, isFilterError } from '../filter/filter-term.ts'
import type { RemovalCandidate } from '../rebuild/removal.ts'

/**
 * The files that a filter expression keeps, for `--remove`. Every entry counts as added: an image that is written anew has no
 * lower image to differ from.
 * @throws ImageError `FILTER_INVALID`
 */
export function compileExpression(expression: string): (candidate: RemovalCandidate) => boolean {
  const filter = parseFilter(expression, Date.now())
  if (isFilterError(filter)) {
    throw new ImageError('FILTER_INVALID', filterRefusal(expression, filter), {
      hint: 'Give a path of the image, a glob such as "*.pyc", or terms such as "size:>10M type:file".',
    })
  }
  if (filter.groups.length === 0) {
    throw new ImageError('FILTER_INVALID', `Cannot use the filter "${escapeText(expression)}": it would remove everything`, {
      hint: 'Give a path of the image, or a filter such as "*.pyc".',
    })
  }
  return candidate => matchesFilter(filter, { ...columns(candidate), change: 'added' })
}

/** Nodes of a tree read their fields when asked: copied, since a spread takes own properties only. */
function columns({ path, type, mode, uid, gid, mtime, size, layer, links }: RemovalCandidate): RemovalCandidate {
  return { path, type, mode, uid, gid, mtime, size, layer, links }
}
