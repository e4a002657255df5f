import { displayPath } from '../../layer/file-path.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import { isElf, parseElf } from '../elf.ts'
import { entropyOf } from '../entropy.ts'
import { findNode, wantOf } from '../find-node.ts'
import type { Layers, LayersRule, Rule } from '../rule.ts'
import { contentOf, FILES_LIMIT, isPublished, place, TEXT_BYTES, unowned } from './file-hit.ts'
import { oddPrograms } from './odd-programs.ts'
import { programOf } from './program.ts'

/** Programs that look like the work of an intruder: two independent signs or one certain one. */

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

export const SUSPICIOUS_PROGRAM_ROWS: readonly Rule[] = [miner, packed, oddPlace]
