import type { FilePath } from '../../layer/file-path.ts'
import type { Builder } from '../rule.ts'
import { WASTE_PLACES, type WastePlace } from '../waste-places.ts'

/** Where package managers keep what a cache mount should hold; the rest is mounted at the place itself. */
const MOUNTS: Readonly<Record<string, readonly string[]>> = {
  apt: ['/var/cache/apt,sharing=locked', '/var/lib/apt,sharing=locked'],
  pip: ['/root/.cache/pip'],
  npm: ['/root/.npm'],
  go: ['/root/.cache/go-build', '/go/pkg/mod'],
}

/** Commands that leave nothing behind, in the same step. */
const CLEANING: Readonly<Record<string, string>> = {
  apt: 'rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb',
  apk: 'use apk add --no-cache',
  dnf: 'dnf clean all',
  zypper: 'zypper clean --all',
  pacman: 'pacman -Scc --noconfirm',
  pip: 'use pip install --no-cache-dir',
  uv: 'use uv --no-cache',
  conda: 'conda clean -afy',
  npm: 'npm cache clean --force',
  yarn: 'yarn cache clean',
  pnpm: 'pnpm store prune',
  go: 'go clean -cache -modcache',
  composer: 'composer clear-cache',
  nuget: 'dotnet nuget locals all --clear',
}

/** How a cache is kept out of the layer that ships it, in the words of the builder: a cache mount where it has them (hadolint #1139). */
export function cacheFix({ tool, target }: WastePlace, layer: number, builder: Builder): string {
  if (builder === 'buildkit') {
    const mounts = (MOUNTS[tool] ?? [target]).map(mount => `--mount=type=cache,target=${mount}`)
    const docker = tool === 'apt' ? ', after rm -f /etc/apt/apt.conf.d/docker-clean' : ''
    return `In the RUN of layer ${layer + 1}: RUN ${mounts.join(' ')} …${docker}.`
  }
  return `In the RUN of layer ${layer + 1} itself: ${CLEANING[tool] ?? `rm -rf ${target}`}.`
}

/** Where caches are mounted in place of a path that `waste/package-cache` names. */
export function cacheMounts(path: FilePath): readonly string[] {
  const place = WASTE_PLACES.find(({ path: pattern, kind }) => {
    if (kind.use !== 'cache') return false
    return pattern.startsWith('**/') ? `/${path}`.endsWith(pattern.slice(2)) : matchesComponents(pattern, path)
  })?.kind
  if (place === undefined) return []
  return MOUNTS[place.tool] ?? [place.target]
}

function matchesComponents(pattern: string, path: FilePath): boolean {
  const [wanted, components] = [pattern.split('/'), path.split('/')]
  return wanted.length === components.length && wanted.every((each, index) => each === '*' || each === components[index])
}
