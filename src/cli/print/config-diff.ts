import { isRecord } from '../../blob/descriptor.ts'

/** A setting that two configs have differently; `path` is dotted, undefined where one does not have it. */
export type ConfigDifference = { readonly path: string; readonly before: unknown; readonly after: unknown }

/** What layers say about themselves: compared as layers, not as settings. */
const LAYER_FACTS = new Set(['rootfs', 'history'])

/** Differences of two config documents, objects field by field and everything else as a whole. */
export function configDifferences(before: unknown, after: unknown): readonly ConfigDifference[] {
  const differences: ConfigDifference[] = []
  // Depth is bounded by the JSON reader's own limit on documents.
  const compare = (a: unknown, b: unknown, path: readonly string[]) => {
    if (isRecord(a) && isRecord(b)) {
      for (const key of [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()) {
        if (path.length > 0 || !LAYER_FACTS.has(key)) compare(a[key], b[key], [...path, key])
      }
    } else if (JSON.stringify(a) !== JSON.stringify(b)) differences.push({ path: path.join('.'), before: a, after: b })
  }
  compare(before, after, [])
  return differences
}
