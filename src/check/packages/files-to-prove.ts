import type { Changeset } from '../../layer/changeset.ts'
import { entryType } from '../../layer/changeset.ts'
import type { Stack } from '../../overlay/tree.ts'
import type { LayerScan } from '../layer-scan.ts'

/** A file whose content is to be held against what its package shipped: the entry of a layer that carries the bytes. */
export type FileToProve = { readonly layer: number; readonly entry: number }

/** Files of one image that are read once more because of their owners: more are not worth their time. */
const MOST_FILES = 2000
const SET_ID = 0o6000
const EXECUTABLE = 0o111

/** Files that a rule forgives where a package published them unchanged: those with secrets or signs of an intruder in them, and set-id programs. */
export function filesToProve(
  { changesets }: Stack,
  scans: readonly Pick<LayerScan, 'files' | 'marks'>[],
): readonly FileToProve[] {
  const files: FileToProve[] = []
  for (const [layer, changeset] of changesets.entries()) {
    for (const { entry } of scans[layer]?.files ?? []) files.push({ layer, entry })
    for (const [entry] of scans[layer]?.marks ?? []) files.push({ layer, entry })
    for (const entry of setIdPrograms(changeset)) files.push({ layer, entry })
    if (files.length >= MOST_FILES) return files.slice(0, MOST_FILES)
  }
  return files
}

function* setIdPrograms(changeset: Changeset): Generator<number> {
  const { modes, length } = changeset
  for (let entry = 0; entry < length; entry++) {
    const mode = modes[entry] ?? 0
    if ((mode & SET_ID) !== 0 && (mode & EXECUTABLE) !== 0 && entryType(changeset, entry) === 'file') yield entry
  }
}
