import { ImageError, reasonOf } from '../../error.ts'

/** What an effect threw, as something that can be told. */
export function asImageError(thrown: unknown): ImageError {
  if (thrown instanceof ImageError) return thrown
  return new ImageError('INTERNAL', `Cannot go on: ${reasonOf(thrown)}`, { cause: thrown })
}
