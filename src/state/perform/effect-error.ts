import { ImageError, reasonOf } from '../../error.ts'

/** The value that an effect threw, as an error that can be shown. */
export function effectError(thrown: unknown): ImageError {
  if (thrown instanceof ImageError) return thrown
  return new ImageError('INTERNAL', `Cannot go on: ${reasonOf(thrown)}`, { cause: thrown })
}
