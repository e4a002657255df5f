import { sizeOfBlobs } from '../../blob/descriptor.ts'
import { compileGlob } from '../../filter/glob.ts'
import type { Image } from '../../image/load.ts'
import { pathText } from '../../layer/file-path.ts'
import type { Snapshot } from '../../overlay/tree.ts'
import type { WasteLedger } from '../../space/waste.ts'
import type { Finding } from '../finding.ts'
import { type FailOn, fails, type GateResult } from '../report.ts'
import type { Gates, GrowthLimit, PeelYaml } from './settings.ts'

/** The figures that the gates of a `.peel.yaml` are checked against. */
export type Measured = {
  readonly image: Image
  readonly snapshot: Snapshot
  readonly ledger: WasteLedger
  readonly findings: readonly Finding[]
}

/** The image that growth is measured against; its snapshot is undefined where only its manifest was read. */
export type Against = { readonly image: Image; readonly snapshot: Snapshot | undefined }

/** The gates of a platform: its own, and those of all that it does not have itself. */
export function gatesFor(settings: PeelYaml, platform: string): Gates {
  const own = settings.platforms[platform] ?? {}
  const size = { ...settings.gates.size, ...own.size }
  return { ...settings.gates, ...own, ...(Object.keys(size).length > 0 && { size }) }
}

/** The verdict of each gate that is set. Limits are inclusive: what equals them passes. */
export function peelGates(
  gates: Gates,
  source: string,
  measured: Measured,
  failOn: FailOn,
  against?: Against,
): readonly GateResult[] {
  const { image, ledger } = measured
  const sizes = image.layers.map(({ blob }) => blob.size)
  const most = (name: string, limit: number | undefined, actual: number): readonly GateResult[] =>
    limit === undefined ? [] : [{ name, source, limit, actual, passed: actual <= limit }]
  const { efficiency } = gates
  return [
    ...(efficiency === undefined
      ? []
      : [{ name: 'efficiency', source, limit: efficiency, actual: ledger.efficiency, passed: ledger.efficiency >= efficiency }]),
    ...most('hidden', gates.hidden, ledger.hidden),
    ...most('size.compressed', gates.size?.compressed, compressedSize(image)),
    ...most('size.content', gates.size?.content, ledger.alive),
    ...most('layer', gates.layer, Math.max(0, ...sizes)),
    ...most('layers', gates.layers, sizes.length),
    ...growthGate(gates.growth, source, measured, against),
    ...(gates.findings === undefined && failOn === 'error' ? [] : [findingsGate(measured.findings, failOn, source)]),
  ]
}

function findingsGate(findings: readonly Finding[], failOn: FailOn, source: string): GateResult {
  const actual = findings.filter(finding => fails(finding, failOn)).length
  return { name: 'findings', source, limit: failOn, actual, passed: actual === 0 }
}

function growthGate(
  growth: GrowthLimit | undefined,
  source: string,
  { image, snapshot }: Measured,
  against: Against | undefined,
): readonly GateResult[] {
  if (growth === undefined || against === undefined) return []
  const [now, before] =
    growth.files.length === 0 || against.snapshot === undefined
      ? [compressedSize(image), compressedSize(against.image)]
      : [contentBytes(snapshot, growth.files), contentBytes(against.snapshot, growth.files)]
  const limit = 'bytes' in growth.size ? growth.size.bytes : Math.floor(before * growth.size.share)
  const actual = now - before
  return [{ name: 'growth', source, limit, actual, passed: actual <= limit }]
}

/** Compressed bytes of all layers: what a machine pulls that has none of them. */
function compressedSize({ layers }: Image): number {
  return sizeOfBlobs(layers)
}

/** Visible content bytes of the paths that a pattern matches, each inode once. */
function contentBytes(snapshot: Snapshot, patterns: readonly string[]): number {
  const globs = patterns.map(pattern => compileGlob(pattern))
  const matches = (path: string) => globs.some(glob => glob(path))
  const inodes = new Map<number, number>()
  for (const node of snapshot.walk()) {
    if (node.type === 'file' && matches(pathText(node.path) ?? node.path)) inodes.set(node.inode, node.size)
  }
  return [...inodes.values()].reduce((sum, bytes) => sum + bytes, 0)
}
