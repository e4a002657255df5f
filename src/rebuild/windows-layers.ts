import { type Diagnostic, ImageError } from '../error.ts'
import { type Image, isForWindows } from '../image/load.ts'
import { type Changeset, entryPath } from '../layer/changeset.ts'

/**
 * An edit that merges or drops layers of Windows is refused, or said where it is forced; `reason` tells how it is known.
 * @throws ImageError `PLATFORM_UNSUPPORTED`
 */
function refuse(force: boolean, reason: string): readonly Diagnostic[] {
  const why = `${reason}registry hives in layers of Windows are deltas that only Windows merges`
  if (force) return [{ code: 'PLATFORM_UNSUPPORTED', severity: 'warning', message: `The result may not start: ${why}` }]
  throw new ImageError('PLATFORM_UNSUPPORTED', `Cannot merge or drop layers of a Windows image: ${why}`, {
    hint: 'Edit its config (--set), copy it or compress it anew, or choose another platform; --force merges files all the same.',
  })
}

/** Of an image that says that it is for Windows: before any layer is read. @throws ImageError `PLATFORM_UNSUPPORTED` */
export function saidForWindows(image: Image, force: boolean): readonly Diagnostic[] {
  return isForWindows(image) ? refuse(force, '') : []
}

/**
 * Of an image that names no system and whose layers have the directories of Windows layers at their root (reports/windows-squash).
 * @throws ImageError `PLATFORM_UNSUPPORTED`
 */
export function laidOutForWindows(image: Image, changesets: Iterable<Changeset>, force: boolean): readonly Diagnostic[] {
  const { config, descriptor } = image
  if (config?.value.platform.os || descriptor.platform?.os) return []
  for (const changeset of changesets) {
    const directory = windowsDirectory(changeset)
    if (directory !== undefined) return refuse(force, `its config names no system, its layers have ${directory}/ at their root; `)
  }
  return []
}

function windowsDirectory(changeset: Changeset): string | undefined {
  for (let index = 0; index < changeset.length; index++) {
    const found = /^(Files|Hives)(?:\/|$)/.exec(entryPath(changeset, index))
    if (found !== null) return found[1]
  }
  return undefined
}
