import { at, type Changeset } from '../layer/changeset.ts'

/** Content bytes of all regular files of a layer. */
export function contentBytes({ length, sizes }: Changeset): number {
  let total = 0
  for (let index = 0; index < length; index++) total += at(sizes, index)
  return total
}
