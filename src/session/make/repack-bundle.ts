import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isRecord } from '../../blob/descriptor.ts'
import { ImageError } from '../../error.ts'
import { type FilePath, pathBytes, typedPath } from '../../layer/file-path.ts'
import type { AddRules } from '../../make/added-layer.ts'
import type { BuildBase } from '../../make/build-task.ts'
import { quotePath } from '../../transport/local-file.ts'
import type { Asking } from '../asking.ts'
import type { BuildRequest, BuildRun } from './build-run.ts'
import { runTask } from './build-run.ts'
import { OWNERS_FILE, readBundleRecord, readJson } from './bundle-record.ts'
import { readXattrs } from './file-xattrs.ts'
import { SourceDirectory } from './source-directory.ts'

export type RepackRequest = Pick<BuildRequest, 'destination' | 'force' | 'compress'> & {
  readonly from: string
  /** BUNDLE as typed. */
  readonly bundle: string
}

/**
 * Writes what changed in a bundle since it was unpacked as one more layer of its image. Files whose attributes are the image's and
 * that were not touched since are not read.
 * @throws ImageError `BUNDLE_INVALID`, and those of `runBuild`
 */
export async function runRepack<T>(asking: Asking, request: RepackRequest, use: (run: BuildRun) => Promise<T>): Promise<T> {
  const { bundle, compress } = request
  const root = join(bundle, 'rootfs')
  if (lstatSync(root, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw invalid(bundle, 'it has no rootfs', 'Unpack the image there first, without --repack.')
  }
  return await runTask(
    asking,
    request,
    async (base, session) => {
      if (base === undefined || session === undefined) throw new RangeError('a bundle is repacked without its image')
      const rules = rulesFor(bundle, root, base)
      const xattrs = rules.preserved ? readXattrs(root, '-') : undefined
      const tree = new SourceDirectory(root, { xattrs })
      return {
        base: { ...base, annotations: {} },
        layers: [
          {
            kind: 'files',
            history: 'peel unpack --repack',
            steps: [{ kind: 'mirror', words: 'the bundle', tree, rules: rules.rules, absent: rules.absent }],
          },
        ],
        settings: [],
        compress,
        platform: { os: 'linux', architecture: '' },
        family: undefined,
        time: undefined,
      }
    },
    use,
  )
}

type RepackRules = { readonly rules: AddRules; readonly preserved: boolean; readonly absent: ReadonlySet<FilePath> }

function rulesFor(bundle: string, root: string, base: BuildBase): RepackRules {
  const record = readBundleRecord(bundle)
  if (record !== undefined && record.manifest !== base.image.descriptor.digest) {
    throw invalid(bundle, 'it was unpacked from another image', `Name the image it comes from: @${record.manifest}.`)
  }
  const owners = readJson(join(bundle, OWNERS_FILE))
  const preserved = !isRecord(owners)
  return {
    preserved,
    absent: new Set(record?.skipped),
    rules: {
      target: '/',
      name: 'rootfs',
      owner: preserved ? ({ uid, gid }) => [uid, gid] : ({ path, uid, gid }) => recorded(owners[path]) ?? inside(uid, gid),
      mode: undefined,
      mask: 0,
      keepTimes: true,
      whole: true,
      placeholders: mountPoints(bundle, root),
      ...(record !== undefined && { unreadBefore: record.wholeAt }),
    },
  }
}

function recorded(value: unknown): readonly [uid: number, gid: number] | undefined {
  return Array.isArray(value) && typeof value[0] === 'number' && typeof value[1] === 'number' ? [value[0], value[1]] : undefined
}

/** The user that unpacked is root inside. */
function inside(uid: number, gid: number): readonly [uid: number, gid: number] {
  return [uid === process.getuid?.() ? 0 : uid, gid === process.getgid?.() ? 0 : gid]
}

/** Empty files and directories that a runtime makes to mount something on: no part of what changed. */
function mountPoints(bundle: string, root: string): ReadonlySet<FilePath> {
  const config = readJson(join(bundle, 'config.json'))
  const mounts = isRecord(config) && Array.isArray(config['mounts']) ? config['mounts'] : []
  const points = new Set<FilePath>()
  for (const mount of mounts) {
    const destination = isRecord(mount) && typeof mount['destination'] === 'string' ? typedPath(mount['destination']) : undefined
    if (destination !== undefined && isEmpty(Buffer.concat([Buffer.from(`${root}/`), pathBytes(destination)])))
      points.add(destination)
  }
  return points
}

function isEmpty(place: Buffer): boolean {
  const stats = lstatSync(place, { throwIfNoEntry: false })
  if (stats?.isDirectory() === true) return readdirSync(place).length === 0
  return stats?.isFile() === true && stats.size === 0
}

function invalid(bundle: string, why: string, hint: string): ImageError {
  return new ImageError('BUNDLE_INVALID', { action: `repack ${quotePath(bundle)}`, why }, { hint })
}
