import { at, type Changeset } from '../layer/changeset.ts'
import { finish, STEP, type Steps } from '../overlay/steps.ts'

/** Content bytes of all regular files of a layer. */
export function contentBytes(changeset: Changeset): number {
  return finish(contentByteSteps(changeset))
}

/** The same in small steps. */
export function* contentByteSteps({ length, sizes }: Changeset): Steps<number> {
  let total = 0
  for (let index = 0; index < length; index++) {
    total += at(sizes, index)
    if (index % STEP === 0) yield
  }
  return total
}
