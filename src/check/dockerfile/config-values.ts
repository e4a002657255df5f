import type { ContainerRecord } from './container-record.ts'
import type { Instruction, ReadStep } from './instruction.ts'

type Keyword = Instruction['keyword']

/** The value that the config has for a keyword whose last instruction decides; undefined where it has none. */
export function exactValue(keyword: Keyword, record: ContainerRecord): Instruction | undefined {
  switch (keyword) {
    case 'CMD':
      return record.cmd && { keyword, words: record.cmd }
    case 'ENTRYPOINT':
      return record.entrypoint && { keyword, words: record.entrypoint }
    case 'SHELL':
      return record.shell && { keyword, words: record.shell }
    case 'USER':
      return record.user === '' ? undefined : { keyword, text: record.user }
    case 'WORKDIR':
      return record.workingDir === '' ? undefined : { keyword, text: record.workingDir }
    case 'STOPSIGNAL':
      return record.stopSignal === '' ? undefined : { keyword, text: record.stopSignal }
    case 'HEALTHCHECK':
      return record.healthcheck && { keyword, check: record.healthcheck }
    default:
      return undefined
  }
}

const DECIDED_BY_LAST: ReadonlySet<Keyword> = new Set([
  'CMD',
  'ENTRYPOINT',
  'SHELL',
  'USER',
  'WORKDIR',
  'STOPSIGNAL',
  'HEALTHCHECK',
])

/**
 * The steps with the config's values: the last instruction about a thing has the config's value, and a setting that the config does not
 * have any more is lost. Without that the text, built again, would bring back what a later tool took away.
 */
export function withConfigValues(steps: readonly ReadStep[], record: ContainerRecord): readonly ReadStep[] {
  const values = new ConfigValues(steps, record)
  return steps.flatMap((step, index) => values.of(step, index))
}

class ConfigValues {
  readonly #record: ContainerRecord
  readonly #lastOf = new Map<string, number>()
  readonly #maps: { readonly ENV: ReadonlyMap<string, string>; readonly LABEL: ReadonlyMap<string, string> }
  readonly #volumes: ReadonlySet<string>
  readonly #ports: ExposedPorts
  readonly #keepsOnBuild: boolean

  constructor(steps: readonly ReadStep[], record: ContainerRecord) {
    this.#record = record
    this.#maps = { ENV: new Map(record.env), LABEL: new Map(Object.entries(record.labels)) }
    this.#volumes = new Set(record.volumes)
    this.#ports = new ExposedPorts(record.exposed)
    for (const [index, { instruction }] of steps.entries()) {
      this.#lastOf.set(instruction.keyword, index)
      if ('pairs' in instruction)
        for (const [name] of instruction.pairs) this.#lastOf.set(`${instruction.keyword} ${name}`, index)
    }
    this.#keepsOnBuild = keepsOnBuild(steps, record)
  }

  of(step: ReadStep, index: number): readonly ReadStep[] {
    const { layer, instruction } = step
    if (!this.#record.isKnown) return [step]
    const isLost = { layer, instruction, isLost: true as const }
    if (instruction.keyword === 'ENV' || instruction.keyword === 'LABEL') return this.#pairs(step, instruction, index)
    if (instruction.keyword === 'ONBUILD') return [this.#keepsOnBuild ? step : isLost]
    if (instruction.keyword === 'VOLUME') return this.#words(step, instruction, word => this.#volumes.has(word))
    if (instruction.keyword === 'EXPOSE') return this.#words(step, instruction, word => this.#ports.has(word))
    if (!DECIDED_BY_LAST.has(instruction.keyword)) return [step]
    const exact = exactValue(instruction.keyword, this.#record)
    if (exact === undefined) return [isLost]
    return [this.#lastOf.get(instruction.keyword) === index ? { layer, instruction: exact } : step]
  }

  #pairs(step: ReadStep, instruction: Extract<Instruction, { keyword: 'ENV' | 'LABEL' }>, index: number): readonly ReadStep[] {
    const values = this.#maps[instruction.keyword]
    const pairs = instruction.pairs.flatMap(([name, value]) => {
      if (!values.has(name)) return []
      const isLast = this.#lastOf.get(`${instruction.keyword} ${name}`) === index
      return [[name, (isLast ? values.get(name) : undefined) ?? value] as const]
    })
    const lost = instruction.pairs.filter(([name]) => !values.has(name))
    return split(step, { ...instruction, pairs }, pairs.length, { ...instruction, pairs: lost }, lost.length)
  }

  #words(
    step: ReadStep,
    instruction: Extract<Instruction, { keyword: 'VOLUME' | 'EXPOSE' }>,
    isThere: (word: string) => boolean,
  ): readonly ReadStep[] {
    const words = instruction.words.filter(isThere)
    const lost = instruction.words.filter(word => !isThere(word))
    return split(step, { ...instruction, words }, words.length, { ...instruction, words: lost }, lost.length)
  }
}

function split(
  { layer }: ReadStep,
  kept: Instruction,
  keptCount: number,
  lost: Instruction,
  lostCount: number,
): readonly ReadStep[] {
  return [
    ...(keptCount > 0 || lostCount === 0 ? [{ layer, instruction: kept }] : []),
    ...(lostCount > 0 ? [{ layer: keptCount > 0 ? undefined : layer, instruction: lost, isLost: true as const }] : []),
  ]
}

/** Whether the triggers that were recorded are those of the config, in its order: a base's are gone once they have run. */
function keepsOnBuild(steps: readonly ReadStep[], { onBuild }: ContainerRecord): boolean {
  const recorded = steps.flatMap(({ instruction }) => (instruction.keyword === 'ONBUILD' ? [instruction.text] : []))
  return recorded.length === onBuild.length && recorded.every((text, index) => text === onBuild[index])
}

/** The ports that a config exposes; an instruction may name a range of them. */
class ExposedPorts {
  readonly #ports: ReadonlySet<string>
  /** A range is walked port by port: a stranger's history may have very many. */
  #budget = 1_000_000

  constructor(exposed: readonly string[]) {
    this.#ports = new Set(exposed.map(withProtocol))
  }

  /** Whether the port, or each port of the range, is exposed. */
  has(word: string): boolean {
    if (this.#ports.has(withProtocol(word))) return true
    const range = portsOf(word)
    if (range === undefined) return false
    for (let port = range.first; port <= range.last; port++)
      if (--this.#budget < 0 || !this.#ports.has(`${port}/${range.protocol}`)) return false
    return true
  }
}

/** `8000-8010/udp` taken apart; undefined for a word that is no range. */
export function portsOf(word: string): { readonly first: number; readonly last: number; readonly protocol: string } | undefined {
  const [, first, last, protocol] = /^(\d{1,5})-(\d{1,5})(?:\/(\w+))?$/.exec(word) ?? []
  if (first === undefined || Number(last) < Number(first)) return undefined
  return { first: Number(first), last: Number(last), protocol: protocol ?? 'tcp' }
}

export function withProtocol(word: string): string {
  return word.includes('/') ? word : `${word}/tcp`
}
