import type { Image } from '../../image/load.ts'
import { firstOwnStep } from '../base.ts'
import type { Base } from '../report.ts'
import { exactValue, portsOf, withConfigValues, withProtocol } from './config-values.ts'
import { type ContainerRecord, containerRecord } from './container-record.ts'
import type { Instruction, ReadStep } from './instruction.ts'
import { type KnownNames, recordedInstruction } from './read-record.ts'

/** The Dockerfile that a history and a config come from. */
export type ReadBack = {
  /** The image behind FROM: `scratch` where the base is not known or all of the history is wanted. */
  readonly from: string
  readonly steps: readonly ReadStep[]
}

/**
 * Reads a Dockerfile back: places come from the history, values from the config, which has them exactly: the last CMD, USER, ENV of a name
 * and so on is the config's, and what the config has not is lost. Settings of the config that no step makes are put at the end, or the
 * variables first where they stand first. With a base only the steps above it are taken.
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
  const exact = withConfigValues(own, record)
  const said = new Said(start === 0 ? exact : [...all.slice(0, start), ...exact])
  const missing = missingInstructions(record, said, new Said(exact)).map(instruction => ({ layer: undefined, instruction }))
  return {
    from: start === 0 ? 'scratch' : fromText(base),
    steps: start === 0 ? inOrder(exact, missing, record) : [...exact, ...missing],
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

/** The facts that the steps give, for telling what they do not. */
class Said {
  readonly #keywords = new Map<string, Instruction>()
  readonly #names = new Set<string>()
  /** Ports of ranges that are taken down one by one: a stranger's history may have very many. */
  #budget = 1_000_000

  constructor(steps: readonly ReadStep[]) {
    for (const { instruction, isLost } of steps) {
      if (isLost === true) continue
      this.#keywords.set(instruction.keyword, instruction)
      if ('pairs' in instruction) for (const [name] of instruction.pairs) this.#names.add(`${instruction.keyword} ${name}`)
      if (instruction.keyword === 'VOLUME' || instruction.keyword === 'EXPOSE')
        for (const word of instruction.words) this.#addWord(instruction.keyword, word)
    }
  }

  #addWord(keyword: Keyword, word: string): void {
    const range = keyword === 'EXPOSE' ? portsOf(word) : undefined
    this.#names.add(`${keyword} ${keyword === 'EXPOSE' ? withProtocol(word) : word}`)
    for (let port = range?.first ?? 1; port <= Math.min(range?.last ?? 0, 65_535) && this.#budget-- > 0; port++)
      this.#names.add(`${keyword} ${port}/${range?.protocol}`)
  }

  has(keyword: Keyword): boolean {
    return this.#keywords.has(keyword)
  }

  names(keyword: Keyword, name: string): boolean {
    return this.#names.has(`${keyword} ${keyword === 'EXPOSE' ? withProtocol(name) : name}`)
  }
}

/** `own` are the steps above the base: of these an ENTRYPOINT takes away the CMD that the base has. */
function missingInstructions(record: ContainerRecord, said: Said, own: Said): readonly Instruction[] {
  const env = record.env.filter(([name]) => !said.names('ENV', name))
  const labels = Object.entries(record.labels).filter(([name]) => !said.names('LABEL', name))
  const volumes = record.volumes.filter(word => !said.names('VOLUME', word))
  const exposed = record.exposed.filter(word => !said.names('EXPOSE', word))
  const single = (['SHELL', 'USER', 'WORKDIR', 'STOPSIGNAL', 'HEALTHCHECK', 'ENTRYPOINT', 'CMD'] as const).flatMap(keyword =>
    said.has(keyword) && !(keyword === 'CMD' && own.has('ENTRYPOINT') && !own.has('CMD'))
      ? []
      : (exactValue(keyword, record) ?? []),
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

/**
 * The steps in an order that leaves the variables in the config's, which programs see: those that no step makes last, or first, else all
 * of them first.
 */
function inOrder(
  exact: readonly ReadStep[],
  missing: readonly ReadStep[],
  { env, isKnown }: ContainerRecord,
): readonly ReadStep[] {
  const names = [...new Map(env).keys()]
  const isRight = (steps: readonly ReadStep[]) => {
    const made = [...new Set(steps.flatMap(variablesOf))]
    return names.every((name, index) => made[index] === name)
  }
  const others = missing.filter(({ instruction }) => instruction.keyword !== 'ENV')
  const variables = missing.filter(({ instruction }) => instruction.keyword === 'ENV')
  const last = [...exact, ...missing]
  if (!isKnown || isRight(last)) return last
  const first = [...variables, ...exact, ...others]
  if (isRight(first)) return first
  return [{ layer: undefined, instruction: { keyword: 'ENV', pairs: [...new Map(env)] } }, ...exact, ...others]
}

function variablesOf({ instruction, isLost }: ReadStep): readonly string[] {
  return instruction.keyword === 'ENV' && isLost !== true ? instruction.pairs.map(([name]) => name) : []
}
