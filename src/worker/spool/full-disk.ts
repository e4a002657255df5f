import { ImageError } from '../../error.ts'
import { errorCode } from '../../transport/text/usual-text.ts'

/** Whether the system says that there is no room: on the disk, in a quota, or under a limit of file sizes (`ulimit -f`). */
export function isFull(thrown: unknown): boolean {
  const code = errorCode(thrown)
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG'
}

/** `NO_SPACE`: `action` ended in the middle. */
export function fullDisk(action: string, cause: unknown): ImageError {
  if (errorCode(cause) === 'EFBIG') {
    return new ImageError('NO_SPACE', `Cannot ${action}: no temporary file may be that large`, {
      hint: 'Raise the limit (ulimit -f unlimited), or use another disk (TMPDIR=/other/disk).',
      cause,
    })
  }
  return new ImageError('NO_SPACE', `Cannot ${action}: the disk for temporary files is full`, {
    hint: 'Free some space there, or use another disk (TMPDIR=/other/disk).',
    cause,
  })
}
