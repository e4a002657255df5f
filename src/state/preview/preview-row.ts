import { commandText } from '../../format/history-text.ts'
import type { FilePath } from '../../layer/file-path.ts'
import { type Fact, factRows } from '../../line/facts.ts'
import type { Line } from '../../line/line.ts'
import type { Row } from '../model/rows.ts'
import type { State } from '../model/state.ts'

/** The subject of a row of the preview: a fact, or a path to go to, in the tree up to a layer. */
export type PreviewRow =
  | { readonly fact?: Fact; readonly path?: undefined }
  | { readonly fact?: undefined; readonly path: FilePath; readonly layer: number }

/** A row that nothing can be done with. */
export function bare(drawn: Line): Row<PreviewRow> {
  return { line: drawn, subject: {} }
}

/** A row that leads to a path. */
export function goTo(drawn: Line, path: FilePath, layer: number): Row<PreviewRow> {
  return { line: drawn, subject: { path, layer } }
}

/** Rows of facts. */
export function factLines(facts: readonly Fact[], width: number): readonly Row<PreviewRow>[] {
  return factRows(facts, width).map(({ line: drawn, subject }) => ({ line: drawn, subject: { fact: subject } }))
}

/** `5  COPY . /app`: a layer by its number, with its whole command. */
export function layerWords({ image }: State, layer: number): string {
  const step = image?.image.steps.find(each => each.layer === layer)
  return `${layer + 1}  ${commandText(step?.history)}`
}
