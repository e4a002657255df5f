import type { Stack } from '../../overlay/tree.ts'
import { diveFigures } from '../../space/dive.ts'
import type { Duplicate } from '../../space/duplicates.ts'
import type { Waste, WasteLedger } from '../../space/waste.ts'
import { jsonText } from '../run/json-text.ts'
import { exactPath, exactText } from './file-json.ts'

export type WasteFound = {
  readonly ledger: WasteLedger
  readonly duplicates: readonly Duplicate[]
  readonly stack: Stack
  /** The savings of a squash of everything; undefined when it was not tried. */
  readonly squash: { readonly tarSaved: number; readonly compressedSaved: number } | undefined
}

/** `peel waste --json` (cli.md), in lines so that a list of any length streams: the biggest files first, all without `top`. */
export function* wasteJson({ ledger, duplicates, stack, squash }: WasteFound, top: number | undefined): Generator<string> {
  const { shipped, alive, hidden, efficiency, byCause } = ledger
  const {
    efficiency: score,
    sizeBytes,
    userSizeBytes,
    wastedBytes,
    userWastedPercent,
  } = diveFigures(stack.changesets, stack.tree.paths)
  yield `${jsonText({ shipped, alive, hidden, efficiency, byCause }).slice(0, -1)},`
  yield '"files":['
  const listed = ledger.largest(top ?? ledger.count)
  yield* separated(listed, fileJson)
  yield '],'
  // The rows that are not listed, so that sums hold (cli.md, Decisions).
  if (top !== undefined) {
    const bytes = listed.reduce((sum, file) => sum + file.bytes, 0)
    yield `"rest":${jsonText({ files: ledger.count - listed.length, bytes: hidden - bytes })},`
  }
  yield '"duplicates":['
  yield* separated(duplicates, ({ sha256, size, paths }) => ({ sha256, bytes: size, paths: paths.map(exactText) }))
  yield '],'
  if (squash !== undefined) yield `"squash":${jsonText(squash)},`
  // NaN and Infinity become null.
  yield `"dive":${jsonText({ efficiency: score, sizeBytes, userSizeBytes, wastedBytes, userWastedPercent })}}`
}

function fileJson({ path, bytes, shippedBy, hiddenBy, cause }: Waste): object {
  return { ...exactPath(path), bytes, shippedBy, hiddenBy, cause }
}

function* separated<Item>(items: readonly Item[], convert: (item: Item) => object): Generator<string> {
  for (const [index, item] of items.entries()) yield `${jsonText(convert(item))}${index < items.length - 1 ? ',' : ''}`
}
