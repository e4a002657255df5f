import type { Diagnostic } from '../error.ts'
import type { ErrorCode } from '../error-code.ts'

/** Faults of one layer's own entries for which docker, containerd or podman do not unpack it: each was seen there. */
export const REFUSED_CODES: readonly ErrorCode[] = [
  'LAYER_NAME_REPEATED',
  'ENTRY_REFUSED',
  'ENTRY_TYPE_UNKNOWN',
  'GNU_SPARSE_FILE',
]

/** Those faults of a layer that stays as it is, told so that it is clear that a rebuild leaves them in. */
export function refusedAsKept(diagnostics: readonly Diagnostic[], position: number): readonly Diagnostic[] {
  return diagnostics
    .filter(({ code }) => REFUSED_CODES.includes(code))
    .map(each => ({ ...each, layer: position, message: `${each.message} (the layer is kept as it is)` }))
}
