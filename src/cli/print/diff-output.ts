import { type Digest, shortDigest } from '../../blob/digest.ts'
import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import type { Difference } from '../../overlay/difference.ts'
import type { Snapshot, TreeNode } from '../../overlay/tree.ts'
import { jsonText } from '../run/json-text.ts'
import type { Paint, Style } from '../run/paint.ts'
import type { ConfigDifference } from './config-diff.ts'
import { exactPath, nodeJson } from './file-json.ts'
import { clipped, shortLine } from './file-line.ts'

export type DiffFound = {
  readonly config: readonly ConfigDifference[]
  readonly layers: { readonly shared: readonly Digest[]; readonly onlyA: readonly Digest[]; readonly onlyB: readonly Digest[] }
  readonly lower: Snapshot
  readonly upper: Snapshot
  readonly files: () => Iterable<Difference>
}

/** `peel diff --json` (cli.md), in lines so that any number of files streams. */
export function* diffJson({ config, layers, lower, upper, files }: DiffFound): Generator<string> {
  const settings = config.map(({ path, before = null, after = null }) => ({ path, before, after }))
  yield `${jsonText({ config: settings, layers }).slice(0, -1)},"files":[`
  let separator = ''
  for (const { path, change, lower: before, upper: after, aspects } of files()) {
    const file = {
      ...exactPath(path),
      change,
      ...(aspects.length > 0 && { aspects }),
      before: before === undefined ? null : nodeJson(before, () => lower.names(before)),
      after: after === undefined ? null : nodeJson(after, () => upper.names(after)),
    }
    yield `${separator}${jsonText(file)}`
    separator = ','
  }
  yield ']}'
}

const MARKS = { added: '+', modified: '~', removed: '-' } as const
const STYLES: Readonly<Record<Difference['change'], Style>> = { added: 'green', modified: 'yellow', removed: 'red' }

export function* diffText({ config, layers, files }: DiffFound, paint: Paint): Generator<string> {
  for (const { path, before, after } of config) {
    yield `config  ${escapeText(path)}: ${value(before)} → ${value(after)}`
  }
  const { shared, onlyA, onlyB } = layers
  if (shared.length + onlyA.length + onlyB.length > 0) {
    const list = (digests: readonly Digest[]) => (digests.length === 0 ? '' : ` (${digests.map(shortDigest).join(' ')})`)
    yield `layers  ${shared.length} shared, ${onlyA.length} only in the first${list(onlyA)}, ${onlyB.length} only in the second${list(onlyB)}`
  }
  const counts = { added: 0, modified: 0, removed: 0 }
  for (const each of files()) {
    counts[each.change] += 1
    yield paint(STYLES[each.change], fileLine(each))
  }
  yield `${counts.added} added, ${counts.modified} modified, ${counts.removed} removed`
}

function fileLine({ change, lower, upper, aspects }: Difference): string {
  const node: TreeNode | undefined = upper ?? lower
  if (node === undefined) return ''
  const grown = change === 'modified' && lower !== undefined && upper !== undefined && lower.size !== upper.size
  const sizes = grown ? `, ${formatSize(lower.size)} → ${formatSize(upper.size)}` : ''
  const what =
    aspects.length === 0 ? (node.type === 'file' ? `  (${formatSize(node.size)})` : '') : `  (${aspects.join(', ')}${sizes})`
  return `${MARKS[change]} ${shortLine(node)}${what}`
}

function value(setting: unknown): string {
  return setting === undefined ? 'nothing' : clipped(JSON.stringify(setting), 100)
}
