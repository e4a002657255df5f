import type { Steps } from '../../overlay/steps.ts'
import type { Stack } from '../../overlay/tree.ts'
import { wasteSteps } from '../../space/waste.ts'
import type { JudgedFindings } from '../finding.ts'
import { foundBy, foundBySteps, together } from '../findings-of.ts'
import type { LayerScan } from '../layer-scan.ts'
import type { Contents, Documents, Layers, Rule, Want } from '../rule.ts'
import { treeIndexSteps } from '../tree-index.ts'
import { wasteClaimsSteps } from '../waste-claims.ts'
import { RULES } from './rules.ts'

/** The inputs of rules besides the documents and the stack. */
export type Knowledge = Pick<Layers, 'ownership' | 'secrets' | 'scans'>

/** Findings that manifest, config and history decide alone: those a screen shows before any layer is there. */
export function findInDocuments(documents: Documents, rules: readonly Rule[] = RULES): JudgedFindings {
  return together(rules.map(rule => (rule.needs === 'documents' ? foundBy(rule, rule.look(documents), documents) : NOTHING)))
}

const NOTHING: JudgedFindings = { findings: [], suppressed: [] }

/** The inputs of rules about layers, computed in small steps; good for one run of them, which claims its bytes. */
export function* layersSteps(documents: Documents, stack: Stack, knowledge: Knowledge): Steps<Layers> {
  const ledger = yield* wasteSteps(stack)
  const index = yield* treeIndexSteps(stack)
  const claims = yield* wasteClaimsSteps(stack, ledger)
  return { ...documents, stack, snapshot: stack.snapshot(stack.changesets.length), ledger, index, claims, ...knowledge }
}

/** Contents kept of one run; beyond it a rule does not see what it wanted. */
const KEPT_BYTES = 64 * 1024 * 1024

/** The contents that rules wanted, as they come in. */
export class KnownContents implements Contents {
  readonly #bytes = new Map<string, Uint8Array>()
  readonly #asked = new Map<string, number>()
  readonly #scans: readonly Pick<LayerScan, 'heads'>[]
  #kept = 0

  /** `scans` have the beginnings of some files, which are not fetched where that is enough. */
  constructor(scans: readonly Pick<LayerScan, 'heads'>[] = []) {
    this.#scans = scans
  }

  get(layer: number, entry: number): Uint8Array | undefined {
    return this.#bytes.get(`${layer} ${entry}`)
  }

  set(layer: number, entry: number, bytes: Uint8Array): void {
    if (this.#kept + bytes.length > KEPT_BYTES) return
    this.#kept += bytes.length
    this.#bytes.set(`${layer} ${entry}`, bytes)
  }

  /** The entries that rules want and that are not known, in small steps: each entry once, with the most bytes any rule wants of it. */
  *wantedSteps(layers: Layers, rules: readonly Rule[] = RULES): Steps<readonly Want[]> {
    for (;;) {
      const before = this.#bytes.size
      const wants = yield* this.#gathered(layers, rules)
      // Contents that a scan kept may name further ones, as fetched contents do.
      if (wants.length > 0 || this.#bytes.size === before) return wants
    }
  }

  *#gathered(layers: Layers, rules: readonly Rule[]): Steps<readonly Want[]> {
    const wants = new Map<string, Want>()
    for (const rule of rules) {
      if (rule.needs !== 'layers' || rule.wants === undefined) continue
      yield
      for (const want of rule.wants(layers, this)) {
        yield
        if (want === undefined || this.#isKept(want, layers)) continue
        const key = `${want.layer} ${want.entry}`
        if (want.bytes > Math.max(this.#asked.get(key) ?? 0, wants.get(key)?.bytes ?? 0)) wants.set(key, want)
      }
    }
    for (const [key, { bytes }] of wants) this.#asked.set(key, bytes)
    return [...wants.values()]
  }

  /** Whether a scan kept as much of the file as is wanted; then it is known. */
  #isKept({ layer, entry, bytes, enough }: Want, { stack }: Layers): boolean {
    const head = this.#scans[layer]?.heads.get(entry)
    if (head === undefined) return false
    const isAll = head.length === stack.changesets[layer]?.sizes[entry]
    if (!isAll && head.length < bytes && enough?.(head) !== true) return false
    if (this.get(layer, entry) === undefined) this.set(layer, entry, head)
    return true
  }
}

/** Findings of all layers, in small steps. */
export function* findInLayersSteps(layers: Layers, contents: Contents, rules: readonly Rule[] = RULES): Steps<JudgedFindings> {
  const found: JudgedFindings[] = []
  for (const rule of rules) {
    if (rule.needs !== 'layers') continue
    found.push(yield* foundBySteps(rule, rule.look(layers, contents), layers))
    yield
  }
  return together(found)
}
