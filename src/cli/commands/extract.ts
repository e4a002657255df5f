import { lstatSync, readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath, type FilePath } from '../../layer/file-path.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import { type Extracted, extractTree } from '../../session/extract-tree.ts'
import { oddities } from '../../session/merged.ts'
import { type ChosenImage, withAny } from '../../session/opened-image.ts'
import { StagedTree } from '../../session/staged-tree.ts'
import { treeTar } from '../../session/tree-tar.ts'
import { findTyped } from '../../session/typed-path.ts'
import type { Context } from '../run/context.ts'
import { createProgress } from '../run/progress.ts'
import { typed } from '../run/typed-command.ts'

export function define(command: Command, context: Context): void {
  typed(command)
    .argument('<image>', 'the image')
    .argument('<path>', 'a file, or a directory and all below it; / for everything')
    .argument('<dest>', 'the new file or directory, which must not exist; - for a tar on standard output')
    .option('--preserve', 'owners, set-id bits, devices and extended attributes too (needs root)')
    .option('--force', 'write the tar to a terminal')
    .action((reference, path, destination, values) => {
      if (destination === '-' && context.output.terminal && values.force !== true) throw onTerminal()
      return withAny({ ...context.asking(), becomes: 'files' }, reference, opened =>
        destination === '-'
          ? stream(context, opened, path)
          : extract(context, opened, { path, destination, preserve: values.preserve === true }),
      )
    })
}

function onTerminal(): ImageError {
  return new ImageError('OUTPUT_IS_TERMINAL', 'Cannot write a tar to a terminal: it is not text', {
    hint: 'Redirect it to a file or a program (| tar -t); --force writes it all the same.',
  })
}

/** The tree as a tar: nothing on this machine is written, so owners, modes and devices are kept for any user. */
async function stream(context: Context, opened: ChosenImage, path: string): Promise<void> {
  const merged = await opened.layers.around(path, { below: true })
  const top = findTyped(merged.snapshot, path)
  await context.warn(oddities(merged, opened.image))
  const progress = createProgress(context, 'writing')
  const counts = { files: 0, bytes: 0 }
  const options = {
    signal: context.signal,
    read: (files: readonly TreeNode[]) => opened.layers.contents(merged.readings, files),
    onProgress: progress.update,
  }
  try {
    for await (const chunk of treeTar(merged.snapshot, top, options, counts)) await context.output.write(chunk)
  } finally {
    progress.end()
  }
  await report(context, 'standard output', { ...counts, skipped: [], outside: [] })
}

type Wanted = { readonly path: string; readonly destination: string; readonly preserve: boolean }

async function extract(context: Context, opened: ChosenImage, { path, destination, preserve }: Wanted): Promise<void> {
  const merged = await opened.layers.around(path, { below: true })
  const top = findTyped(merged.snapshot, path)
  checkOrdinary(top, preserve)
  const target = resolve(destination)
  const directory = top.type === 'directory'
  checkFree(target, destination, directory)
  await context.warn(oddities(merged, opened.image))
  await using staged = await StagedTree.open(target)
  const progress = createProgress(context, 'writing')
  try {
    const extracted = await extractTree(merged.snapshot, top, staged.path, {
      preserve,
      signal: context.signal,
      read: files => opened.layers.contents(merged.readings, files),
      onProgress: progress.update,
    })
    // Looked at again: a file that appeared meanwhile is not replaced.
    checkFree(target, destination, directory)
    staged.publish()
    await report(context, destination, extracted)
  } finally {
    progress.end()
  }
}

/** Alone it would leave nothing to write. */
function checkOrdinary({ path, type }: TreeNode, preserve: boolean): void {
  if (preserve || type === 'file' || type === 'directory' || type === 'symlink') return
  throw new ImageError('NOT_A_FILE', `Cannot extract "${displayPath(path)}": it is a ${type.replace('-', ' ')}`, {
    hint: '--preserve makes devices and fifos too; it needs root.',
  })
}

/** An empty directory may be filled; anything else that is there stays as it is. */
function checkFree(target: string, shown: string, directory: boolean): void {
  const there = lstatSync(target, { throwIfNoEntry: false })
  if (there === undefined) return
  if (directory && there.isDirectory() && readdirSync(target).length === 0) return
  throw new ImageError('DESTINATION_EXISTS', `Cannot extract to "${escapeText(shown)}": it is already there`, {
    hint: 'Name something that does not exist yet; DEST is the final name, not the directory to put it in.',
  })
}

async function report(context: Context, destination: string, { files, bytes, skipped, outside }: Extracted): Promise<void> {
  if (context.common().quiet) return
  const sample = (paths: readonly FilePath[]) => paths.slice(0, 3).map(displayPath).join(', ') + (paths.length > 3 ? ' …' : '')
  await context.error.write(
    `${files} ${files === 1 ? 'file' : 'files'}, ${formatSize(bytes)}, written to ${escapeText(destination)}\n`,
  )
  if (skipped.length > 0) await context.error.write(`peel: warning: left out without --preserve: ${sample(skipped)}\n`)
  if (outside.length > 0) {
    await context.error.write(
      `peel: warning: ${outside.length === 1 ? 'a symlink leads' : `${outside.length} symlinks lead`} outside of ${escapeText(destination)}, written as it is: ${sample(outside)}\n`,
    )
  }
}
