import { fromRaw, isRawObject, member, membersByKey, type RawJson } from '../image/raw-json.ts'

/** The annotations of a descriptor, a manifest or an index, in their order. */
export function annotationsOf(described: RawJson): readonly (readonly [name: string, value: string])[] {
  const annotations = member(described, 'annotations')
  if (!isRawObject(annotations)) return []
  return [...membersByKey(annotations)].map(([name, value]) => [name, String(fromRaw(value))] as const)
}

/** Names of annotations whose value is one of these digests: once what they name is replaced they are not true any more. */
export function annotationsNaming(described: RawJson, digests: { has(digest: string): boolean }): readonly string[] {
  const names: string[] = []
  for (const [name, value] of annotationsOf(described)) if (digests.has(value)) names.push(name)
  return names
}
