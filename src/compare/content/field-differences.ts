import { isRecord } from '../../blob/descriptor.ts'

/** A field that two documents have differently; `path` is dotted, undefined stands for not being there. */
export type FieldDifference = { readonly path: string; readonly before: unknown; readonly after: unknown }

/** Differences of two JSON documents, objects field by field and everything else as a whole. */
export function fieldDifferences(
  before: unknown,
  after: unknown,
  except: ReadonlySet<string> = new Set(),
): readonly FieldDifference[] {
  const differences: FieldDifference[] = []
  // Depth is bounded by the JSON reader's own limit on documents.
  const compare = (a: unknown, b: unknown, path: readonly string[]) => {
    if (isRecord(a) && isRecord(b)) {
      for (const key of [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()) {
        if (path.length > 0 || !except.has(key)) compare(own(a, key), own(b, key), [...path, key])
      }
    } else if (JSON.stringify(a) !== JSON.stringify(b)) differences.push({ path: path.join('.'), before: a, after: b })
  }
  compare(before, after, [])
  return differences
}

/** A stranger's label may be named `constructor`, which every object inherits. */
function own(record: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined
}
