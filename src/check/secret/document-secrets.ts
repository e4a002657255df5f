import type { Image } from '../../image/load.ts'
import type { SecretHit } from '../secret-hit.ts'
import { assignmentsOf, secretByName } from './env-name.ts'
import { SecretScanner } from './secret-scanner.ts'

/** A secret in what the documents of an image say. */
export type DocumentSecret = {
  readonly hit: SecretHit
  /** Where it is, for a person: `variable STRIPE_KEY`, `step 5 of the history`; not escaped, without a value. */
  readonly where: string
  /** Position of the layer that the step of the history made; undefined for all else. */
  readonly layer: number | undefined
}

/** Texts of one image that are looked at, and bytes of each: documents are bounded, this bounds the work besides. */
const MOST_TEXTS = 20_000
const LONGEST_TEXT = 256 * 1024

/**
 * Secrets in variables, labels, commands, the history with its build arguments, and annotations: first by what they look like, then,
 * for variables where nothing did, by their names.
 */
export function* documentSecrets(image: Image): Generator<DocumentSecret> {
  const scanner = new SecretScanner()
  let count = 0
  for (const { text, where, layer, named } of texts(image)) {
    if (++count > MOST_TEXTS) return
    const hits = secretsIn(scanner, text)
    for (const hit of hits) yield { hit, where, layer }
    for (const assignment of hits.length === 0 ? named : []) {
      const hit = secretByName(assignment)
      if (hit !== undefined) yield { hit, where, layer }
    }
  }
}

function secretsIn(scanner: SecretScanner, text: string): readonly SecretHit[] {
  const bytes = Buffer.from(text.slice(0, LONGEST_TEXT), 'utf8')
  scanner.begin(undefined, bytes.length)
  if (bytes.length > 0) scanner.data(bytes)
  return scanner.end()
}

type Text = Omit<DocumentSecret, 'hit'> & { readonly text: string; readonly named: ReturnType<typeof assignmentsOf> }

function* texts({ config, manifest, layers, descriptor, steps }: Image): Generator<Text> {
  const about = (text: string, where: string, named: Text['named'] = [], layer?: number): Text => ({ text, where, named, layer })
  const container = config?.value.container
  for (const variable of container?.env ?? []) {
    const at = variable.indexOf('=')
    const name = at === -1 ? variable : variable.slice(0, at)
    yield about(variable, `variable ${name}`, [{ name, value: at === -1 ? '' : variable.slice(at + 1) }])
  }
  for (const [name, value] of Object.entries(container?.labels ?? {})) yield about(`${name}=${value}`, `label ${name}`)
  for (const [what, words] of [
    ['the entrypoint', container?.entrypoint],
    ['the command', container?.cmd],
    ['the health check', container?.healthcheck?.test],
    ['ONBUILD', container?.onBuild],
  ] as const) {
    if (words !== undefined && words.length > 0) yield about(words.join('\n'), what)
  }
  for (const [index, { history, layer }] of steps.entries()) {
    const where = `step ${index + 1} of the history`
    const { createdBy = '', comment, author } = history ?? {}
    // A step that only sets something is about no layer, whatever layer comes next.
    const made = /^(?:RUN|COPY|ADD)\b|^\S*sh -c (?!#\(nop\) *(?:ENV|ARG|LABEL))|^\|/.test(createdBy) ? layer : undefined
    if (createdBy !== '') yield about(createdBy, where, assignmentsOf(createdBy), made)
    for (const text of [comment, author]) if (text !== undefined) yield about(text, where, [], made)
  }
  const annotated = [manifest.value.annotations, descriptor.annotations, ...layers.map(({ blob }) => blob.annotations)]
  for (const annotations of annotated) {
    for (const [name, value] of Object.entries(annotations ?? {})) yield about(`${name}=${value}`, `annotation ${name}`)
  }
}
