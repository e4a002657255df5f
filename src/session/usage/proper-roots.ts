import type { Root } from '../../blob/source.ts'
import { type BlobLinks, reachOf } from '../../space/blob-reach.ts'
import type { BlobGraph } from '../blob-graph.ts'

const REF_NAME = 'org.opencontainers.image.ref.name'
const CONTAINERD_NAME = 'io.containerd.image.name'
/** Tags under which clients without the referrers API keep what refers to a digest; cosign adds an ending. */
const FALLBACK_TAG = /^(sha256|sha512)-([0-9a-f]{64,128})(?:\.\w+)?$/

/** The name of an `index.json` entry, or the names that docker's list gives. */
function tagNames({ annotations, names = [] }: Root): readonly string[] {
  const own = annotations?.[REF_NAME] ?? annotations?.[CONTAINERD_NAME]
  return [...new Set([...(own === undefined || own === '' ? [] : [own]), ...names])]
}

/** An entry that is a tag, or an image without one, named `@DIGEST`. */
type NamedRoot = { readonly name: string; readonly root: Root; readonly isUntagged: boolean }

/** `untagged`: how many of `others` are images without a tag, and not what refers to something that is not here. */
type ProperRoots = { readonly tagged: readonly NamedRoot[]; readonly others: readonly string[]; readonly untagged: number }

type RootsTask = {
  readonly listed: readonly Root[]
  readonly graph: BlobGraph
  readonly links: BlobLinks
  /** Whether images without a tag are told apart as tags are; they keep their blobs alive all the same. */
  readonly untagged: boolean
}

/**
 * The roots that keep blobs alive: tags, and untagged entries that refer to nothing here. A referrer of something that is reached lives as long as
 * that; one whose subject is not reached by anything else stays a root of its own.
 */
export function properRoots({ listed, graph, links, untagged }: RootsTask): ProperRoots {
  const tagged: NamedRoot[] = []
  const others: string[] = []
  const referring: string[] = []
  for (const root of listed) {
    const names = tagNames(root).filter(name => !links.has(subjectOf(name) ?? ''))
    for (const name of names) tagged.push({ name, root, isUntagged: false })
    if (names.length > 0) continue
    const subject = graph.documents.get(root.digest)?.subject
    if (subject !== undefined || tagNames(root).length > 0) referring.push(root.digest)
    else if (untagged) tagged.push({ name: `@${root.digest}`, root, isUntagged: true })
    else others.push(root.digest)
  }
  const reached = reachOf(links, [...tagged.map(({ root }) => root.digest), ...others])
  const loose = referring.filter(digest => !reached.has(digest))
  return { tagged, others: [...others, ...loose], untagged: others.length }
}

/** The subject that a fallback tag names; undefined for any other name. */
function subjectOf(name: string): string | undefined {
  const [, algorithm, encoded] = FALLBACK_TAG.exec(name) ?? []
  return encoded === undefined ? undefined : `${algorithm}:${encoded}`
}

/** Pairs of a subject and what refers to it under a fallback tag. */
export function fallbackPairs(listed: readonly Root[]): readonly (readonly [string, string])[] {
  return listed.flatMap(root =>
    tagNames(root)
      .map(subjectOf)
      .filter(subject => subject !== undefined)
      .map(subject => [subject, root.digest] as const),
  )
}
