import type { Image } from '../../image/load.ts'
import { firstOwnStep } from '../base.ts'
import type { Base } from '../report.ts'
import { type ContainerRecord, containerRecord } from './container-record.ts'
import type { Instruction } from './instruction.ts'
import { type KnownNames, recordedInstruction } from './read-record.ts'

/** One step of the Dockerfile that is read back, and the layer it made. */
type ReadStep = { readonly layer: number | undefined; readonly instruction: Instruction }

/** The Dockerfile that a history and a config come from. */
export type ReadBack = {
  /** The image behind FROM: `scratch` where the base is not known or all of the history is wanted. */
  readonly from: string
  readonly steps: readonly ReadStep[]
}

/**
 * Reads a Dockerfile back: places come from the history, values from the config, which has them exactly: the last CMD, USER, ENV of a name
 * and so on is the config's. Settings of the config that no step makes are put at the end. With a base only the steps above it are taken.
 */
export function readBack(image: Pick<Image, 'config' | 'steps'>, base?: Base): ReadBack {
  const record = containerRecord(image)
  const known: KnownNames = {
    env: new Set(record.env.map(([name]) => name)),
    labels: new Set(Object.keys(record.labels)),
    volumes: new Set(record.volumes),
  }
  const all = instructionsOf(image, known, record)
  const start = base === undefined || base.layers === 0 || base.name === null ? 0 : ownStart(image, base)
  const own = all.slice(start)
  const exact = withExactValues(own, record)
  const said = new Said(start === 0 ? exact : [...all.slice(0, start), ...exact])
  const missing = missingInstructions(record, said)
  return {
    from: start === 0 ? 'scratch' : fromText(base),
    steps: [...exact, ...missing.map(instruction => ({ layer: undefined, instruction }))],
  }
}

function fromText(base: Base | undefined): string {
  const { name, digest } = base ?? {}
  if (name === null || name === undefined) return 'scratch'
  const bare = name.replace(/\s+/g, '')
  return digest === null || digest === undefined || bare.includes('@') ? bare : `${bare}@${digest}`
}

function instructionsOf({ steps }: Pick<Image, 'steps'>, known: KnownNames, record: ContainerRecord): readonly ReadStep[] {
  let shell: readonly string[] | undefined
  const shells = steps.filter(({ history }) => /(?:^|#\(nop\)\s*)SHELL /.test(history?.createdBy ?? '')).length
  let seen = 0
  return steps.map(({ layer, history }) => {
    const instruction = recordedInstruction(history, known, shell)
    if (instruction.keyword === 'SHELL') {
      // Words of a shell may have blanks, which the record does not show: the last SHELL is the config's.
      shell = ++seen === shells && record.shell !== undefined ? record.shell : instruction.words
    }
    return { layer, instruction }
  })
}

/** An hour between the base's own steps and those of the build on it. */
const GAP = 3_600_000

/** Where the steps above the base begin: behind its last layer, and behind the empty steps that are as old as that. */
function ownStart({ steps }: Pick<Image, 'steps'>, { layers, decidedBy }: Base): number {
  const last = steps.findIndex(({ layer }) => layer === layers - 1)
  if (decidedBy === 'history') return firstOwnStep(steps)
  const time = (index: number) => Date.parse(steps[index]?.history?.created ?? '')
  const next = steps.findIndex(({ layer }, index) => index > last && layer !== undefined)
  let start = last + 1
  while (start < (next === -1 ? steps.length : next) && time(start) - time(last) < GAP && !(time(next) - time(start) < GAP))
    start++
  return start
}

type Keyword = Instruction['keyword']

/** Keywords whose last one decides. */
function exactValue(keyword: Keyword, record: ContainerRecord): Instruction | undefined {
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

function withExactValues(steps: readonly ReadStep[], record: ContainerRecord): readonly ReadStep[] {
  const lastOf = new Map<string, number>()
  for (const [index, { instruction }] of steps.entries()) {
    lastOf.set(instruction.keyword, index)
    if (instruction.keyword === 'ENV' || instruction.keyword === 'LABEL')
      for (const [name] of instruction.pairs) lastOf.set(`${instruction.keyword} ${name}`, index)
  }
  const env = new Map(record.env)
  return steps.map(({ layer, instruction }, index) => {
    if (instruction.keyword === 'ENV' || instruction.keyword === 'LABEL') {
      const values = instruction.keyword === 'ENV' ? env : new Map(Object.entries(record.labels))
      const pairs = instruction.pairs.map(([name, value]) => {
        const isLast = lastOf.get(`${instruction.keyword} ${name}`) === index
        return [name, (isLast ? values.get(name) : undefined) ?? value] as const
      })
      return { layer, instruction: { ...instruction, pairs } }
    }
    const exact = lastOf.get(instruction.keyword) === index ? exactValue(instruction.keyword, record) : undefined
    return { layer, instruction: exact ?? instruction }
  })
}

/** The facts that the steps give, for telling what they do not. */
class Said {
  readonly #keywords = new Map<string, Instruction>()
  readonly #names = new Set<string>()

  constructor(steps: readonly ReadStep[]) {
    for (const { instruction } of steps) {
      this.#keywords.set(instruction.keyword, instruction)
      if ('pairs' in instruction) for (const [name] of instruction.pairs) this.#names.add(`${instruction.keyword} ${name}`)
      if (instruction.keyword === 'VOLUME' || instruction.keyword === 'EXPOSE')
        for (const word of instruction.words) this.#names.add(`${instruction.keyword} ${withProtocol(instruction.keyword, word)}`)
    }
  }

  has(keyword: Keyword): boolean {
    return this.#keywords.has(keyword)
  }

  names(keyword: Keyword, name: string): boolean {
    return this.#names.has(`${keyword} ${withProtocol(keyword, name)}`)
  }
}

function withProtocol(keyword: Keyword, word: string): string {
  return keyword === 'EXPOSE' && !word.includes('/') ? `${word}/tcp` : word
}

function missingInstructions(record: ContainerRecord, said: Said): readonly Instruction[] {
  const env = record.env.filter(([name]) => !said.names('ENV', name))
  const labels = Object.entries(record.labels).filter(([name]) => !said.names('LABEL', name))
  const volumes = record.volumes.filter(word => !said.names('VOLUME', word))
  const exposed = record.exposed.filter(word => !said.names('EXPOSE', word))
  const single = (['SHELL', 'USER', 'WORKDIR', 'STOPSIGNAL', 'HEALTHCHECK', 'ENTRYPOINT', 'CMD'] as const).flatMap(keyword =>
    said.has(keyword) ? [] : (exactValue(keyword, record) ?? []),
  )
  return [
    ...(env.length > 0 ? [{ keyword: 'ENV', pairs: env } as const] : []),
    ...(labels.length > 0 ? [{ keyword: 'LABEL', pairs: labels } as const] : []),
    ...(volumes.length > 0 ? [{ keyword: 'VOLUME', words: volumes } as const] : []),
    ...(exposed.length > 0 ? [{ keyword: 'EXPOSE', words: exposed } as const] : []),
    ...single,
    // BuildKit leaves no trace of these in the history.
    ...(said.has('ONBUILD') ? [] : record.onBuild.map(text => ({ keyword: 'ONBUILD', text }) as const)),
  ]
}
