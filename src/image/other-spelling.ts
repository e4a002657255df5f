/** A prefix by which another tool names a place, and what stands in its place in peel's grammar. */
type OtherPrefix = { readonly prefix: string; readonly means: string; readonly tools: string }

/** Prefixes of other tools that mean one thing only and are read as that (defects.md B1). */
const OTHER_PREFIXES: readonly OtherPrefix[] = [
  { prefix: 'oci://', means: 'oci:', tools: 'helm, regctl' },
  { prefix: 'oci-archive://', means: 'oci-archive:', tools: 'podman' },
  { prefix: 'docker-archive://', means: 'docker-archive:', tools: 'dive, podman' },
  { prefix: 'docker-daemon://', means: 'docker-daemon:', tools: 'skopeo' },
  { prefix: 'ocidir://', means: 'oci:', tools: 'regctl' },
  { prefix: 'oci-layout://', means: 'oci:', tools: 'buildx' },
  { prefix: 'docker-image://', means: 'docker://', tools: 'buildx' },
  { prefix: 'oci-dir:', means: 'oci:', tools: 'syft, grype' },
  { prefix: 'file://', means: '', tools: 'browsers' },
  { prefix: 'file:', means: '', tools: 'trivy' },
  { prefix: 'podman://', means: 'docker-daemon:', tools: 'dive' },
  { prefix: 'podman:', means: 'docker-daemon:', tools: 'syft, grype' },
]

/** An image of an engine. `docker:27` is the image docker of Docker Hub, and `docker:5000/app` a registry of a compose network. */
const ENGINE_IMAGE = /^docker:(?!\/\/|\d+\/).*[:/@]/

/** All of them for people: `X` stands for the rest of the text. */
export function otherSpellings(): readonly { readonly typed: string; readonly means: string; readonly tools: string }[] {
  return [
    ...OTHER_PREFIXES.map(({ prefix, means, tools }) => ({ typed: `${prefix}X`, means: `${means}X`, tools })),
    { typed: 'docker:NAME:TAG', means: 'docker-daemon:NAME:TAG', tools: 'syft, grype' },
  ]
}

/** The text in peel's own grammar; a name that lies on disk is left as it is. */
export function inOwnGrammar(text: string, exists: (path: string) => boolean): string {
  for (const { prefix, means } of OTHER_PREFIXES)
    if (text.startsWith(prefix) && text.length > prefix.length)
      return exists(text) ? text : `${means}${text.slice(prefix.length)}`
  return ENGINE_IMAGE.test(text) && !exists(text) ? `docker-daemon:${text.slice('docker:'.length)}` : text
}
