import { ImageError } from '../../error.ts'
import { imagesOf } from '../../image/choose.ts'
import type { ImageNode } from '../../image/list.ts'
import type { Destination } from '../../image/location.ts'
import { formatPlatform, parsePlatform } from '../../image/platform.ts'
import type { Plan } from '../../rebuild/plan.ts'
import type { Session } from '../session.ts'

/**
 * Of an index the one image that is asked for, where the destination has room for just one; before any work is done.
 * @throws ImageError `DESTINATION_UNSUPPORTED`
 */
export function chooseNode(node: ImageNode, plan: Plan, destination: Destination | undefined, session: Session): ImageNode {
  if (!holdsOne(destination) || node.kind !== 'index' || imagesOf([node]).length < 2) return node
  const [only, ...more] = plan.edits.findLast(edit => edit.type === 'platforms')?.platforms ?? []
  if (only !== undefined && more.length === 0) return session.choose(parsePlatform(only))
  throw new ImageError(
    'DESTINATION_UNSUPPORTED',
    'Cannot write the index: a docker-archive or an engine takes an image for one platform',
    {
      hint: `Choose one with --platform (${imagesOf([node])
        .flatMap(({ platform }) => (platform === undefined ? [] : [formatPlatform(platform)]))
        .join(', ')}), or write an oci-archive.`,
    },
  )
}

/** Whether a place of that kind holds one image and no index. */
function holdsOne(destination: Destination | undefined): boolean {
  return destination?.transport === 'docker-archive' || destination?.transport === 'docker-daemon'
}
