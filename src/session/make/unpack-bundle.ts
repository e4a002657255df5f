import { lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseJsonObject } from '../../blob/json.ts'
import { type Diagnostic, ImageError } from '../../error.ts'
import { isForWindows } from '../../image/load.ts'
import { cleanBinary, displayPath, type FilePath, pathText, ROOT } from '../../layer/file-path.ts'
import { processUser } from '../../make/process-user.ts'
import { type BundleVolume, runtimeConfig } from '../../make/runtime-config.ts'
import { resolvePath } from '../../overlay/resolve.ts'
import type { Snapshot, TreeNode } from '../../overlay/tree.ts'
import { quotePath } from '../../transport/local-file.ts'
import type { Asking } from '../asking.ts'
import { type Extracted, extractTree } from '../extract-tree.ts'
import { type Merged, oddities } from '../merged.ts'
import type { ChosenImage } from '../opened-image.ts'
import { StagedTree } from '../staged-tree.ts'
import { BUNDLE_FILE, type BundleRecord, OWNERS_FILE } from './bundle-record.ts'

export type UnpackOptions = {
  /** BUNDLE as typed; must not exist, or be an empty directory. */
  readonly bundle: string
  /** For a user that is root only in a user namespace. */
  readonly rootless: boolean
}

export type Unpacked = { readonly extracted: Extracted; readonly diagnostics: readonly Diagnostic[] }

/** Files of a user database that are read, at most. */
const DATABASE_BYTES = 4 * 1024 * 1024

/**
 * Writes a runtime bundle: `rootfs`, `config.json` by conversion.md, a directory for each volume with what the image has there. The
 * bundle is there whole or not at all.
 * @throws ImageError `USER_UNKNOWN`, `DESTINATION_EXISTS`, `CONFIG_MISSING`, those of `extractTree` and of reading the layers
 */
export async function unpackBundle(asking: Asking, opened: ChosenImage, options: UnpackOptions): Promise<Unpacked> {
  const { image, layers } = opened
  if (image.config === undefined) {
    throw new ImageError('CONFIG_MISSING', 'Cannot unpack the image: its config cannot be read', {
      hint: 'Fetch the image again.',
    })
  }
  const target = resolve(options.bundle)
  checkFree(target, options.bundle)
  const merged = await layers.tree()
  const container = image.config.value.container
  const [passwd, group] = [await databaseOf(opened, merged, 'etc/passwd'), await databaseOf(opened, merged, 'etc/group')]
  const user = processUser(container.user, passwd, group)
  await using staged = await StagedTree.open(target, `unpack to ${quotePath(options.bundle)}`)
  const root = process.getuid?.() === 0 && !options.rootless
  mkdirSync(staged.path, { mode: 0o700 })
  const write = (top: TreeNode, place: string) => {
    const progress = asking.progress('writing')
    return extractTree(merged.snapshot, top, place, {
      preserve: root,
      allBits: true,
      signal: asking.signal,
      read: files => layers.contents(merged.readings, files),
      onProgress: progress.update,
    }).finally(() => progress.end())
  }
  const extracted = await write(merged.snapshot.root, join(staged.path, 'rootfs'))
  const { volumes, problems } = await seedVolumes(container.volumes, merged.snapshot, staged.path, write)
  const rootless = options.rootless ? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 } : undefined
  const { value } = parseJsonObject(image.config.raw, 'the config')
  const config = runtimeConfig(value, { user, volumes, rootless })
  writeFileSync(join(staged.path, 'config.json'), `${JSON.stringify(config, null, 2)}\n`)
  if (!root) writeFileSync(join(staged.path, OWNERS_FILE), `${JSON.stringify(ownersOf(merged.snapshot))}\n`)
  const record: BundleRecord = { peelBundle: 1, manifest: image.descriptor.digest, skipped: extracted.skipped }
  // Last: every later change has a later time of change than this file.
  writeFileSync(join(staged.path, BUNDLE_FILE), `${JSON.stringify(record)}\n`)
  checkFree(target, options.bundle)
  staged.publish()
  const unmapped = options.rootless && user.uid !== 0 ? [unmappedUser(user.uid)] : []
  const foreign = isForWindows(image) ? [FOREIGN] : []
  const nameless = Object.hasOwn(container.labels, '') ? [NAMELESS_LABEL] : []
  return { extracted, diagnostics: [...oddities(merged), ...problems, ...unmapped, ...nameless, ...foreign] }
}

const FOREIGN: Diagnostic = {
  code: 'PLATFORM_UNSUPPORTED',
  severity: 'warning',
  message: 'The image is for Windows: the files are there to look at, and runc, which runs Linux, cannot run them',
}

const NAMELESS_LABEL: Diagnostic = {
  code: 'ANNOTATION_DROPPED',
  severity: 'warning',
  message: 'A label without a name is no annotation of the bundle: a runtime takes none without a name',
}

function unmappedUser(uid: number): Diagnostic {
  const message = `The image runs as user ${uid}, and the bundle maps root only: add a mapping for ${uid} to its config.json to run it`
  return { code: 'USER_UNMAPPED', severity: 'warning', message }
}

async function databaseOf({ layers }: ChosenImage, { snapshot, readings }: Merged, path: string): Promise<string> {
  const node = resolvePath(snapshot, path as FilePath)
  if (node?.type !== 'file' || node.size > DATABASE_BYTES || node.content === undefined) return ''
  const parts: Uint8Array[] = []
  for await (const part of layers.content(readings[node.content.layer], node.content)) parts.push(Uint8Array.from(part))
  return Buffer.concat(parts).toString('utf8')
}

/** Owners that could not be given, by path: `--repack` gives them back. */
function ownersOf(snapshot: Snapshot): Readonly<Record<string, readonly [uid: number, gid: number]>> {
  const owners: [string, readonly [number, number]][] = []
  for (const { path, uid, gid } of snapshot.walk()) if (uid !== 0 || gid !== 0) owners.push([path, [uid, gid]])
  return Object.fromEntries(owners)
}

type Write = (top: TreeNode, place: string) => Promise<Extracted>

/** A directory of the bundle for each volume, with the image's own data in it. */
async function seedVolumes(
  typed: readonly string[],
  snapshot: Snapshot,
  staging: string,
  write: Write,
): Promise<{ volumes: readonly BundleVolume[]; problems: readonly Diagnostic[] }> {
  const volumes: BundleVolume[] = []
  const problems: Diagnostic[] = []
  for (const name of typed) {
    const path = cleanBinary(Buffer.from(name, 'utf8').toString('latin1'))
    if (path === ROOT) {
      problems.push({
        code: 'VOLUME_IGNORED',
        severity: 'warning',
        message: 'The volume "/" is not mounted: it is the root itself',
      })
      continue
    }
    if (volumes.length === 0) mkdirSync(join(staging, 'volumes'))
    const source = `volumes/${volumes.length}`
    const node = resolvePath(snapshot, path)
    if (node?.type === 'directory') await write(node, join(staging, source))
    else mkdirSync(join(staging, source))
    volumes.push({ destination: `/${pathText(path) ?? displayPath(path)}`, source })
  }
  return { volumes, problems }
}

function checkFree(target: string, shown: string): void {
  const there = lstatSync(target, { throwIfNoEntry: false })
  if (there === undefined || (there.isDirectory() && readdirSync(target).length === 0)) return
  throw new ImageError('DESTINATION_EXISTS', `Cannot unpack to ${quotePath(shown)}: it is already there`, {
    hint: 'Name a directory that does not exist yet; --repack DEST writes what changed in an existing bundle.',
  })
}
