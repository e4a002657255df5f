import { EXCERPT } from '../../compare/content/first-difference.ts'
import { patchLines } from '../../compare/content/unified-diff.ts'
import { escapeText } from '../../escape.ts'
import { formatCount } from '../../format/count.ts'
import { hexLine } from '../../format/hex-line.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath } from '../../layer/file-path.ts'
import { changedAspects } from '../../overlay/node-comparison.ts'
import type { Snapshot, TreeNode } from '../../overlay/tree.ts'
import type { ComparedContent, ComparedFile } from '../../session/compared-content.ts'
import { jsonText } from '../run/json-text.ts'
import type { Paint, Style } from '../run/paint.ts'
import { exactPath, exactText, nodeJson } from './file-json.ts'
import { clipped } from './file-line.ts'

/** The lines of a unified diff; undefined where the contents have none to compare. */
function diffLines({ before, after }: ComparedFile, { edits }: ComparedContent): readonly string[] | undefined {
  const pathOf = (node: TreeNode | undefined) => node && exactText(node.path)
  return edits && patchLines(edits, pathOf(before), pathOf(after))
}

/** `peel diff A B --content PATH --json`: both files, where they first differ, the parts that differ, the diff of their lines. */
export function contentJson(
  file: ComparedFile,
  content: ComparedContent,
  trees: { readonly a: Snapshot | undefined; readonly b: Snapshot | undefined },
): string {
  const { before, after } = file
  const diff = diffLines(file, content)
  const node = after ?? before
  return jsonText(
    {
      ...(node !== undefined && exactPath(node.path)),
      before: before === undefined ? null : nodeJson(before, () => trees.a?.names(before) ?? []),
      after: after === undefined ? null : nodeJson(after, () => trees.b?.names(after) ?? []),
      same: content.at === undefined,
      firstDifference: content.at ?? null,
      facts: content.facts.map(({ before: left = null, after: right = null, ...fact }) => ({
        ...fact,
        before: left,
        after: right,
      })),
      diff: diff === undefined ? null : diff.map(line => `${line}\n`).join(''),
    },
    2,
  )
}

/** The same for people: what of the file differs, then lines, or facts of what has none. */
export function* contentText(file: ComparedFile, content: ComparedContent, paint: Paint): Generator<string> {
  const { before, after } = file
  yield* attributeLines(file)
  if (content.at === undefined) {
    if (before?.type === 'file' && after?.type === 'file') yield 'The content is the same.'
    return
  }
  const diff = diffLines(file, content)
  for (const { kind, name, before: left, after: right } of content.facts) {
    yield `${kind}  ${clipped(name, 200)}: ${left === undefined ? 'nothing' : clipped(left, 200)} → ${right === undefined ? 'nothing' : clipped(right, 200)}`
  }
  if (diff !== undefined) {
    for (const line of diff) yield paintedLine(line, paint)
    return
  }
  const size = (node: TreeNode | undefined) =>
    node === undefined ? 'nothing' : `${formatSize(node.size)} (${formatCount(node.size)} bytes)`
  yield `${content.isLarge ? 'too large for lines' : 'no lines to compare'}: ${size(before)} → ${size(after)}`
  yield `first difference at byte ${formatCount(content.at)} (0x${content.at.toString(16)})`
  yield paint('red', `- ${hexLine(content.excerpt.before, EXCERPT)}`)
  yield paint('green', `+ ${hexLine(content.excerpt.after, EXCERPT)}`)
}

/** All but the content: mode, owner, time, target, type. */
function* attributeLines({ before, after }: ComparedFile): Generator<string> {
  if (before === undefined || after === undefined) return
  if (before.path !== after.path) yield `moved  ${displayPath(before.path)} → ${displayPath(after.path)}`
  for (const aspect of changedAspects(before, after)) {
    if (aspect !== 'content') yield `${aspect}  ${attribute(before, aspect)} → ${attribute(after, aspect)}`
  }
}

function attribute(node: TreeNode, aspect: string): string {
  switch (aspect) {
    case 'mode':
      return node.mode.toString(8).padStart(4, '0')
    case 'owner':
      return `${node.uid}:${node.gid}`
    case 'time':
      return node.mtime === undefined ? 'none' : `${node.mtime.seconds}.${String(node.mtime.nanoseconds).padStart(9, '0')}`
    case 'target':
      return displayPath((node.target ?? '') as TreeNode['path'])
    case 'device':
      return node.device?.join(',') ?? 'none'
    case 'xattrs':
      return node.xattrs.map(([name, value]) => `${escapeText(name)}=${Buffer.from(value).toString('hex')}`).join(' ') || 'none'
    default:
      return node.type
  }
}

/** Tabs are text; everything else that could drive a terminal is shown as what it is. */
function paintedLine(line: string, paint: Paint): string {
  const shown = line.split('\t').map(escapeText).join('\t')
  const style: Style | undefined = /^(?:---|\+\+\+) /.test(line)
    ? 'bold'
    : line.startsWith('@@')
      ? 'cyan'
      : line.startsWith('+')
        ? 'green'
        : line.startsWith('-')
          ? 'red'
          : undefined
  return style === undefined ? shown : paint(style, shown)
}
