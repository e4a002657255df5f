/** How another tool names a place, and the same place in peel's grammar. */
export type OtherSpelling = {
  /** As people type it; `X` stands for the rest. */
  readonly typed: string
  readonly means: string
  readonly tools: string
  /** The text in peel's grammar; undefined where the text is no such spelling. */
  readonly read: (text: string) => string | undefined
}

const prefixed = (typed: string, means: string, tools: string): OtherSpelling => ({
  typed: `${typed}X`,
  means: `${means}X`,
  tools,
  read: text => (text.startsWith(typed) && text.length > typed.length ? `${means}${text.slice(typed.length)}` : undefined),
})

/** Spellings of other tools that mean one thing only and are read as that (defects.md B1). */
export const OTHER_SPELLINGS: readonly OtherSpelling[] = [
  prefixed('oci://', 'oci:', 'helm, regctl'),
  prefixed('oci-archive://', 'oci-archive:', 'podman'),
  prefixed('docker-archive://', 'docker-archive:', 'dive, podman'),
  prefixed('docker-daemon://', 'docker-daemon:', 'skopeo'),
  prefixed('ocidir://', 'oci:', 'regctl'),
  prefixed('oci-layout://', 'oci:', 'buildx'),
  prefixed('docker-image://', 'docker://', 'buildx'),
  prefixed('oci-dir:', 'oci:', 'syft, grype'),
  prefixed('file://', '', 'browsers'),
  prefixed('file:', '', 'trivy'),
  prefixed('podman://', 'docker-daemon:', 'dive'),
  prefixed('podman:', 'docker-daemon:', 'syft, grype'),
  {
    typed: 'docker:NAME:TAG',
    means: 'docker-daemon:NAME:TAG',
    tools: 'syft, grype',
    // `docker:27` is the image docker of Docker Hub, and `docker:5000/app` a registry of a compose network.
    read: text => (/^docker:(?!\/\/|\d+\/).*[:/@]/.test(text) ? `docker-daemon:${text.slice('docker:'.length)}` : undefined),
  },
]

/** The text in peel's own grammar; a name that lies on disk is left as it is. */
export function inOwnGrammar(text: string, exists: (path: string) => boolean): string {
  for (const { read } of OTHER_SPELLINGS) {
    const own = read(text)
    if (own !== undefined) return exists(text) ? text : own
  }
  return text
}
