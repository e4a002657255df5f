import { addTo } from '../../sums.ts'

export type TensorFacts = { readonly name: string; readonly type: string; readonly shape: readonly number[] }

/** The tensors of a model file, as its header lists them. */
export type TensorList = {
  /** All numbers in all tensors; undefined where not all tensors are known, or the count is beyond 2^53. */
  readonly parameters: number | undefined
  /** How many tensors have each type, the most frequent first. */
  readonly types: readonly (readonly [type: string, tensors: number])[]
  readonly tensors: readonly TensorFacts[]
  /** Whether all of the header was read. */
  readonly complete: boolean
}

export function tensorList(tensors: readonly TensorFacts[], complete: boolean): TensorList {
  const parameters = tensors.reduce((sum, { shape }) => sum + shape.reduce((product, each) => product * each, 1), 0)
  const types = new Map<string, number>()
  for (const { type } of tensors) addTo(types, type)
  return {
    parameters: complete && Number.isSafeInteger(parameters) ? parameters : undefined,
    types: [...types].sort(([, a], [, b]) => b - a),
    tensors,
    complete,
  }
}
