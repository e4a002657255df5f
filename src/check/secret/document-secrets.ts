import type { Image } from '../../image/load.ts'
import type { DocumentPlace } from '../finding.ts'
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
  /** The line of the config or the manifest that says it. */
  readonly place: DocumentPlace
}

/** Texts of one image that are looked at, and bytes of each: documents are bounded, this bounds the work besides. */
const MOST_TEXTS = 20_000
const LONGEST_TEXT = 256 * 1024

/**
 * Secrets in variables, labels, commands, the history with its build arguments, and annotations: first by what they look like, then,
 * for variables where nothing did, by their names. Secrets themselves are given to `onSecret` alone.
 */
export function* documentSecrets(image: Image, onSecret?: OnSecret): Generator<DocumentSecret> {
  const scanner = new SecretScanner(
    [],
    onSecret && ((sha256, secret) => onSecret(sha256, Buffer.from(secret, 'latin1').toString())),
  )
  let count = 0
  for (const { text, named, ...at } of texts(image)) {
    if (++count > MOST_TEXTS) return
    const hits = secretsIn(scanner, text)
    for (const hit of hits) yield { hit, ...at }
    for (const assignment of hits.length === 0 ? named : []) {
      const hit = secretByName(assignment)
      if (hit === undefined) continue
      onSecret?.(hit.evidence.sha256, assignment.value)
      yield { hit, ...at }
    }
  }
}

/** Given a secret and the sha256 that hits know it by. */
export type OnSecret = (sha256: string, secret: string) => void

function secretsIn(scanner: SecretScanner, text: string): readonly SecretHit[] {
  const bytes = Buffer.from(text.slice(0, LONGEST_TEXT), 'utf8')
  scanner.begin(undefined, bytes.length)
  if (bytes.length > 0) scanner.data(bytes)
  return scanner.end()
}

type Text = Omit<DocumentSecret, 'hit'> & { readonly text: string; readonly named: ReturnType<typeof assignmentsOf> }

function* texts({ config, manifest, layers, descriptor, steps }: Image): Generator<Text> {
  const inConfig = (text: string, where: string, line: string, more: Partial<Pick<Text, 'named' | 'layer'>> = {}): Text => ({
    ...{ text, where, named: [], layer: undefined, ...more },
    place: { document: 'config', text: [line] },
  })
  const container = config?.value.container
  for (const variable of container?.env ?? []) {
    const at = variable.indexOf('=')
    const name = at === -1 ? variable : variable.slice(0, at)
    const named = [{ name, value: at === -1 ? '' : variable.slice(at + 1) }]
    yield inConfig(variable, `variable ${name}`, JSON.stringify(name).slice(0, -1), { named })
  }
  for (const [name, value] of Object.entries(container?.labels ?? {}))
    yield inConfig(`${name}=${value}`, `label ${name}`, JSON.stringify(name))
  for (const [what, line, words] of [
    ['the entrypoint', '"Entrypoint"', container?.entrypoint],
    ['the command', '"Cmd"', container?.cmd],
    ['the health check', '"Healthcheck"', container?.healthcheck?.test],
    ['ONBUILD', '"OnBuild"', container?.onBuild],
  ] as const) {
    if (words !== undefined && words.length > 0) yield inConfig(words.join('\n'), what, line)
  }
  for (const [index, { history, layer }] of steps.entries()) {
    const where = `step ${index + 1} of the history`
    const { createdBy = '', comment, author } = history ?? {}
    // A step that only sets something is about no layer, whatever layer comes next.
    const made = /^(?:RUN|COPY|ADD)\b|^\S*sh -c (?!#\(nop\) *(?:ENV|ARG|LABEL))|^\|/.test(createdBy) ? layer : undefined
    if (createdBy !== '') yield inConfig(createdBy, where, '"history"', { named: assignmentsOf(createdBy), layer: made })
    for (const text of [comment, author]) if (text !== undefined) yield inConfig(text, where, '"history"', { layer: made })
  }
  const annotated = [manifest.value.annotations, descriptor.annotations, ...layers.map(({ blob }) => blob.annotations)]
  for (const annotations of annotated) {
    for (const [name, value] of Object.entries(annotations ?? {}))
      yield { ...inConfig(`${name}=${value}`, `annotation ${name}`, ''), place: inManifest(name) }
  }
}

function inManifest(annotation: string): DocumentPlace {
  return { document: 'manifest', text: [JSON.stringify(annotation)] }
}
