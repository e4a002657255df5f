import type { ContainerConfig } from '../../image/config.ts'
import type { Snapshot, TreeNode } from '../../overlay/tree.ts'
import { findNode } from '../find-node.ts'
import type { Layers } from '../rule.ts'

/** Where runtimes look where Env has no PATH (moby's and containerd's default). */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** The program that a container of the image starts, as a runtime finds it. */
export type StartedProgram = {
  /** First word of Entrypoint and Cmd. */
  readonly word: string
  /** The regular file it leads to; a directory or something else where nothing better was found. */
  readonly node: TreeNode | undefined
  /** False where PATH has a variable that only the runtime knows, so that nothing follows from what is not found. */
  readonly certain: boolean
}

/** Entrypoint, then Cmd: what a container's process is given. */
export function commandOf(container: ContainerConfig | undefined): readonly string[] {
  return [...(container?.entrypoint ?? []), ...(container?.cmd ?? [])]
}

/** Undefined where there is no command, and where the image is not for Linux: then other rules decide what starts. */
export function programOf({ image, snapshot }: Layers): StartedProgram | undefined {
  const container = image.config?.value.container
  const [word] = commandOf(container)
  if (word === undefined || word === '' || !startsAsOnLinux(image.platform?.os)) return undefined
  if (word.includes('/')) return { word, node: findNode(snapshot, inDirectory(word, container?.workingDir)), certain: true }
  return { word, ...findInPath(snapshot, word, container) }
}

/** The configuration of a wasm module or a Windows program says nothing about files of this kind. */
export function startsAsOnLinux(os: string | undefined): boolean {
  return os === undefined || os === '' || os === 'linux'
}

/** The file that a shell's or `env`'s search would run. */
export function findInPath(
  snapshot: Snapshot,
  word: string,
  container: ContainerConfig | undefined,
): Omit<StartedProgram, 'word'> {
  const path = container?.env.findLast(each => each.startsWith('PATH='))?.slice('PATH='.length) || DEFAULT_PATH
  let second: TreeNode | undefined
  for (const directory of path.split(':')) {
    const node = findNode(snapshot, inDirectory(`${directory}/${word}`, container?.workingDir))
    if (node?.type === 'file' && (node.mode & 0o111) !== 0) return { node, certain: true }
    second ??= node?.type === 'file' ? node : undefined
  }
  return { node: second, certain: !path.includes('$') }
}

function inDirectory(path: string, workingDir: string | undefined): string {
  return path.startsWith('/') ? path : `${workingDir ?? '/'}/${path}`
}
