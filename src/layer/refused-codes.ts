import type { Diagnostic } from '../error.ts'
import type { ErrorCode } from '../error-code.ts'

/** Faults of one layer's own entries for which docker, containerd or podman do not unpack it: each was seen there. */
const REFUSED_CODES: readonly ErrorCode[] = ['LAYER_NAME_REPEATED', 'ENTRY_REFUSED', 'ENTRY_TYPE_UNKNOWN', 'GNU_SPARSE_FILE']

/**
 * Those, and faults that show once layers are stacked: each was seen to end an unpacking, in docker 20.10 and podman 4.3 whatever lies below,
 * or where a storage driver unpacks layers alone.
 */
export const REFUSED_IN_STACK: readonly ErrorCode[] = [
  ...REFUSED_CODES,
  'HARDLINK_BEFORE_TARGET',
  'HARDLINK_TO_LOWER_LAYER',
  'WHITEOUT_OF_OWN_ENTRY',
  'ENTRY_BELOW_WHITEOUT',
  'ENTRY_BELOW_FILE',
  'ENTRY_BELOW_DANGLING_LINK',
  'SYMLINK_LOOP',
  'HARDLINK_TO_DIRECTORY',
  'HARDLINK_TARGET_MISSING',
  'PATH_TOO_DEEP',
  'ROOT_NOT_A_DIRECTORY',
]

/** Faults of a layer's own entries where it stays as it is, told so that it is clear that a rebuild leaves them in. */
export function refusedAsKept(diagnostics: readonly Diagnostic[], position: number): readonly Diagnostic[] {
  return diagnostics
    .filter(({ code }) => REFUSED_CODES.includes(code))
    .map(each => ({ ...each, layer: position, message: `${each.message} (the layer is kept as it is)` }))
}
