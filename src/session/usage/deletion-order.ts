import type { GraphDocument } from '../blob-graph.ts'

/** Documents of a place by digest, and pairs of a subject and what refers to it in a way that no document says. */
export type DeletedGraph = {
  readonly documents: ReadonlyMap<string, GraphDocument>
  readonly hung: readonly (readonly [subject: string, referrer: string])[]
}

/**
 * The order to delete documents in, so that a run that is cut leaves nothing that leads to what is gone: an index before its images, and what
 * refers to a document before that document. Blobs that are no documents are left out: registries collect them.
 */
export function deletionOrder({ documents, hung }: DeletedGraph, gone: Iterable<string>): readonly string[] {
  const deleted = new Set([...gone].filter(digest => documents.has(digest)))
  const before = new Map<string, Set<string>>([...deleted].map(digest => [digest, new Set()]))
  const order = (first: string, then: string) => {
    if (first !== then && deleted.has(first)) before.get(then)?.add(first)
  }
  for (const digest of deleted) {
    const document = documents.get(digest)
    for (const child of document?.children ?? []) order(digest, child.digest)
    if (document?.subject !== undefined) order(digest, document.subject.digest)
  }
  for (const [subject, referrer] of hung) order(referrer, subject)
  const sorted: string[] = []
  // Digests make circles impossible, tags do not: the members of a circle are deleted as they come.
  while (before.size > 0) {
    const free = [...before].filter(([, waits]) => waits.size === 0).map(([digest]) => digest)
    const next = free.length > 0 ? free : [...before.keys()].slice(0, 1)
    for (const digest of next) before.delete(digest)
    for (const waits of before.values()) for (const digest of next) waits.delete(digest)
    sorted.push(...next)
  }
  return sorted
}
