import type { Comparison } from '../../compare/compare-images.ts'
import type { ComparedPackages } from '../../compare/package-differences.ts'
import type { TopRows } from '../../compare/ranked-rows.ts'
import { differenceAt, type FileDifference, type Selection } from '../../compare/selection.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import { jsonText } from '../run/json-text.ts'
import { exactPath, exactText, type FileJson, nodeJson } from './file-json.ts'

export type DiffPrinted = {
  readonly comparison: Comparison
  /** Undefined where no package database differs, and where packages were not asked for. */
  readonly packages: ComparedPackages | undefined
  /** The rows to print; undefined where the documents say that no file differs. */
  readonly top: TopRows | undefined
}

/** `peel diff --json` (cli.md), in lines so that any number of files streams. */
export function* diffJson({ comparison, packages, top }: DiffPrinted): Generator<string> {
  const { a, b, summary, settings, layers, files } = comparison
  const config = settings.map(({ path, before = null, after = null }) => ({ path, before, after }))
  const rest = top?.rest === undefined ? {} : { rest: top.rest }
  yield `${jsonText({ a, b, summary, config, layers, packages: packages?.packages ?? [], ...rest }).slice(0, -1)},"files":[`
  let separator = ''
  for (const position of top?.positions ?? []) {
    if (files === undefined) break
    yield `${separator}${jsonText(fileJson(files, differenceAt(files, position)))}`
    separator = ','
  }
  yield ']}'
}

function fileJson({ rows }: Selection, difference: FileDifference): object {
  const { path, change, classes, from, before, after, delta } = difference
  return {
    ...exactPath(path),
    change,
    classes,
    ...(from !== undefined && { from: exactText(from) }),
    before: before === undefined ? null : sideJson(rows.a, before),
    after: after === undefined ? null : sideJson(rows.b, after),
    delta,
    layerBefore: before?.layer ?? null,
    layerAfter: after?.layer ?? null,
  }
}

function sideJson(snapshot: Selection['rows']['a'], node: TreeNode): FileJson {
  return nodeJson(node, () => snapshot.names(node))
}
