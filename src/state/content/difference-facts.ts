import type { ContentFact } from '../../compare/content/content-facts.ts'
import { differenceOf, EXCERPT, type FirstDifference } from '../../compare/content/first-difference.ts'
import { escapeText } from '../../escape.ts'
import { formatCount } from '../../format/count.ts'
import { differencesOf, modeText, oneLine } from '../../format/file-text.ts'
import { hexLine } from '../../format/hex-line.ts'
import { formatSize } from '../../format/size.ts'
import type { TreeNode } from '../../overlay/tree.ts'

/** In what two files differ besides their content, in words. Escaped. */
export function attributeFacts(before: TreeNode | undefined, after: TreeNode | undefined): readonly string[] {
  if (before === undefined || after === undefined) return []
  const owner = ({ uid, gid }: TreeNode) => `${uid}:${gid}`
  const facts: string[] = []
  if (before.mode !== after.mode || before.type !== after.type) {
    facts.push(`mode   ${modeText(before.type, before.mode)} → ${modeText(after.type, after.mode)}`)
  }
  if (owner(before) !== owner(after)) facts.push(`owner  ${owner(before)} → ${owner(after)}`)
  if (before.target !== after.target) {
    facts.push(`target ${oneLine(before.target ?? 'none')} → ${oneLine(after.target ?? 'none')}`)
  }
  const others = differencesOf(before, after).filter(each => !/^(?:content|mode|owner|target|type)\b/.test(each))
  return others.length === 0 ? facts : [...facts, `also   ${others.map(escapeText).join(', ')}`]
}

/** Parts of two contents that differ: sections of programs, members of archives, keys of JSON, certificates. Escaped. */
export function partFacts(parts: readonly ContentFact[]): readonly string[] {
  return parts.map(({ kind, name, before, after }) => {
    const side = (text: string | undefined) => (text === undefined ? 'nothing' : shortened(text))
    return `${kind} ${shortened(name)}: ${side(before)} → ${side(after)}`
  })
}

/** A value of JSON may be as long as its file. */
function shortened(text: string): string {
  return oneLine(text.slice(0, READ_OF_IT)).slice(0, LONGEST)
}

const LONGEST = 200
/** Of white space only one character is shown. */
const READ_OF_IT = 4096

/** Facts of contents without lines: both sizes, where they first differ, and the bytes there. */
export function binaryFacts(before: Uint8Array, after: Uint8Array): readonly string[] {
  const at = differenceOf(before, after)
  const from = (bytes: Uint8Array) => bytes.subarray(at ?? bytes.length, (at ?? bytes.length) + EXCERPT)
  const sizes = `${sizeText(before.length)} → ${sizeText(after.length)}`
  return [sizes, ...firstFacts({ at, excerpt: { before: from(before), after: from(after) } })]
}

/** Where two contents first differ, and the bytes there. */
export function firstFacts({ at, excerpt }: FirstDifference): readonly string[] {
  if (at === undefined) return ['The contents are the same.']
  return [
    `first difference at byte ${formatCount(at)} (0x${at.toString(16)})`,
    `- ${hexLine(excerpt.before, EXCERPT)}`,
    `+ ${hexLine(excerpt.after, EXCERPT)}`,
  ]
}

/** Sizes and digests of contents that are too large to be held. */
export function largeFacts(before: TreeNode | undefined, after: TreeNode | undefined): readonly string[] {
  const text = (node: TreeNode | undefined) =>
    node === undefined ? 'nothing' : `${sizeText(node.size)}, sha256 ${node.sha256 ?? 'unknown'}`
  return [`- ${text(before)}`, `+ ${text(after)}`]
}

function sizeText(bytes: number): string {
  return `${formatSize(bytes)} (${formatCount(bytes)} bytes)`
}
