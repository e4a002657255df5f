import { entryPath } from '../../layer/changeset.ts'
import { displayPath, parentPath } from '../../layer/file-path.ts'
import { keptNodes, nodesOf } from '../../overlay/node-steps.ts'
import type { Steps } from '../../overlay/steps.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import { isElf } from '../elf.ts'
import { findNode, wantOf } from '../find-node.ts'
import type { ProgramMark } from '../program-marker.ts'
import type { Layers, LayersRule, Rule } from '../rule.ts'
import { contentOf, FILES_LIMIT, isPublished, place, TEXT_BYTES, unowned } from './file-hit.ts'
import { oddPrograms } from './odd-programs.ts'
import { programOf } from './program.ts'

/** Programs that look like the work of an intruder: two independent signs or one certain one. */

/** Bytes that tell a program from a script and from data. */
const MAGIC_BYTES = 4

/** Pools that miners connect to (findings.md §5). */
const POOLS =
  /(?:minexmr|nanopool|ethermine|ethpool|slushpool|antpool|dwarfpool|supportxmr|hashvault|moneropool|xmrpool|minergate)\.[a-z]{2,}|crypto-pool\.fr/i

const miner: LayersRule = {
  id: 'suspicious/miner',
  severity: 'error',
  title: 'It looks like a miner of cryptocurrency',
  matches:
    'An ELF file with the name of a known miner; one that holds the words of xmrig or of a RandomX pool; a JSON file whose pools have the address of a known pool',
  mustNotMatch: 'The names in texts, lists of words and rules of scanners; packages that a database proves',
  fix: { other: 'Find the step that brings it, and what else that step brings; rebuild from sources you trust.' },
  references: ['falco: Detect crypto miners using the Stratum protocol'],
  needs: 'layers',
  *wants(layers) {
    yield* unowned(layers, yield* named(layers), MAGIC_BYTES)
    yield* unowned(layers, yield* configs(layers), TEXT_BYTES)
  },
  *look(layers, contents) {
    const told = new Set<number>()
    for (const node of yield* named(layers)) {
      yield
      const bytes = contentOf(contents, node)
      if (bytes === undefined || !isElf(bytes) || isPublished(layers, node)) continue
      told.add(node.id)
      yield place(node, `/${displayPath(node.path)} is a program with the name of a miner.`)
    }
    for (const node of markedPrograms(layers, 'miner'))
      if (!told.has(node.id)) yield place(node, `/${displayPath(node.path)} holds the words of a miner.`)
    for (const node of yield* configs(layers)) {
      const bytes = contentOf(contents, node)
      if (bytes !== undefined && !isPublished(layers, node) && hasPool(bytes))
        yield place(node, `/${displayPath(node.path)} names a mining pool.`)
    }
  },
}

/** Programs of the image that the scan marked so, unless a package published them. */
function* markedPrograms(layers: Layers, wanted: ProgramMark): Generator<TreeNode> {
  for (const [layer, { marks }] of layers.scans.entries()) {
    const changeset = layers.stack.changesets[layer]
    if (changeset === undefined) continue
    for (const [entry, mark] of marks) {
      const node = mark === wanted ? layers.snapshot.find(entryPath(changeset, entry)) : undefined
      const isThere = node?.content?.layer === layer && node.content.entry === entry
      if (node !== undefined && isThere && !isPublished(layers, node)) yield node
    }
  }
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
function* configs(layers: Layers): Steps<readonly TreeNode[]> {
  const marked = markedPrograms(layers, 'miner')
  const programs = [...(yield* named(layers)), ...marked, ...(yield* oddPrograms(layers)), programOf(layers)?.node]
  const directories = new Set<string>()
  for (const program of programs) {
    yield
    if (program !== undefined) directories.add(parentPath(program.path))
  }
  for (const path of ['etc', 'root', 'tmp', 'var/tmp', 'opt', 'app', '']) directories.add(path)
  const isText = ({ name, type, size }: TreeNode) => type === 'file' && name.endsWith('.json') && size < TEXT_BYTES
  const files: TreeNode[] = []
  for (const path of directories) {
    yield
    const directory = findNode(layers.snapshot, path)
    if (directory === undefined) continue
    files.push(...(yield* keptNodes(layers.snapshot.childSteps(directory), isText, FILES_LIMIT - files.length)))
    if (files.length >= FILES_LIMIT) break
  }
  return files
}

/** Files with the name of a known miner. */
function named({ index, snapshot }: Layers): Steps<readonly TreeNode[]> {
  return keptNodes(nodesOf(snapshot, index.named.miner.slice(0, FILES_LIMIT)), ({ type }) => type === 'file')
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
  *look(layers) {
    for (const node of markedPrograms(layers, 'packed'))
      if (node.name !== 'upx') yield place(node, `/${displayPath(node.path)} is packed with UPX.`)
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
    for (const node of yield* oddPrograms(layers)) yield* wantOf(node, MAGIC_BYTES)
  },
  *look(layers, contents) {
    for (const node of yield* oddPrograms(layers)) {
      const bytes = contentOf(contents, node)
      if (bytes === undefined || !(isElf(bytes) || Buffer.from(bytes.subarray(0, 2)).toString('latin1') === '#!')) continue
      yield place(node, `/${displayPath(node.path)} is ${isElf(bytes) ? 'a program' : 'a script'} with an execute bit.`)
    }
  },
}

export const SUSPICIOUS_PROGRAM_ROWS: readonly Rule[] = [miner, packed, oddPlace]
