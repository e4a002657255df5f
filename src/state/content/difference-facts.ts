import { changedParts } from '../../compare/content/content-facts.ts'
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
export function partFacts(before: Buffer, after: Buffer): readonly string[] {
  return changedParts(before, after).map(({ kind, name, before: left, after: right }) => {
    const side = (text: string | undefined) => (text === undefined ? 'nothing' : oneLine(text).slice(0, LONGEST))
    return `${kind} ${oneLine(name).slice(0, LONGEST)}: ${side(left)} → ${side(right)}`
  })
}

const LONGEST = 200
const EXCERPT = 16

/** Facts of contents without lines: both sizes, where they first differ, and the bytes there. */
export function binaryFacts(before: Buffer, after: Buffer): readonly string[] {
  const shorter = Math.min(before.length, after.length)
  let at = 0
  while (at < shorter && before[at] === after[at]) at++
  const size = ({ length }: Buffer) => `${formatSize(length)} (${formatCount(length)} bytes)`
  return [
    `${size(before)} → ${size(after)}`,
    `first difference at byte ${formatCount(at)} (0x${at.toString(16)})`,
    `- ${hexLine(before.subarray(at, at + EXCERPT), EXCERPT)}`,
    `+ ${hexLine(after.subarray(at, at + EXCERPT), EXCERPT)}`,
  ]
}
