// The source of a release: the version, the commit and its time. Every date in a release is that time, so that it can be made again.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const VERSION = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version

/** @returns {{commit: string, clean: boolean, epoch: number}} epoch in seconds; SOURCE_DATE_EPOCH stands for it where it is set */
export function sourceOf() {
  const git = args => spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout?.trim() ?? ''
  const epoch = Number(process.env.SOURCE_DATE_EPOCH || git(['log', '-1', '--format=%ct']) || 0)
  return { commit: git(['rev-parse', 'HEAD']), clean: git(['status', '--porcelain']) === '', epoch }
}

/** Runs a program to its end. @returns its standard output; throws with its standard error where it fails */
export function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options })
  if (status !== 0)
    throw new Error(`Cannot run ${command} ${args.slice(0, 2).join(' ')}: ${error?.message ?? `${stderr}${stdout}`}`)
  return stdout
}
