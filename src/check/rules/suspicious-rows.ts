import { escapeText } from '../../escape.ts'
import { baseName, displayPath, type FilePath } from '../../layer/file-path.ts'
import { keptNodes, type NodeSteps } from '../../overlay/node-steps.ts'
import type { Steps } from '../../overlay/steps.ts'
import type { Snapshot, TreeNode } from '../../overlay/tree.ts'
import { isElf } from '../elf.ts'
import { findNode, wantOf } from '../find-node.ts'
import type { Contents, Hit, Layers, LayersRule, Rule } from '../rule.ts'
import { contentOf, FILES_LIMIT, isPublished, place, TEXT_BYTES } from './file-hit.ts'
import { callsOut, runsFetched } from './hostile-lines.ts'
import { programOf } from './program.ts'
import { SUSPICIOUS_PROGRAM_ROWS } from './suspicious-programs.ts'

/** Files that look like the work of an intruder: never more is said than that it looks so. */

const preload: LayersRule = {
  id: 'suspicious/preload',
  severity: 'warning',
  title: 'A library is loaded into every program',
  matches: 'etc/ld.so.preload has a line, or Env sets LD_PRELOAD to a file of the image',
  mustNotMatch: 'jemalloc, tcmalloc, mimalloc and libfaketime: told as info; comments and empty lines; a file that is not there',
  fix: { other: 'Take the line out unless you put it there, and look at the library and the step that brings it.' },
  references: ['T1574.006'],
  needs: 'layers',
  *wants({ snapshot }) {
    yield* wantOf(findNode(snapshot, 'etc/ld.so.preload'), TEXT_BYTES)
  },
  *look(layers, contents) {
    const node = findNode(layers.snapshot, 'etc/ld.so.preload')
    const bytes = node && contentOf(contents, node)
    const lines = bytes === undefined ? [] : words(Buffer.from(bytes).toString('latin1').replace(/#.*/g, ''))
    if (node !== undefined && lines.length > 0)
      yield {
        ...place(node, `It names ${escapeText(lines.join(', ').slice(0, 120))}.`),
        ...(lines.every(isKnownPreload) && { severity: 'info' }),
      }
    const variable = layers.image.config?.value.container.env.findLast(each => each.startsWith('LD_PRELOAD='))
    for (const path of words(variable?.slice('LD_PRELOAD='.length) ?? '')) {
      const library = findNode(layers.snapshot, path)
      if (library === undefined) continue
      yield {
        ...place(library, `Env sets LD_PRELOAD to /${displayPath(library.path)}.`),
        ...(isKnownPreload(path) && { severity: 'info' }),
        key: 'env',
      }
    }
  },
}

function words(text: string): readonly string[] {
  return text.split(/[\s:]+/).filter(each => each !== '')
}

function isKnownPreload(path: string): boolean {
  return /^lib(?:jemalloc|tcmalloc|mimalloc|faketime|nss_wrapper|eatmydata)/.test(baseName(path as FilePath))
}

/** Text that a machine runs by itself: at times, at the start, at a login. */
const RUN_BY_ITSELF = [
  'etc/cron.d',
  'etc/cron.hourly',
  'etc/cron.daily',
  'etc/cron.weekly',
  'etc/cron.monthly',
  // Alpine's.
  'etc/crontabs',
  'var/spool/cron',
  'var/spool/cron/crontabs',
  'etc/profile.d',
  'etc/init.d',
  'etc/systemd/system',
  'etc/periodic/15min',
  'etc/periodic/hourly',
  'etc/periodic/daily',
]
const RUN_FILES = [
  'etc/crontab',
  'etc/profile',
  'etc/bash.bashrc',
  'etc/rc.local',
  'root/.bashrc',
  'root/.profile',
  'root/.bash_profile',
]

/** At most so many files that run by themselves and that no package proves. */
function selfRunning(layers: Layers): Steps<readonly TreeNode[]> {
  return keptNodes(runPlaces(layers.snapshot), node => node.type === 'file' && !isPublished(layers, node), FILES_LIMIT)
}

function* runPlaces(snapshot: Snapshot): NodeSteps {
  for (const path of RUN_FILES) yield findNode(snapshot, path)
  for (const path of RUN_BY_ITSELF) {
    const directory = findNode(snapshot, path)
    if (directory !== undefined) yield* snapshot.childSteps(directory)
  }
}

const persistence: LayersRule = {
  id: 'suspicious/persistence',
  severity: 'warning',
  title: 'A job fetches code and runs it',
  matches: 'A crontab, a unit, a script of profile.d, init.d or a login that pipes curl, wget or base64 -d into a shell',
  mustNotMatch: 'Files that a package owns; comments; downloads into a file',
  fix: { other: 'Put what is to run into the image, and let the job run that.' },
  references: ['T1053.003'],
  needs: 'layers',
  *wants(layers) {
    for (const node of yield* selfRunning(layers)) yield* wantOf(node, TEXT_BYTES)
  },
  look: (layers, contents) => matching(layers, contents, 'pipes what it fetches into a shell'),
}

function* matching(layers: Layers, contents: Contents, what: string): Generator<Hit | undefined> {
  for (const node of yield* selfRunning(layers)) {
    yield
    const bytes = contentOf(contents, node)
    const line = bytes === undefined ? -1 : lineOf(bytes)
    if (line >= 0)
      yield { ...place(node, `Line ${line + 1} of /${displayPath(node.path)} ${what}.`), evidence: { line: line + 1 } }
  }
}

function lineOf(bytes: Uint8Array): number {
  return Buffer.from(bytes)
    .toString('latin1')
    .split('\n')
    .findIndex(line => !/^\s*#/.test(line) && runsFetched(line.slice(0, 4096)))
}

const reverseShell: LayersRule = {
  id: 'suspicious/reverse-shell',
  severity: 'error',
  title: 'It looks like a shell that calls out',
  matches: '/dev/tcp/, nc -e and bash -i >& in the command, the history, the program if it is a script, or a job',
  mustNotMatch: 'Shells and busybox themselves; documentation; waiting for a port (a redirection of /dev/tcp without a shell)',
  fix: { other: 'Find the step that brings it, and treat what the image could reach as known to others.' },
  references: ['T1059.004'],
  needs: 'layers',
  *wants(layers) {
    for (const node of yield* selfRunning(layers)) yield* wantOf(node, TEXT_BYTES)
    yield* wantOf(programOf(layers)?.node, TEXT_BYTES, isElf)
  },
  *look(layers, contents) {
    const { image, snapshot } = layers
    const container = image.config?.value.container
    const command = [...(container?.entrypoint ?? []), ...(container?.cmd ?? [])].join(' ')
    if (callsOut(command)) yield { detail: 'The command of the image opens a shell to another host.', key: 'command' }
    for (const { layer, history } of image.steps)
      if (callsOut(history?.createdBy ?? ''))
        yield {
          ...(layer !== undefined && { layer }),
          detail: 'A step of the history opens a shell to another host.',
          key: 'history',
        }
    const program = programOf({ ...layers, snapshot })?.node
    for (const node of [...(yield* selfRunning(layers)), ...(program === undefined ? [] : [program])]) {
      yield
      const bytes = contentOf(contents, node)
      const head = bytes === undefined ? '' : Buffer.from(bytes).toString('latin1')
      const line = head.includes('\0')
        ? -1
        : head.split('\n').findIndex(each => !/^\s*#(?!!)/.test(each) && callsOut(each.slice(0, 4096)))
      if (line >= 0)
        yield {
          ...place(node, `Line ${line + 1} of /${displayPath(node.path)} opens a shell to another host.`),
          evidence: { line: line + 1 },
        }
    }
  },
}

const socket: LayersRule = {
  id: 'suspicious/docker-socket',
  severity: 'warning',
  title: "A host's credentials are baked in",
  matches: 'docker.sock as a regular file or a symlink out of run, certificates of kubelet or of an API server as files',
  mustNotMatch: 'Empty directories for mounts',
  fix: { other: 'Mount what the container needs when it runs.' },
  references: [],
  needs: 'layers',
  *look({ snapshot }) {
    for (const path of [
      'var/run/docker.sock',
      'run/docker.sock',
      'var/lib/kubelet/pki/kubelet.key',
      'var/lib/kubelet/pki/kubelet-client-current.pem',
      'etc/kubernetes/admin.conf',
      'etc/kubernetes/pki/ca.key',
    ]) {
      const node = snapshot.find(path as FilePath)
      if (node !== undefined && node.type !== 'directory') yield place(node, `/${path} is part of the image.`)
    }
  },
}

export const SUSPICIOUS_ROWS: readonly Rule[] = [...SUSPICIOUS_PROGRAM_ROWS, preload, persistence, reverseShell, socket]
