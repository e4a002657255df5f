import { isRecord, stringMap, strings } from '../blob/descriptor.ts'
import { type Digest, parseDigest } from '../blob/digest.ts'
import type { JsonRecord } from '../blob/json.ts'
import { type Diagnostic, ImageError, reasonOf } from '../error.ts'
import type { Understood } from './document.ts'
import { CONFIG_SHAPE, parseDocument } from './document-shape.ts'
import { type History, parseHistory } from './history.ts'
import { normalizePlatform, type Platform } from './platform.ts'

/** How a container of the image starts. */
export type ContainerConfig = {
  readonly user?: string
  readonly exposedPorts: readonly string[]
  readonly env: readonly string[]
  readonly entrypoint?: readonly string[]
  readonly cmd?: readonly string[]
  readonly volumes: readonly string[]
  readonly workingDir?: string
  readonly labels: Readonly<Record<string, string>>
  readonly stopSignal?: string
  readonly healthcheck?: Healthcheck
  readonly shell?: readonly string[]
  readonly onBuild: readonly string[]
}

/** Durations are nanoseconds, as docker writes them. */
export type Healthcheck = {
  readonly test: readonly string[]
  readonly interval?: number
  readonly timeout?: number
  readonly startPeriod?: number
  readonly retries?: number
}

/** An image config (image-spec config.md), docker's extras included; the raw document keeps what is not here. */
export type ImageConfig = {
  readonly platform: Platform
  /** Whether it names a variant: one that is taken for granted (arm is v7) may be wrong. */
  readonly saysVariant: boolean
  /** As written: not every builder writes RFC 3339. */
  readonly created?: string
  readonly author?: string
  readonly container: ContainerConfig
  readonly rootfsType: string
  readonly diffIDs: readonly Digest[]
  /** Undefined when absent or null. */
  readonly history: readonly History[] | undefined
}

/**
 * Reads an image config. Optional fields may be null; a field of the wrong type counts as absent and is named in a diagnostic.
 * @throws ImageError those of `parseJson`, `CONFIG_INVALID` when `rootfs.diff_ids` cannot be used
 */
export function parseConfig(raw: Uint8Array, where: string): Understood<ImageConfig> {
  const { value, diagnostics } = parseDocument(raw, where, CONFIG_SHAPE)
  const rootfs = isRecord(value['rootfs']) ? value['rootfs'] : {}
  const text = reader(value, where, diagnostics)
  const [created, author, variant] = [text('created'), text('author'), text('variant')]
  const platform = normalizePlatform({
    os: text('os') ?? '',
    architecture: text('architecture') ?? '',
    variant,
    osVersion: text('os.version'),
    osFeatures: strings(value['os.features']),
  })
  return {
    value: {
      platform,
      saysVariant: Boolean(variant),
      ...(created !== undefined && { created }),
      ...(author !== undefined && { author }),
      container: parseContainer(value['config'], where, diagnostics),
      rootfsType: typeof rootfs['type'] === 'string' ? rootfs['type'] : '',
      diffIDs: parseDiffIDs(rootfs['diff_ids'], where),
      history: parseHistory(value['history']),
    },
    diagnostics,
  }
}

function parseContainer(value: unknown, where: string, diagnostics: Diagnostic[]): ContainerConfig {
  const config = isRecord(value) ? value : {}
  const text = reader(config, `${where} config`, diagnostics)
  const [user, workingDir, stopSignal] = [text('User'), text('WorkingDir'), text('StopSignal')]
  const [entrypoint, cmd, shell] = [words(config['Entrypoint']), words(config['Cmd']), words(config['Shell'])]
  const healthcheck = parseHealthcheck(config['Healthcheck'])
  return {
    ...(user && { user }),
    exposedPorts: names(config['ExposedPorts']),
    env: strings(config['Env']),
    ...(entrypoint !== undefined && { entrypoint }),
    ...(cmd !== undefined && { cmd }),
    volumes: names(config['Volumes']),
    ...(workingDir && { workingDir }),
    labels: stringMap(config['Labels']) ?? {},
    ...(stopSignal && { stopSignal }),
    ...(healthcheck !== undefined && { healthcheck }),
    ...(shell !== undefined && { shell }),
    onBuild: strings(config['OnBuild']),
  }
}

/** Reads string fields; null is absent, another type is absent with a diagnostic. */
function reader(record: JsonRecord, where: string, diagnostics: Diagnostic[]): (key: string) => string | undefined {
  return key => {
    const value = record[key]
    if (typeof value === 'string') return value
    if (value !== undefined && value !== null) {
      diagnostics.push({
        code: 'CONFIG_FIELD_TYPE',
        severity: 'warning',
        message: `${where} has a "${key}" that is not a string`,
      })
    }
    return undefined
  }
}

function parseDiffIDs(value: unknown, where: string): readonly Digest[] {
  if (!Array.isArray(value)) return []
  try {
    return value.map(parseDigest)
  } catch (thrown) {
    throw new ImageError('CONFIG_INVALID', `Cannot read ${where}: rootfs.diff_ids: ${reasonOf(thrown)}`, { cause: thrown })
  }
}

/** A command: an array, or one shell string as some builders write it. */
function words(value: unknown): readonly string[] | undefined {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? strings(value) : undefined
}

/** A set, written as an object with empty values (or, wrongly, as an array). */
function names(value: unknown): readonly string[] {
  return isRecord(value) ? Object.keys(value) : strings(value)
}

function parseHealthcheck(value: unknown): Healthcheck | undefined {
  if (!isRecord(value)) return undefined
  const number = (key: string) => (typeof value[key] === 'number' ? value[key] : undefined)
  const [interval, timeout, startPeriod, retries] = [
    number('Interval'),
    number('Timeout'),
    number('StartPeriod'),
    number('Retries'),
  ]
  return {
    test: words(value['Test']) ?? [],
    ...(interval !== undefined && { interval }),
    ...(timeout !== undefined && { timeout }),
    ...(startPeriod !== undefined && { startPeriod }),
    ...(retries !== undefined && { retries }),
  }
}
