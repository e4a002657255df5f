import type { Diagnostic } from '../error.ts'

/** Oddities in how a layer's entries fit on the layers below: the diagnostics of a stack, by code. */
export const ODDITIES = {
  PATH_TOO_DEEP: { severity: 'error', message: 'more than 2,048 directories deep: no runtime unpacks it; left out' },
  SYMLINK_LOOP: { severity: 'error', message: 'its directory leads through too many symbolic links; left out' },
  ROOT_NOT_A_DIRECTORY: { severity: 'error', message: 'an entry for the root that is not a directory; left out' },
  ROOT_OPAQUE_IGNORED: { severity: 'warning', message: 'an opaque whiteout of the root: overlay runtimes ignore it' },
  HARDLINK_TARGET_MISSING: { severity: 'error', message: 'a hard link to something that is not there; left out' },
  HARDLINK_BEFORE_TARGET: {
    severity: 'warning',
    message: 'a hard link that stands before its target: runtimes refuse the layer; linked all the same',
  },
  HARDLINK_TO_DIRECTORY: { severity: 'error', message: 'a hard link to a directory; left out' },
  HARDLINK_TO_LOWER_LAYER: {
    severity: 'warning',
    message: 'a hard link to a file of a lower layer: overlay runtimes refuse the layer; linked as the specification says',
  },
  WHITEOUT_OF_OWN_ENTRY: {
    severity: 'warning',
    message:
      'a whiteout of something the same layer wrote before: overlay runtimes refuse the layer; lower content is hidden as the specification says',
  },
  ENTRY_BELOW_WHITEOUT: {
    severity: 'warning',
    message: 'below something the same layer whited out: overlay runtimes refuse the layer; applied as the specification says',
  },
  ENTRY_BELOW_FILE: {
    severity: 'warning',
    message:
      'below something the same layer wrote as a file: overlay runtimes refuse the layer; applied as the specification says',
  },
  ENTRY_BELOW_DANGLING_LINK: {
    severity: 'warning',
    message:
      'below a symbolic link of the same layer that leads to no directory of it: docker and podman refuse the layer, containerd makes the directory',
  },
  OVERLAY_NATIVE_WHITEOUT: {
    severity: 'warning',
    message: 'a 0:0 character device: an overlay mount takes it for a whiteout, the specification does not',
  },
  OVERLAY_NATIVE_OPAQUE: {
    severity: 'warning',
    message: 'the xattr trusted.overlay.opaque: an overlay mount takes the directory for opaque, the specification does not',
  },
} as const satisfies Readonly<Record<string, Pick<Diagnostic, 'severity' | 'message'>>>

export type OddityCode = keyof typeof ODDITIES
