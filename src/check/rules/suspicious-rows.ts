import { escapeText } from '../../escape.ts'
import { baseName, displayPath, type FilePath } from '../../layer/file-path.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import { isElf, parseElf } from '../elf.ts'
import { entropyOf } from '../entropy.ts'
import { findNode, wantOf } from '../find-node.ts'
import type { Contents, Hit, Layers, LayersRule, Rule, Want } from '../rule.ts'
import { ownerOf } from './file-rows.ts'
import { programOf } from './program.ts'

/** What looks like the work of an intruder: two independent signs or one certain one, and never more said than that it looks so. */

/** Files looked into a rule, and bytes of each. */
const FILES_LIMIT = 500
const TEXT_BYTES = 256 * 1024
const HEAD_BYTES = 64 * 1024

/** Pools that miners connect to (findings.md §5). */
const POOLS =
  /(?:minexmr|nanopool|ethermine|ethpool|slushpool|antpool|dwarfpool|supportxmr|hashvault|moneropool|xmrpool|minergate)\.[a-z]{2,}|crypto-pool\.fr/i

const miner: LayersRule = {
  id: 'suspicious/miner',
  severity: 'error',
  title: 'It looks like a miner of cryptocurrency',
  matches:
    'An ELF file with the name of a known miner; one that holds xmrig and donate-level or randomx and stratum+; a JSON file whose pools have the address of a known pool',
  mustNotMatch: 'The names in texts, lists of words and rules of scanners; packages that a database proves',
  fix: { other: 'Find the step that brings it, and what else that step brings; rebuild from sources you trust.' },
  references: ['falco: Detect crypto miners using the Stratum protocol'],
  needs: 'layers',
  wants: layers => unowned(layers, [...candidates(layers, 'miner'), ...configs(layers)], TEXT_BYTES * 16),
  *look(layers, contents) {
    for (const node of [...candidates(layers, 'miner'), ...configs(layers)]) {
      const bytes = contentOf(contents, node)
      if (bytes === undefined || isPublished(layers, node)) continue
      if (isElf(bytes)) {
        const named = layers.index.named.miner.includes(node.id)
        if (named || looksLikeMiner(bytes))
          yield place(
            node,
            named
              ? `/${displayPath(node.path)} is a program with the name of a miner.`
              : `/${displayPath(node.path)} holds the words of a miner.`,
          )
      } else if (hasPool(bytes)) yield place(node, `/${displayPath(node.path)} names a mining pool.`)
    }
  },
}

function looksLikeMiner(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return (text.includes('xmrig') && text.includes('donate-level')) || (text.includes('randomx') && text.includes('stratum+'))
}

function hasPool(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes).toString('latin1').trimStart()
  if (!text.startsWith('{') || !text.includes('"pools"')) return false
  try {
    const { pools } = JSON.parse(text) as { pools?: unknown }
    return Array.isArray(pools) && pools.some(pool => POOLS.test(String((pool as { url?: unknown } | null)?.url ?? '')))
  } catch {
    return false
  }
}

/** Small JSON files beside programs that no package owns: where a miner keeps its pools. */
function configs(layers: Layers): readonly TreeNode[] {
  const directories = new Set(
    [...candidates(layers, 'miner'), ...oddPrograms(layers)].map(({ path }) => path.slice(0, Math.max(0, path.lastIndexOf('/')))),
  )
  const program = programOf(layers)?.node
  if (program !== undefined) directories.add(program.path.slice(0, Math.max(0, program.path.lastIndexOf('/'))))
  return [...directories, 'etc', 'root', 'tmp', 'var/tmp', 'opt', 'app', ''].flatMap(path => {
    const directory = findNode(layers.snapshot, path)
    if (directory === undefined) return []
    return layers.snapshot
      .children(directory)
      .filter(({ name, type, size }) => type === 'file' && name.endsWith('.json') && size < TEXT_BYTES)
  })
}

function candidates(layers: Layers, kind: 'miner'): readonly TreeNode[] {
  const named = layers.index.named[kind].slice(0, FILES_LIMIT).flatMap(id => layers.snapshot.node(id) ?? [])
  const program = programOf(layers)?.node
  return [...named, ...oddPrograms(layers), ...(program === undefined ? [] : [program])].filter(({ type }) => type === 'file')
}

const packed: LayersRule = {
  id: 'suspicious/packed',
  severity: 'warning',
  title: 'A program unpacks itself when it runs',
  matches:
    'An ELF file with UPX! in its first page or its last 36 bytes, and without section headers or with an entropy above 7.2',
  mustNotMatch: 'Static programs of Go and Rust; upx itself; files that a package owns',
  fix: { other: 'Ship it unpacked: layers are compressed anyway, and a packed program cannot be looked into.' },
  references: [],
  needs: 'layers',
  wants: layers => unowned(layers, candidates(layers, 'miner'), HEAD_BYTES),
  *look(layers, contents) {
    for (const node of candidates(layers, 'miner')) {
      const bytes = contentOf(contents, node)
      if (bytes === undefined || node.name === 'upx' || isPublished(layers, node)) continue
      const elf = parseElf(bytes)
      const marked =
        Buffer.from(bytes.subarray(0, 4096)).includes('UPX!') ||
        (bytes.length === node.size && Buffer.from(bytes.subarray(-36)).includes('UPX!'))
      if (elf !== undefined && marked && (elf.sections === 0 || entropyOf(bytes) > 7.2))
        yield place(node, `/${displayPath(node.path)} is packed with UPX.`)
    }
  },
}

const oddPlace: LayersRule = {
  id: 'suspicious/odd-place',
  severity: 'warning',
  title: 'A program lies where programs do not lie',
  matches:
    'An ELF file or a script with an execute bit below tmp, var/tmp, dev/shm or run, in a hidden directory of usr or var, or with a name of dots and blanks',
  mustNotMatch:
    'Devices, sockets and directories; files without an execute bit; hidden directories of users (.local, .cargo, .nvm)',
  fix: { other: 'Put it where programs are kept, or remove it in the step that leaves it.' },
  references: [],
  needs: 'layers',
  *wants(layers) {
    for (const node of oddPrograms(layers)) yield* wantOf(node, HEAD_BYTES)
  },
  *look(layers, contents) {
    for (const node of oddPrograms(layers)) {
      const bytes = contentOf(contents, node)
      if (bytes === undefined || !(isElf(bytes) || Buffer.from(bytes.subarray(0, 2)).toString('latin1') === '#!')) continue
      yield place(node, `/${displayPath(node.path)} is ${isElf(bytes) ? 'a program' : 'a script'} with an execute bit.`)
    }
  },
}

const ODD_DIRECTORIES = ['tmp', 'var/tmp', 'dev/shm', 'run', 'var/run', 'dev']

/** Executable files in odd places, at most so many. */
function oddPrograms(layers: Layers): readonly TreeNode[] {
  const known = ODD.get(layers)
  if (known !== undefined) return known
  const { snapshot, index } = layers
  const found = new Map<number, TreeNode>()
  for (const path of ODD_DIRECTORIES) {
    const directory = snapshot.find(path as FilePath)
    if (directory?.type === 'directory') collect(layers, directory, found)
  }
  for (const parent of [
    'usr/share',
    'usr/lib',
    'usr/bin',
    'usr/local/share',
    'usr/local/bin',
    'var/lib',
    'var',
    'usr',
    'etc',
    '',
  ]) {
    const directory = snapshot.find(parent as FilePath)
    if (directory === undefined) continue
    for (const child of snapshot.children(directory))
      if (child.type === 'directory' && HIDDEN.test(child.name)) collect(layers, child, found)
  }
  for (const id of index.named.dots) {
    const node = snapshot.node(id)
    if (node?.type === 'directory') collect(layers, node, found)
    else if (node !== undefined && isProgram(node)) found.set(node.id, node)
  }
  const nodes = [...found.values()]
  ODD.set(layers, nodes)
  return nodes
}

const ODD = new WeakMap<Layers, readonly TreeNode[]>()

/** `.x`, and not what tools of developers are called, nor docker's and the X server's own. */
const HIDDEN =
  /^\.(?!local$|cargo$|rustup$|nvm$|npm|cache$|config$|venv|git$|build-id$|dockerenv$|X11-unix$|ICE-unix$|font-unix$|\.)/

function collect(layers: Layers, top: TreeNode, found: Map<number, TreeNode>): void {
  const pending = [top]
  let looked = 0
  for (let each = pending.pop(); each !== undefined && found.size < FILES_LIMIT && looked < 200_000; each = pending.pop()) {
    for (const child of layers.snapshot.children(each)) {
      looked++
      if (child.type === 'directory') pending.push(child)
      else if (isProgram(child) && ownerOf(layers, child) === undefined) found.set(child.id, child)
    }
  }
}

function isProgram({ type, mode }: TreeNode): boolean {
  return type === 'file' && (mode & 0o111) !== 0
}

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

function selfRunning(layers: Layers): readonly TreeNode[] {
  const { snapshot } = layers
  const inside = RUN_BY_ITSELF.flatMap(path => {
    const directory = findNode(snapshot, path)
    return directory === undefined ? [] : snapshot.children(directory)
  })
  return [...RUN_FILES.flatMap(path => findNode(snapshot, path) ?? []), ...inside]
    .filter(node => node.type === 'file' && !isPublished(layers, node))
    .slice(0, FILES_LIMIT)
}

const FETCHES =
  /(?:curl|wget)\b[^\n|;]*\|\s*(?:sudo\s+)?(?:ba|da|z|a)?sh\b|base64\s+(?:-d|--decode)\b[^\n;]*\|\s*(?:ba|da|z|a)?sh\b|(?:ba|da)?sh\s+-c\s+["']?\$\((?:curl|wget)\b|(?:ba)?sh\s+<\((?:curl|wget)\b/
const SHELLS_BACK =
  /\/dev\/(?:tcp|udp)\/[\w.$-]+\/|\b(?:nc|ncat|netcat)\b[^\n;|]*\s-[a-z]*e\s*\S*sh\b|\bbash\s+-i\s+[^\n]*>&|socat\b[^\n]*exec:["']?\S*sh/i

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
    for (const node of selfRunning(layers)) yield* wantOf(node, TEXT_BYTES)
  },
  look: (layers, contents) => matching(layers, contents, FETCHES, 'pipes what it fetches into a shell'),
}

function* matching(layers: Layers, contents: Contents, pattern: RegExp, what: string): Generator<Hit> {
  for (const node of selfRunning(layers)) {
    const bytes = contentOf(contents, node)
    const line = bytes === undefined ? -1 : lineOf(bytes, pattern)
    if (line >= 0)
      yield { ...place(node, `Line ${line + 1} of /${displayPath(node.path)} ${what}.`), evidence: { line: line + 1 } }
  }
}

function lineOf(bytes: Uint8Array, pattern: RegExp): number {
  return Buffer.from(bytes)
    .toString('latin1')
    .split('\n')
    .findIndex(line => !/^\s*#/.test(line) && pattern.test(line.slice(0, 4096)))
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
    for (const node of selfRunning(layers)) yield* wantOf(node, TEXT_BYTES)
    yield* wantOf(programOf(layers)?.node, TEXT_BYTES)
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
    for (const node of [...selfRunning(layers), ...(program === undefined ? [] : [program])]) {
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

/** A connection alone is how scripts wait for a port: a shell must be at the end of it. */
function callsOut(text: string): boolean {
  if (!SHELLS_BACK.test(text)) return false
  return (
    !/\/dev\/(?:tcp|udp)\//.test(text) || /\b(?:ba|da|z|k)?sh\b\s+-i|\bexec\s+\d+<>|0>&1|<&1|\bsh\b.*<\s*\/dev\/tcp/.test(text)
  )
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

function place(node: TreeNode, detail: string): Hit {
  return { path: node.path, layer: node.layer, bytes: node.size, detail, ...(node.sha256 !== undefined && { key: node.sha256 }) }
}

function contentOf(contents: Contents, { content }: TreeNode): Uint8Array | undefined {
  return content && contents.get(content.layer, content.entry)
}

function isPublished(layers: Layers, node: TreeNode): boolean {
  return ownerOf(layers, node)?.published === 'proven'
}

function* unowned(layers: Layers, nodes: readonly TreeNode[], bytes: number): Generator<Want> {
  for (const node of nodes) if (!isPublished(layers, node)) yield* wantOf(node, bytes)
}

export const SUSPICIOUS_ROWS: readonly Rule[] = [miner, packed, oddPlace, preload, persistence, reverseShell, socket]
