import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import type { Image } from '../../image/load.ts'
import { displayPath } from '../../layer/file-path.ts'
import type { Finding } from '../finding.ts'
import type { Base } from '../report.ts'
import { cacheMounts } from '../rules/cache-fix.ts'
import type { Instruction } from './instruction.ts'
import { comment, printInstruction } from './print-instruction.ts'
import { readBack } from './read-back.ts'

/** One step of the draft: what stands there, and why it differs from what was read back. */
type DraftStep = { readonly layer: number | undefined; readonly instruction: Instruction; readonly why: readonly string[] }

/**
 * A draft of a better Dockerfile (advice.md §4): the one that is read back, with caches in mounts, owners and modes set where files come from, and files
 * removed in the step that makes them. Every changed line says what it saves and which finding it mends; unrecorded parts stay to be filled in.
 */
export function* optimisedLines(
  image: Pick<Image, 'config' | 'steps' | 'layers'>,
  base: Base | undefined,
  findings: readonly Finding[],
): Generator<string> {
  const { from, steps } = readBack(image, base)
  const own = findings.filter(({ inBase }) => !inBase)
  yield '# syntax=docker/dockerfile:1'
  yield '# A DRAFT, made from the history of an image and from what peel check finds in it: sources of COPY and ADD, stages and mounts were'
  yield '# not recorded. Read every line before it is built.'
  yield* dockerignore(own)
  yield `FROM ${escapeText(from)}`
  let draft: readonly DraftStep[] = steps.map(step => ({ ...step, why: [] }))
  for (const finding of own) draft = changed(draft, finding)
  for (const { layer, instruction, why } of draft) {
    for (const each of why) yield* comment(each)
    if (why.length === 0 && layer !== undefined && image.layers[layer] !== undefined)
      yield `# layer ${layer + 1}, ${formatSize(image.layers[layer].blob.size)}`
    yield* printInstruction(instruction)
  }
  if (own.some(({ id, severity }) => id === 'user/root' && severity === 'warning'))
    yield '# user/root: end with USER 65532, and give that uid what it must write.'
}

function* dockerignore(findings: readonly Finding[]): Generator<string> {
  const paths = findings.filter(({ id, path }) => id.startsWith('leak/') && path !== null)
  if (paths.length === 0) return
  yield '# .dockerignore should keep out:'
  for (const { id, path, bytes } of paths)
    yield* comment(`  ${displayPath(path ?? ('' as never))}  (${id}${bytes > 0 ? `, -${formatSize(bytes)}` : ''})`)
}

function changed(draft: readonly DraftStep[], finding: Finding): readonly DraftStep[] {
  switch (finding.id) {
    case 'waste/package-cache':
      return withMounts(draft, finding)
    case 'waste/metadata-rewrite':
      return withOwner(draft, finding)
    case 'waste/hidden':
      return withRemoval(draft, finding)
    default:
      return draft
  }
}

function withMounts(draft: readonly DraftStep[], { id, layer, path, bytes }: Finding): readonly DraftStep[] {
  const mounts = path === null ? [] : cacheMounts(path)
  return draft.map(step => {
    if (step.layer !== layer || step.instruction.keyword !== 'RUN' || mounts.length === 0) return step
    const flags = [...new Set([...step.instruction.flags, ...mounts.map(mount => `--mount=type=cache,target=${mount}`)])]
    return {
      ...step,
      instruction: { ...step.instruction, flags },
      why: [...step.why, `-${formatSize(bytes)} (${id}): the cache is in a mount, not in the layer`],
    }
  })
}

/** The value that the finding proves for all files, set in the COPY that ships them; the RUN that did it goes. */
function withOwner(draft: readonly DraftStep[], { id, layer, bytes, detail }: Finding): readonly DraftStep[] {
  const flags = detail.match(/--ch(?:own|mod)=\S+/g) ?? []
  const shippers = [...detail.matchAll(/layer (\d+)/g)].map(([, number]) => Number(number) - 1)
  const rewriting = draft.find(step => step.layer === layer)?.instruction
  const isAlone =
    rewriting?.keyword === 'RUN' && /^ch(?:own|mod|grp)\s[^;&|\n]*(?:&&\s*ch(?:own|mod|grp)\s[^;&|\n]*)*$/.test(rewriting.command)
  const copies = draft.filter(step => step.layer !== undefined && shippers.includes(step.layer))
  if (
    !isAlone ||
    flags.length === 0 ||
    copies.length === 0 ||
    copies.some(({ instruction }) => instruction.keyword !== 'COPY' && instruction.keyword !== 'ADD')
  )
    return draft
  const why = `-${formatSize(bytes)} (${id}): set here, not by a RUN that ships the files again`
  return draft.flatMap(step => {
    if (step.layer === layer) return []
    if (!copies.includes(step) || (step.instruction.keyword !== 'COPY' && step.instruction.keyword !== 'ADD')) return [step]
    return [
      {
        ...step,
        instruction: { ...step.instruction, flags: [...new Set([...flags, ...step.instruction.flags])] },
        why: [...step.why, why],
      },
    ]
  })
}

/** A RUN that only removes what an earlier RUN made is done there. */
function withRemoval(draft: readonly DraftStep[], { id, layer, hiddenBy, bytes }: Finding): readonly DraftStep[] {
  const [making, removing] = [layer, hiddenBy].map(position =>
    draft.find(step => step.layer === position && step.layer !== undefined),
  )
  if (making?.instruction.keyword !== 'RUN' || removing?.instruction.keyword !== 'RUN' || making === removing) return draft
  const { command } = removing.instruction
  if (!/^rm\s+-[rf]+\s+[^;&|\n<>]+$/.test(command) || making.instruction.command.includes('\n')) return draft
  const why = `-${formatSize(bytes)} (${id}): removed here, where it is made`
  const instruction = { ...making.instruction, command: `${making.instruction.command} && ${command}` }
  return draft.flatMap(step =>
    step === removing ? [] : step === making ? [{ ...step, instruction, why: [...step.why, why] }] : [step],
  )
}
