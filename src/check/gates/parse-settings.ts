import type { FailOn } from '../report.ts'
import { parseGoFloat, parseHumanBytes } from './go-number.ts'
import { invalidLine } from './invalid-line.ts'
import { nearestWord } from './nearest-word.ts'
import type { BaseWish, Gates, GrowthLimit, Ignore, PeelYaml } from './settings.ts'
import { itemsOf, pairsOf, parseYaml, scalarText } from './yaml-document.ts'

/**
 * Reads a `.peel.yaml`. Every key must be known: a misspelt one that is ignored would be a gate that never fails.
 * @throws ImageError `SETTINGS_INVALID` with the line, and the nearest name for an unknown key
 */
export function parseSettings(text: string, file: string): PeelYaml {
  const { root, lineOf } = parseYaml(text, file)
  const reader = new Reader(file, lineOf)
  const fields =
    root === null || scalarText(root) === null
      ? {}
      : reader.fields(root, 'the file', ['gates', 'base', 'ignore', 'severity', 'platforms'])
  return {
    gates: fields.gates === undefined ? {} : reader.gates(fields.gates),
    base: fields.base === undefined ? undefined : reader.base(fields.base),
    ignore: fields.ignore === undefined ? [] : reader.ignores(fields.ignore),
    severity: fields.severity === undefined ? [] : reader.severities(fields.severity),
    platforms: Object.fromEntries(
      fields.platforms === undefined
        ? []
        : reader.pairs(fields.platforms, 'platforms').map(({ key, value }) => [key, reader.gates(value)]),
    ),
  }
}

class Reader {
  readonly #file: string
  readonly #lineOf: (node: unknown) => number

  constructor(file: string, lineOf: (node: unknown) => number) {
    this.#file = file
    this.#lineOf = lineOf
  }

  gates(node: unknown): Gates {
    const fields = this.fields(node, 'gates', ['efficiency', 'hidden', 'size', 'layer', 'layers', 'growth', 'findings'])
    const size = fields.size === undefined ? undefined : this.fields(fields.size, 'size', ['compressed', 'content'])
    return {
      ...(fields.efficiency !== undefined && { efficiency: this.#ratio(fields.efficiency, 'efficiency') }),
      ...(fields.hidden !== undefined && { hidden: this.#bytes(fields.hidden, 'hidden') }),
      ...(size !== undefined && {
        size: {
          ...(size.compressed !== undefined && { compressed: this.#bytes(size.compressed, 'compressed') }),
          ...(size.content !== undefined && { content: this.#bytes(size.content, 'content') }),
        },
      }),
      ...(fields.layer !== undefined && { layer: this.#bytes(fields.layer, 'layer') }),
      ...(fields.layers !== undefined && { layers: this.#count(fields.layers, 'layers') }),
      ...(fields.growth !== undefined && { growth: this.#growth(fields.growth) }),
      ...(fields.findings !== undefined && { findings: this.#word(fields.findings, 'findings', FAIL_ON) }),
    }
  }

  base(node: unknown): BaseWish {
    const text = pairsOf(node) === undefined ? scalarText(node) : undefined
    if (text === 'auto' || text === 'none') return { kind: text }
    if (text !== undefined) throw this.#wrong(node, '"base" is auto, none, or one of image, digest and layers')
    const fields = this.fields(node, 'base', ['image', 'digest', 'layers'])
    if (fields.image !== undefined) return { kind: 'image', image: this.#text(fields.image, 'image') }
    if (fields.digest !== undefined) return { kind: 'digest', digest: this.#text(fields.digest, 'digest') }
    if (fields.layers !== undefined) return { kind: 'layers', layers: this.#count(fields.layers, 'layers') }
    throw this.#wrong(node, '"base" names no image, digest or layers')
  }

  ignores(node: unknown): readonly Ignore[] {
    return this.#items(node, 'ignore').map(item => {
      const fields = this.fields(item, 'ignore', ['id', 'path', 'layer', 'reason', 'until'])
      if (fields.id === undefined) throw this.#wrong(item, 'an entry of "ignore" has no id')
      return {
        id: this.#text(fields.id, 'id'),
        ...(fields.path !== undefined && { path: this.#text(fields.path, 'path').replace(/^\/+/, '') }),
        ...(fields.layer !== undefined && { layer: this.#layer(fields.layer) }),
        ...(fields.reason !== undefined && { reason: this.#text(fields.reason, 'reason') }),
        ...(fields.until !== undefined && { until: this.#day(fields.until) }),
        source: `${this.#file}, line ${this.#lineOf(item)}`,
      }
    })
  }

  severities(node: unknown): PeelYaml['severity'] {
    return this.pairs(node, 'severity').map(({ key, value }) => ({ id: key, severity: this.#word(value, key, SEVERITY_WORDS) }))
  }

  pairs(node: unknown, name: string) {
    const pairs = pairsOf(node)
    if (pairs === undefined) throw this.#wrong(node, `"${name}" is no mapping`)
    return pairs
  }

  fields<Name extends string>(node: unknown, where: string, names: readonly Name[]): Partial<Record<Name, unknown>> {
    const fields: Partial<Record<Name, unknown>> = {}
    for (const { key, keyNode, value } of this.pairs(node, where)) {
      const name = names.find(each => each === key)
      if (name === undefined) {
        const near = nearestWord(key, names)
        const hint = near === undefined ? `It takes ${names.join(', ')}.` : `Did you mean "${near}"?`
        throw invalidLine(this.#file, this.#lineOf(keyNode), `unknown key "${key}" in ${where}`, hint)
      }
      fields[name] = value
    }
    return fields
  }

  #growth(node: unknown): GrowthLimit {
    const fields = this.fields(node, 'growth', ['against', 'size', 'files'])
    if (fields.size === undefined) throw this.#wrong(node, '"growth" has no size, such as 5% or 10MB')
    const text = this.#text(fields.size, 'size')
    const share = /^([\d.]+)\s*%$/.exec(text)?.[1]
    const bytes = share === undefined ? parseHumanBytes(text) : Number(share)
    if (bytes === undefined || Number.isNaN(bytes)) throw this.#wrong(fields.size, '"size" is neither a size nor a percentage')
    return {
      ...(fields.against !== undefined && { against: this.#text(fields.against, 'against') }),
      size: share === undefined ? { bytes } : { share: bytes / 100 },
      files:
        fields.files === undefined
          ? []
          : this.#items(fields.files, 'files').map(item => this.#text(item, 'files').replace(/^\/+/, '')),
    }
  }

  #items(node: unknown, name: string): readonly unknown[] {
    const items = scalarText(node) === null ? [] : itemsOf(node)
    if (items === undefined) throw this.#wrong(node, `"${name}" is no list`)
    return items
  }

  #text(node: unknown, name: string): string {
    const text = scalarText(node)
    if (text === undefined || text === null || text === '') throw this.#wrong(node, `"${name}" is empty or no text`)
    return text
  }

  #bytes(node: unknown, name: string): number {
    const bytes = parseHumanBytes(this.#text(node, name))
    if (bytes === undefined) throw this.#wrong(node, `"${name}" is no size, such as 20MB, 20MiB or 20000000`)
    return bytes
  }

  #ratio(node: unknown, name: string): number {
    const text = this.#text(node, name)
    const percent = /^([\d.]+)\s*%$/.exec(text)?.[1]
    const ratio = percent === undefined ? parseGoFloat(text) : Number(percent) / 100
    if (ratio === undefined || !(ratio >= 0 && ratio <= 1)) throw this.#wrong(node, `"${name}" is no number from 0 to 1`)
    return ratio
  }

  #count(node: unknown, name: string): number {
    const text = this.#text(node, name)
    if (!/^\d{1,9}$/.test(text)) throw this.#wrong(node, `"${name}" is no whole number`)
    return Number(text)
  }

  #layer(node: unknown): 'base' | number {
    const text = this.#text(node, 'layer')
    if (text === 'base') return text
    if (!/^[1-9]\d{0,5}$/.test(text)) throw this.#wrong(node, '"layer" is base or a number from 1')
    return Number(text)
  }

  /** The end of the day, so that it holds all day wherever it is looked at from. */
  #day(node: unknown): number {
    const text = this.#text(node, 'until')
    const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T23:59:59.999Z`) : Number.NaN
    // A day that the month does not have is taken for one of the next month otherwise.
    if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text)
      throw this.#wrong(node, '"until" is no date such as 2027-01-31')
    return time
  }

  #word<Word extends string>(node: unknown, name: string, words: readonly Word[]): Word {
    const text = this.#text(node, name)
    const word = words.find(each => each === text)
    if (word === undefined) throw this.#wrong(node, `"${name}" is "${text}", not one of ${words.join(', ')}`)
    return word
  }

  #wrong(node: unknown, why: string): Error {
    return invalidLine(this.#file, this.#lineOf(node), why)
  }
}

const SEVERITY_WORDS = ['error', 'warning', 'info'] as const
const FAIL_ON: readonly FailOn[] = ['none', ...SEVERITY_WORDS]
