import type { Descriptor } from '../../blob/descriptor.ts'
import type { Destination } from '../../image/location.ts'
import { resultReference } from '../../session/write/rebuild-run.ts'

type Pointer = Pick<Descriptor, 'digest' | 'size'>

/** A layer of an image that was made, in its place. */
export type MadeLayerRow = Pointer & { readonly action: 'kept' | 'written' | 'dropped' }

/** The JSON of commands that make images (cli.md, second edition). */
export type MadeBody = {
  readonly result: Pointer & { readonly reference: string | null }
  readonly layers: readonly ({ readonly position: number } & MadeLayerRow)[]
  readonly changes: { readonly added: number; readonly modified: number; readonly removed: number; readonly unchanged: number }
  readonly conflicts: readonly { readonly kind: string; readonly path?: string; readonly key?: string; readonly detail: string }[]
}

/** The part of the body that every such command has. */
export function madeBody(
  root: Pointer,
  destination: Destination | undefined,
  layers: readonly MadeLayerRow[],
  changes: MadeBody['changes'],
  conflicts: MadeBody['conflicts'] = [],
): MadeBody {
  return {
    result: { digest: root.digest, size: root.size, reference: resultReference(destination) },
    layers: layers.map(({ action, digest, size }, position) => ({ position, action, digest, size })),
    changes,
    conflicts,
  }
}
