import { isRecord, stringMap, strings } from '../../blob/descriptor.ts'
import { CONFIG_SHAPE, parseDocument } from '../../image/document-shape.ts'
import type { Image } from '../../image/load.ts'
import type { HealthcheckText } from './instruction.ts'

/** The parts of an image config that Dockerfile instructions set, as the raw document has them. */
export type ContainerRecord = {
  /** Whether there is a config: without one nothing is known to be lost. */
  readonly isKnown: boolean
  readonly env: readonly (readonly [name: string, value: string])[]
  readonly labels: Readonly<Record<string, string>>
  readonly cmd: readonly string[] | undefined
  readonly entrypoint: readonly string[] | undefined
  readonly shell: readonly string[] | undefined
  readonly user: string
  readonly workingDir: string
  readonly stopSignal: string
  readonly volumes: readonly string[]
  readonly exposed: readonly string[]
  readonly healthcheck: HealthcheckText | undefined
  readonly onBuild: readonly string[]
}

export function containerRecord({ config }: Pick<Image, 'config'>): ContainerRecord {
  const document = config === undefined ? {} : parseDocument(config.raw, 'the config', CONFIG_SHAPE).value
  const value = isRecord(document['config']) ? document['config'] : {}
  const text = (key: string) => (typeof value[key] === 'string' ? value[key] : '')
  // Docker takes one string for a list of one.
  const words = (key: string) =>
    typeof value[key] === 'string' ? [value[key]] : Array.isArray(value[key]) ? strings(value[key]) : undefined
  const keys = (key: string) => (isRecord(value[key]) ? Object.keys(value[key]) : [])
  return {
    isKnown: config !== undefined,
    env: strings(value['Env']).map(each => splitAt(each)),
    labels: stringMap(value['Labels']) ?? {},
    cmd: words('Cmd'),
    entrypoint: words('Entrypoint'),
    shell: words('Shell'),
    user: text('User'),
    workingDir: text('WorkingDir'),
    stopSignal: text('StopSignal'),
    volumes: keys('Volumes'),
    exposed: keys('ExposedPorts'),
    healthcheck: isRecord(value['Healthcheck']) ? healthcheckOf(value['Healthcheck']) : undefined,
    onBuild: strings(value['OnBuild']),
  }
}

function splitAt(variable: string): readonly [string, string] {
  const at = variable.indexOf('=')
  return at === -1 ? [variable, ''] : [variable.slice(0, at), variable.slice(at + 1)]
}

function healthcheckOf(value: Readonly<Record<string, unknown>>): HealthcheckText | undefined {
  const number = (key: string) => (typeof value[key] === 'number' ? value[key] : undefined)
  const test = strings(value['Test'])
  if (test.length === 0) return undefined
  return {
    test,
    interval: number('Interval'),
    timeout: number('Timeout'),
    startPeriod: number('StartPeriod'),
    startInterval: number('StartInterval'),
    retries: number('Retries'),
  }
}
