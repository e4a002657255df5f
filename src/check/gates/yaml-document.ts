import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { invalidLine } from './invalid-line.ts'

/** Bytes of a configuration file; a longer one is none. */
const FILE_LIMIT = 1024 * 1024

/** A YAML document with the places of its nodes, for messages that name lines. */
export type YamlDocument = { readonly root: Node | null; readonly lineOf: (node: unknown) => number }

/**
 * Reads YAML 1.2. Anchors are followed a bounded number of times, duplicate keys are errors.
 * @throws ImageError `SETTINGS_INVALID`
 */
export function parseYaml(text: string, file: string): YamlDocument {
  if (text.length > FILE_LIMIT) throw invalidLine(file, 1, `it is longer than ${FILE_LIMIT} bytes`)
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false })
  const [error] = document.errors
  if (error !== undefined) throw invalidLine(file, lines.linePos(error.pos[0]).line, error.message)
  const lineOf = (node: unknown) => lines.linePos((node as Node | undefined)?.range?.[0] ?? 0).line
  return { root: document.contents, lineOf }
}

/** A scalar as it is written in the file, quotes taken off: `0.90` stays `0.90`. Null where it is null, undefined where it is no scalar. */
export function scalarText(node: unknown): string | null | undefined {
  if (node === null || node === undefined) return null
  if (!isScalar(node)) return undefined
  if (node.value === null) return null
  return node.source ?? String(node.value)
}

/** Pairs of a mapping, with the keys as text; undefined where the node is none. */
export function pairsOf(
  node: unknown,
): readonly { readonly key: string; readonly keyNode: unknown; readonly value: unknown }[] | undefined {
  if (!isMap(node)) return undefined
  return node.items.map(({ key, value }) => ({ key: String(isScalar(key) ? key.value : key), keyNode: key, value }))
}

export function itemsOf(node: unknown): readonly unknown[] | undefined {
  return isSeq(node) ? node.items : undefined
}
