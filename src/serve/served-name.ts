import { basename, resolve } from 'node:path'
import { isFullName, isTag, parseReference } from '../image/reference.ts'

/** The name that an image is served under. */
export type ServedName = { readonly repository: string; readonly tag: string }

/**
 * The repository and the tag for a name that a place gives an image. A full name (docker's RepoTags, containerd's) keeps its
 * repository, without the host; any other is a tag of `home`, in the letters that tags may have.
 */
export function servedName(name: string, home: string): ServedName {
  if (isTag(name)) return { repository: home, tag: name }
  if (!isFullName(name)) return { repository: home, tag: tagOf(name) }
  const { path, tag = 'latest', domain } = parseReference(name)
  return { repository: domain === 'docker.io' ? path.replace(/^library\//, '') : path, tag }
}

/** The repository that a path on disk becomes: its last part, without the ending of an archive. */
export function homeOf(path: string): string {
  return repositoryName(basename(resolve(path)).replace(/(?:\.(?:tar|tgz|txz|tzst|gz|zst|xz|oci))+$/i, ''))
}

/** A name in the grammar of the distribution specification: lower case, separators between letters and digits only. */
export function repositoryName(text: string): string {
  const parts = text
    .toLowerCase()
    .split('/')
    .map(part =>
      part
        .replace(/[^a-z0-9._-]+/g, '-')
        .replace(/[._-]{2,}/g, '-')
        .replace(/^[._-]+|[._-]+$/g, ''),
    )
    .filter(part => part !== '')
  return (
    parts
      .join('/')
      .slice(0, MOST_CHARACTERS)
      .replace(/[._/-]+$/, '') || 'image'
  )
}

/** Repository names over 255 characters are refused by clients; the host counts too. */
const MOST_CHARACTERS = 200

function tagOf(name: string): string {
  const tag = name.replace(/[^\w.-]+/g, '-').replace(/^[.-]+/, '')
  return tag === '' ? 'latest' : tag.slice(0, 128)
}
