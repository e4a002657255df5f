import type { Diagnostic } from '../error.ts'
import type { ErrorCode } from '../error-code.ts'

/** Faults of one layer's own entries for which docker, containerd or podman do not unpack it: each was seen there. */
export const REFUSED_CODES: readonly ErrorCode[] = [
  'LAYER_NAME_REPEATED',
  'ENTRY_REFUSED',
  'ENTRY_TYPE_UNKNOWN',
  'GNU_SPARSE_FILE',
]

/** What runtimes refuse about a layer that is to stay as it is, in words for the one who rebuilds the image around it. */
export function refusedAsKept(diagnostics: readonly Diagnostic[], position: number): readonly Diagnostic[] {
  return diagnostics
    .filter(({ code }) => REFUSED_CODES.includes(code))
    .map(each => ({ ...each, layer: position, message: `${each.message} (the layer is kept as it is)` }))
}
