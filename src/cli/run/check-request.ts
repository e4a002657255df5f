import { isAbsolute, relative, resolve } from 'node:path'
import { RULE_TEXTS, ruleTextNamed } from '../../check/engine/rule-texts.ts'
import { DIVE_DEFAULTS, type DiveRules } from '../../check/gates/dive-gates.ts'
import { nearestWord } from '../../check/gates/nearest-word.ts'
import type { Ignore } from '../../check/gates/settings.ts'
import type { PullSpeeds } from '../../check/pull-times.ts'
import { reasonOf } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import { type DockerfileWish, relativeUri } from '../../session/check/dockerfile-place.ts'
import type { ExplainRequest } from '../../session/check/explain-report.ts'
import { readNamedText } from '../../transport/text/pipe.ts'
import type { Context } from './context.ts'
import { UsageError } from './usage-error.ts'

/** Options of `check` that are read here, as `ValuesOf` its declaration has them. */
type Given<Name extends string, Value = string> = { readonly [Key in Name]: Value | undefined }

/** @throws UsageError where a model is asked for without its name, or the other way round */
export function explainRequest(
  context: Context,
  values: Given<'explainWith' | 'model' | 'language'> & Given<'showPrompt' | 'anonymize' | 'withNames', boolean>,
): ExplainRequest | undefined {
  const [endpoint, model] = [values.explainWith, values.model]
  const asked = values.showPrompt === true
  if (endpoint === undefined && model === undefined && !asked) return undefined
  if (!asked && (endpoint === undefined || model === undefined)) {
    throw new UsageError('USAGE', 'Cannot explain: --explain-with URL and --model NAME belong together')
  }
  const { insecure, cacert, quiet } = context.common()
  return {
    place: { endpoint: endpoint ?? '', model: model ?? '', key: process.env['PEEL_EXPLAIN_KEY'], insecure, cacert },
    options: {
      anonymize: values.anonymize === true,
      withNames: values.withNames === true,
      language: values.language ?? 'en',
    },
    onSend: (bytes, host) => {
      if (!quiet) void context.error.write(`peel: Sending ${formatSize(bytes)} to ${escapeText(host)}.\n`)
    },
  }
}

/** Flags say less than a file: a `.dive-ci` goes before all of them, as in dive. */
export function diveFlags(
  values: Given<'lowestEfficiency' | 'highestWastedBytes' | 'highestUserWastedPercent'>,
): DiveRules | undefined {
  const said = {
    lowestEfficiency: values.lowestEfficiency,
    highestWastedBytes: values.highestWastedBytes,
    highestUserWastedPercent: values.highestUserWastedPercent,
  }
  if (Object.values(said).every(value => value === undefined)) return undefined
  return {
    lowestEfficiency: said.lowestEfficiency ?? DIVE_DEFAULTS.lowestEfficiency,
    highestWastedBytes: said.highestWastedBytes ?? DIVE_DEFAULTS.highestWastedBytes,
    highestUserWastedPercent: said.highestUserWastedPercent ?? DIVE_DEFAULTS.highestUserWastedPercent,
  }
}

/** @throws UsageError `RULE_UNKNOWN` for an id without a star that no rule has */
export function idsOf(typed: string | undefined): readonly string[] {
  const ids = (typed ?? '')
    .split(',')
    .map(id => id.trim())
    .filter(id => id !== '')
  for (const id of ids) if (!id.includes('*') && ruleTextNamed(id) === undefined) throw unknownRule('check', id)
  return ids
}

/** The exceptions of the command line, `ID[:PATH]` each. @throws UsageError `RULE_UNKNOWN` */
export function ignoresOf(typed: readonly string[]): readonly Ignore[] {
  return typed.map(each => {
    const [, id = each, path] = /^([^:]*):(.*)$/s.exec(each) ?? []
    if (!id.includes('*') && ruleTextNamed(id) === undefined) throw unknownRule('ignore', id)
    return {
      id,
      ...(path !== undefined && { path: path.replace(/^\/+/, '') }),
      reason: 'by --ignore',
      source: 'the command line',
    }
  })
}

/** The error for an id that no rule has, with the nearest one that is. */
export function unknownRule(action: string, id: string): UsageError {
  const near = nearestWord(
    id,
    RULE_TEXTS.map(rule => rule.id),
  )
  return new UsageError(
    'RULE_UNKNOWN',
    { action: `${action} "${escapeText(id)}"`, why: 'there is no such rule' },
    {
      hint:
        near === undefined
          ? '"peel check --list" names all of them.'
          : `Did you mean "${near}"? "peel check --list" names all of them.`,
    },
  )
}

/**
 * Reads `--sarif-location`: `image`, or `dockerfile[=PATH]` for the lines that made the layers.
 * @throws UsageError for another place, and for a Dockerfile that cannot be read or lies outside of the working directory
 */
export async function dockerfileWish(context: Context, values: Given<'sarifLocation'>): Promise<DockerfileWish | undefined> {
  const typed = values.sarifLocation
  if (typed === undefined || typed === 'image') return undefined
  const [kind, path] = typed.split(/=(.*)/s, 2)
  if (kind !== 'dockerfile' || path === '') {
    throw new UsageError('USAGE', `Cannot point at "${escapeText(typed)}": a location is image, dockerfile or dockerfile=PATH`)
  }
  const onMismatch: DockerfileWish['onMismatch'] = why => {
    const told =
      why === 'not recorded'
        ? 'The build recorded no Dockerfile: findings point into the image. Name it with --sarif-location dockerfile=PATH'
        : 'The history of the image does not fit the Dockerfile: findings point at its FROM'
    void context.error.write(`peel: ${told}.\n`)
  }
  return { file: path === undefined ? undefined : await dockerfileAt(path), onMismatch }
}

/** Bytes that are unpacked in a second without --unpack-rate: gzip on one processor. */
const UNPACK_RATE = '150MB'

/** The speeds of the model of pulls. @throws UsageError for what is no rate, and for the one option without the other */
export function pullSpeeds(values: Given<'bandwidth' | 'unpackRate'>): PullSpeeds | undefined {
  const [bandwidth, unpackRate] = [values.bandwidth, values.unpackRate]
  if (bandwidth === undefined && unpackRate !== undefined)
    throw new UsageError('USAGE', 'Cannot use --unpack-rate: --bandwidth RATE says how fast the line is')
  if (bandwidth === undefined) return undefined
  return { bandwidth: rateOf('--bandwidth', bandwidth), unpackRate: rateOf('--unpack-rate', unpackRate ?? UNPACK_RATE) }
}

function rateOf(option: string, typed: string): number {
  const [, number, prefix = '', unit = 'B'] = /^(\d{1,12}(?:\.\d{1,6})?)\s*([kKMG]?)(bit|b|B)?(?:\/s|ps)?$/.exec(typed) ?? []
  const bytes = (Number(number) * 1000 ** ' kMG'.indexOf(prefix.replace('K', 'k') || ' ')) / (unit === 'B' ? 1 : 8)
  if (number === undefined || bytes <= 0)
    throw new UsageError('USAGE', `Cannot read ${option} "${escapeText(typed)}": it is no rate, such as 100Mbit or 12MB`)
  return bytes
}

async function dockerfileAt(path: string): Promise<DockerfileWish['file']> {
  const action = `read ${escapeText(path)}`
  const inside = relative('.', resolve(path))
  if (inside.startsWith('..') || isAbsolute(inside))
    throw new UsageError('USAGE', { action, why: 'it is not below the working directory, which reports name files from' })
  try {
    return { uri: relativeUri(inside.replaceAll('\\', '/')), text: await readNamedText(path) }
  } catch (error) {
    throw new UsageError('USAGE', { action, why: escapeText(reasonOf(error)) })
  }
}
