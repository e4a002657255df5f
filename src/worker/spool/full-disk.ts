import { ImageError } from '../../error.ts'

/** Whether the system says that there is no room. */
export function isFull(thrown: unknown): boolean {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return code === 'ENOSPC' || code === 'EDQUOT'
}

/** `NO_SPACE`: `action` ended in the middle. */
export function fullDisk(action: string, cause: unknown): ImageError {
  return new ImageError('NO_SPACE', `Cannot ${action}: the disk for temporary files is full`, {
    hint: 'Free some space there, or use another disk (TMPDIR=/other/disk).',
    cause,
  })
}
