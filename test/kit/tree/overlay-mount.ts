import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../peer.ts'

/** GNU tar unpacks a layer alone, then the format's marks become overlayfs' own; what the change touched gets its times back. */
const UNPACK = `set -eu
export LC_ALL=C
for each in layer plain; do
  mkdir "$1/$each"
  tar --extract --file "$1/layer.tar" --directory "$1/$each" --numeric-owner --same-owner --same-permissions --xattrs --xattrs-include='*'
done
cd "$1/layer"
find . -name '.wh.*' -print0 | xargs -0 -r sh -c 'for p; do rm "$p"; mknod "\${p%/*}/\${p##*/.wh.}" c 0 0; done' sh
find . -depth -type d -print0 | xargs -0 -r sh -c 'for p; do touch -r "../plain/$p" "$p"; done' sh
`

/**
 * Mounts layers over each other the way container runtimes do: each unpacked alone, whiteouts as 0:0 devices, stacked by the
 * kernel, read-only. The layers are orderly, as a rebuild writes them: explicit whiteouts only. `directory` must be on a file
 * system that keeps every attribute (tmpfs); unmount what is given. Needs root.
 */
export function mountLayers(directory: string, tars: readonly Buffer[]): string {
  mkdirSync(join(directory, 'empty'), { recursive: true })
  const lowers = tars.map((tar, index) => {
    const place = join(directory, String(index))
    mkdirSync(place)
    writeFileSync(join(place, 'layer.tar'), tar)
    run('sh', ['-c', UNPACK, 'sh', place])
    return `${index}/layer`
  })
  const merged = join(directory, 'merged')
  mkdirSync(merged)
  const lowerdir = ['empty', ...lowers].reverse().join(':')
  run('mount', ['-t', 'overlay', 'overlay', '-o', `ro,lowerdir=${lowerdir}`, 'merged'], { cwd: directory })
  return merged
}
