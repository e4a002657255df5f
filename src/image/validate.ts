import { EMPTY_DESCRIPTOR, isRecord, parseDescriptor } from '../blob/descriptor.ts'
import { isDigest } from '../blob/digest.ts'
import { type JsonRecord, parseJsonObject } from '../blob/json.ts'
import { embeddedData } from '../blob/read.ts'
import type { Diagnostic } from '../error.ts'
import { escapeText } from '../escape.ts'

/** Which rules a document is held to. */
export type RuledDocument = 'manifest' | 'index' | 'config'

/** Problems told of one document; a thousand wrong labels are one mistake. */
const PROBLEMS_LIMIT = 50

/**
 * Every rule of the specification that one document alone can break, derived anew from its bytes: required properties, types,
 * media types, digests, dates, embedded data (image-spec schema/*.json and the prose beside it). A fault that readers shrug at is a
 * warning; one that makes two readers see different things is an error. `null` counts as absent, as encoders of Go write it. The codes of
 * `parseManifest` and `loadImage` (`SCHEMA_VERSION`, `ROOTFS_TYPE`, `DIFF_IDS_COUNT`…) are not said twice.
 * @throws ImageError those of `parseJson`
 */
export function validateDocument(kind: RuledDocument, raw: Uint8Array, where: string): readonly Diagnostic[] {
  const { value } = parseJsonObject(raw, where)
  const checker = new Checker(where)
  if (kind === 'config') checkConfig(checker, value)
  else checkManifest(checker, value, kind)
  return checker.problems.slice(0, PROBLEMS_LIMIT)
}

function checkManifest(checker: Checker, value: JsonRecord, kind: 'manifest' | 'index'): void {
  checker.fields('', value, { mediaType: mediaType, artifactType: mediaType, annotations })
  checkDescriptor(checker, 'subject', value['subject'], false)
  const list = kind === 'manifest' ? 'layers' : 'manifests'
  if (kind === 'manifest') checkDescriptor(checker, 'config', value['config'], true)
  // Go writes a list without items as null: an image without layers is legal in both forms (formats.md 1.3).
  const items = kind === 'manifest' && value[list] === null ? [] : value[list]
  if (!Array.isArray(items)) checker.warn(list, 'is missing or not an array')
  else for (const [index, item] of items.entries()) checkDescriptor(checker, `${list}[${index}]`, item, true)
  const config = isRecord(value['config']) ? value['config'] : {}
  // manifest.md: "artifactType MUST be set when config.mediaType is set to the empty value".
  if (config['mediaType'] === EMPTY_DESCRIPTOR.mediaType && !value['artifactType'])
    checker.warn('artifactType', 'is missing though the config is empty')
}

function checkDescriptor(checker: Checker, path: string, value: unknown, required: boolean): void {
  if (value === undefined || value === null) {
    if (required) checker.error(path, 'is missing')
    return
  }
  if (!isRecord(value)) {
    checker.error(path, 'is not an object')
    return
  }
  checker.fields(path, value, { mediaType, digest, size, urls: texts, annotations, artifactType: mediaType, data: text })
  for (const key of ['mediaType', 'digest', 'size']) if (value[key] === undefined) checker.error(`${path}.${key}`, 'is missing')
  if (isRecord(value['platform'])) {
    checker.fields(`${path}.platform`, value['platform'], {
      architecture: name,
      os: name,
      variant: text,
      'os.version': text,
      'os.features': texts,
    })
    for (const key of ['architecture', 'os'])
      if (value['platform'][key] === undefined) checker.warn(`${path}.platform.${key}`, 'is missing')
  } else if (value['platform'] !== undefined && value['platform'] !== null) checker.warn(`${path}.platform`, 'is not an object')
  if (typeof value['data'] === 'string' && !dataFits(value))
    checker.error(`${path}.data`, 'is not the content its digest and size name')
}

/** descriptor.md#embedded-content: the data MUST be the content. */
function dataFits(value: JsonRecord): boolean {
  try {
    return embeddedData(parseDescriptor(value, 'a descriptor')) !== undefined
  } catch {
    return true // The descriptor's own problems are told already.
  }
}

function checkConfig(checker: Checker, value: JsonRecord): void {
  checker.fields('', value, {
    architecture: name,
    os: name,
    variant: text,
    'os.version': text,
    'os.features': texts,
    created: date,
    author: text,
    // Fields that docker wrote before there was a specification; docker and podman read them still.
    id: text,
    parent: text,
    comment: text,
    container: text,
    docker_version: text,
  })
  for (const key of ['architecture', 'os']) if (value[key] === undefined || value[key] === null) checker.warn(key, 'is missing')
  const rootfs = value['rootfs']
  if (!isRecord(rootfs)) checker.error('rootfs', 'is missing or not an object')
  else {
    if (!Array.isArray(rootfs['diff_ids'])) checker.error('rootfs.diff_ids', 'is missing or not an array')
    else for (const [index, item] of rootfs['diff_ids'].entries()) checker.value(`rootfs.diff_ids[${index}]`, item, digest)
  }
  checkContainer(checker, 'config', value['config'])
  checkContainer(checker, 'container_config', value['container_config'])
  checkHistory(checker, value['history'])
}

function checkContainer(checker: Checker, path: string, value: unknown): void {
  if (value === undefined || value === null) return
  if (!isRecord(value)) {
    checker.error(path, 'is not an object')
    return
  }
  checker.fields(path, value, {
    ...DOCKER_FIELDS,
    User: text,
    ExposedPorts: ports,
    Env: environment,
    Entrypoint: texts,
    Cmd: texts,
    Volumes: volumes,
    WorkingDir: text,
    Labels: annotations,
    StopSignal: text,
  })
  if (!isRecord(value['Healthcheck'])) return
  checker.fields(`${path}.Healthcheck`, value['Healthcheck'], {
    Test: texts,
    Interval: whole,
    Timeout: whole,
    StartPeriod: whole,
    StartInterval: whole,
    Retries: whole,
  })
}

function checkHistory(checker: Checker, value: unknown): void {
  if (value === undefined || value === null) return
  if (!Array.isArray(value)) {
    checker.error('history', 'is not an array')
    return
  }
  for (const [index, item] of value.entries()) {
    if (!isRecord(item)) checker.error(`history[${index}]`, 'is not an object')
    else
      checker.fields(`history[${index}]`, item, {
        created: date,
        author: text,
        created_by: text,
        comment: text,
        empty_layer: flag,
      })
  }
}

/** Tests a value and names its fault, in words that follow its name; undefined when nothing is. */
type Rule = (value: unknown) => string | undefined

class Checker {
  readonly problems: Diagnostic[] = []
  readonly #where: string

  constructor(where: string) {
    this.#where = where
  }

  fields(path: string, record: JsonRecord, rules: Readonly<Record<string, Rule>>): void {
    const prefix = path === '' ? '' : `${path}.`
    const folded = new Map<string, Rule>()
    for (const [key, rule] of Object.entries(rules)) {
      this.value(`${prefix}${key}`, record[key], rule)
      folded.set(key.toLowerCase(), rule)
    }
    // Go's decoders take a member whose name differs in case for the same one.
    for (const [key, value] of Object.entries(record)) {
      const rule = Object.hasOwn(rules, key) ? undefined : folded.get(key.toLowerCase())
      if (rule !== undefined) this.value(`${prefix}${key}`, value, rule)
    }
  }

  value(path: string, value: unknown, rule: Rule): void {
    if (value === undefined || value === null) return
    const why = rule(value)
    if (why === undefined) return
    if (rule === digest || rule === size || isUnreadable(rule, value)) this.error(path, why)
    else this.warn(path, why)
  }

  warn(path: string, why: string): void {
    this.#add('warning', path, why)
  }

  error(path: string, why: string): void {
    this.#add('error', path, why)
  }

  #add(severity: Diagnostic['severity'], path: string, why: string): void {
    this.problems.push({ code: 'DOCUMENT_RULE', severity, message: `${this.#where}: ${path} ${why}` })
  }
}

/** Whether Go's decoders reject the whole document for the value's type; a value that is merely odd is one they take. */
function isUnreadable(rule: Rule, value: unknown): boolean {
  if (rule === text || rule === flag || rule === whole || rule === object) return true
  // Go takes a null among strings for an empty one.
  if (rule === texts) return !isTexts(value)
  if (rule === name || rule === mediaType) return typeof value !== 'string'
  // time.Time is parsed where a config is read.
  if (rule === date) return typeof value !== 'string' || !DATE.test(value)
  if (rule === environment) return !isTexts(value)
  if (rule === annotations)
    return !isRecord(value) || Object.values(value).some(item => typeof item !== 'string' && item !== null)
  return rule === ports || rule === volumes ? !isSet(value) : false
}

function isSet(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every(item => item === null || isRecord(item))
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(item => typeof item === 'string' || item === null)
}

const text: Rule = value => (typeof value === 'string' ? undefined : 'is not a string')
const flag: Rule = value => (typeof value === 'boolean' ? undefined : 'is not true or false')
const name: Rule = value => (typeof value === 'string' && value !== '' ? undefined : 'is empty or not a string')
const texts: Rule = value =>
  Array.isArray(value) && value.every(item => typeof item === 'string') ? undefined : 'is not a list of strings'
const whole: Rule = value => (typeof value === 'number' && Number.isInteger(value) ? undefined : 'is not a whole number')
const object: Rule = value => (isRecord(value) ? undefined : 'is not an object')
const digest: Rule = value => (typeof value === 'string' && isDigest(value) ? undefined : 'is not a digest')
const size: Rule = value =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? undefined : 'is not a whole number from 0'

/** RFC 6838, section 4.2, as the specification's schema has it. */
const MEDIA_TYPE = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/
const mediaType: Rule = value => (typeof value === 'string' && MEDIA_TYPE.test(value) ? undefined : 'is not a media type')

/** RFC 3339, section 5.6. */
const DATE =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/
const date: Rule = value => (typeof value === 'string' && DATE.test(value) ? undefined : 'is not a date as RFC 3339 writes it')

const annotations: Rule = value => {
  if (!isRecord(value)) return 'is not an object'
  const wrong = Object.entries(value).find(([key, item]) => key === '' || typeof item !== 'string')
  return wrong === undefined ? undefined : `has the entry "${escapeText(wrong[0]).slice(0, 80)}", which is no name with a string`
}

const environment: Rule = value => {
  if (texts(value) !== undefined || !Array.isArray(value)) return 'is not a list of strings'
  return value.every(item => /^[^=]+=/.test(item)) ? undefined : 'has an entry that is not NAME=VALUE'
}

/** A set, which Go decodes from an object of empty objects. */
function wrongKey(value: unknown, pattern: RegExp, why: string): string | undefined {
  if (!isRecord(value)) return 'is not an object'
  if (!isSet(value)) return 'has a value that is not an object'
  const wrong = Object.keys(value).find(key => !pattern.test(key))
  return wrong === undefined ? undefined : `has "${escapeText(wrong).slice(0, 80)}", which ${why}`
}

const ports: Rule = value => wrongKey(value, /^\d+(?:-\d+)?(?:\/[a-z]+)?$/, 'is not PORT or PORT/PROTOCOL')
const volumes: Rule = value => wrongKey(value, /./, 'is empty')

/** Members of docker's own beside those of config.md, by the type that docker and podman decode them as (moby, container.Config). */
const DOCKER_FIELDS: Readonly<Record<string, Rule>> = {
  Hostname: text,
  Domainname: text,
  Image: text,
  MacAddress: text,
  AttachStdin: flag,
  AttachStdout: flag,
  AttachStderr: flag,
  Tty: flag,
  OpenStdin: flag,
  StdinOnce: flag,
  NetworkDisabled: flag,
  ArgsEscaped: flag,
  StopTimeout: whole,
  OnBuild: texts,
  Shell: texts,
  Healthcheck: object,
}
