import { formatSize } from '../../format/size.ts'
import { displayPath, parentPath } from '../../layer/file-path.ts'
import { type Edit, removalOf } from '../../rebuild/edit.ts'
import type { UnmeasuredAdvice } from '../advice.ts'
import type { Finding } from '../finding.ts'
import type { Layers } from '../rule.ts'
import { imageCandidates } from './image-candidates.ts'

/** So little is not worth a change. */
const LEAST = 10_000

/**
 * The advice that the findings of an image lead to, each with the bytes the ledger proves: the fix of a finding, made an edit where peel can make it.
 * `findings` are those before many were summed up; those of the base image are left out.
 */
export function candidatesOf(layers: Layers, findings: readonly Finding[]): readonly UnmeasuredAdvice[] {
  const own = findings.filter(({ inBase }) => !inBase)
  const of = (id: string) => own.filter(finding => finding.id === id)
  return [
    ...of('waste/hidden').flatMap(finding => removedLater(finding)),
    ...of('waste/metadata-rewrite').flatMap(finding => rewritten(layers, finding)),
    ...of('waste/package-cache').flatMap(finding => removed('A8', 'Keep the package cache out of the layer', finding)),
    ...of('waste/sparse-log').flatMap(finding => removed('A13', 'Leave out the sparse record of logins', finding)),
    ...of('waste/duplicate').map(duplicated),
    ...of('waste/debug-info').map(stripped),
    ...of('waste/build-tools').map(finding => buildTools(finding)),
    ...dockerignore([...of('leak/git-directory'), ...of('leak/dotenv'), ...of('leak/editor-os')]),
    ...imageCandidates(layers),
  ]
}

function removedLater({ layer, hiddenBy, bytes, detail }: Finding): readonly UnmeasuredAdvice[] {
  if (layer === null || hiddenBy === null || layer >= hiddenBy || bytes < LEAST) return []
  const title = `Layer ${layer + 1} ships ${formatSize(bytes)} that layer ${hiddenBy + 1} hides: do both in layer ${layer + 1}`
  return [
    {
      id: 'A1',
      title,
      layers: [layer, hiddenBy],
      content: bytes,
      proof: 'dry-run',
      dockerfile: `Delete or replace the files in the RUN of layer ${layer + 1} itself. ${detail}`,
      edits: [{ type: 'squash', from: layer, to: hiddenBy }],
      chosen: true,
    },
  ]
}

function rewritten({ ledger, stack, baseLayers }: Layers, { layer, bytes, detail }: Finding): readonly UnmeasuredAdvice[] {
  if (layer === null) return []
  const shippers = ledger.inodes
    .filter(inode => {
      const { cause, hiddenBy } = ledger.hiding(inode)
      return cause === 'metadata-only' && hiddenBy === layer
    })
    .map(inode => stack.tree.versions.layer(inode))
  const from = Math.max(
    baseLayers,
    shippers.reduce((least, each) => Math.min(least, each), layer),
  )
  return [
    {
      id: 'A2',
      title: `Set owner and mode where the files come from: layer ${layer + 1} ships ${formatSize(bytes)} again for it`,
      layers: [from, layer],
      content: bytes,
      proof: from < layer ? 'dry-run' : 'ledger',
      dockerfile: `COPY --chown= --chmod= in layer ${from + 1} instead of the chown or chmod of layer ${layer + 1}. ${detail}`,
      edits: from < layer ? [{ type: 'squash', from, to: layer }] : [],
      chosen: from < layer,
    },
  ]
}

function removed(id: string, title: string, { layer, path, bytes, fix }: Finding): readonly UnmeasuredAdvice[] {
  if (layer === null || path === null) return []
  return [
    {
      id,
      title: `${title}: ${formatSize(bytes)} of /${displayPath(path)} in layer ${layer + 1}`,
      layers: [layer],
      content: bytes,
      proof: 'dry-run',
      dockerfile: fix,
      edits: [removalOf(path)],
      chosen: true,
    },
  ]
}

function duplicated({ layer, bytes, detail }: Finding): UnmeasuredAdvice {
  return {
    id: 'A9',
    title: `Link the copies instead of shipping them: ${formatSize(bytes)}`,
    layers: layer === null ? [] : [layer],
    content: bytes,
    proof: 'ledger',
    dockerfile: `One COPY and links to it (ln inside one layer, ln -s across layers). ${detail}`,
    edits: [],
    chosen: false,
  }
}

function stripped({ layer, bytes, detail, fix }: Finding): UnmeasuredAdvice {
  return {
    id: 'A12',
    title: `Strip what is built: ${formatSize(bytes)} of symbols and debugging information`,
    layers: layer === null ? [] : [layer],
    content: bytes,
    proof: 'ledger',
    dockerfile: `${fix} ${detail}`,
    edits: [],
    chosen: false,
  }
}

function buildTools({ layer, bytes, detail }: Finding): UnmeasuredAdvice {
  return {
    id: 'A7',
    title: `Build in a stage of its own: ${formatSize(bytes)} of build tools are shipped`,
    layers: layer === null ? [] : [layer],
    content: bytes,
    proof: 'db',
    dockerfile: `FROM … AS build with these tools, then COPY --from=build what was built. ${detail}`,
    edits: [],
    chosen: false,
  }
}

/** One advice for all that a line of .dockerignore keeps out. */
function dockerignore(findings: readonly Finding[]): readonly UnmeasuredAdvice[] {
  const paths = findings.flatMap(({ path }) => path ?? [])
  if (paths.length === 0) return []
  const outer = paths.filter(path => !paths.some(other => other !== path && path.startsWith(`${other}/`)))
  const lines = [
    ...new Set(outer.map(path => `**/${displayPath(path.slice(parentPath(path).length).replace(/^\//, '') as typeof path)}`)),
  ].sort()
  const edits: readonly Edit[] = outer.map(removalOf)
  return [
    {
      id: 'A15',
      title: `Keep ${outer.length} ${outer.length === 1 ? 'file or directory' : 'files and directories'} of the build context out`,
      layers: [...new Set(findings.flatMap(({ layer }) => layer ?? []))].sort((a, b) => a - b),
      content: findings.filter(({ path }) => path !== null && outer.includes(path)).reduce((sum, { bytes }) => sum + bytes, 0),
      proof: 'dry-run',
      dockerfile: `.dockerignore: ${lines.join(' ')}`,
      edits,
      chosen: true,
    },
  ]
}
