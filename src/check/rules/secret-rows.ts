import { escapeText } from '../../escape.ts'
import { formatCount } from '../../format/count.ts'
import { displayPath } from '../../layer/file-path.ts'
import type { Severity } from '../finding.ts'
import { mergedEdits } from '../fixes.ts'
import type { LayerScan } from '../layer-scan.ts'
import type { Hit, Layers, LayersRule } from '../rule.ts'
import { type DocumentSecret, documentSecrets } from '../secret/document-secrets.ts'
import { type FilePlace, type FoundInFiles, foundInFiles } from '../secret/file-secrets.ts'
import type { SecretHit } from '../secret-hit.ts'
import { SECRET_TEXTS, type SecretText } from './secret-texts.ts'

/** Rotating comes first: a layer that was pushed once is in registries and caches, whatever is pushed afterwards. */
const FIX = {
  buildkit:
    'Revoke it first: every copy of the image contains it. Then give it to the build with RUN --mount=type=secret, or to the container when it starts.',
  other:
    'Revoke it first: every copy of the image contains it. Then give it to the container when it starts, and to a build as a secret that is mounted.',
}

/**
 * Secrets in files that are seen, in files that later layers delete, replace or hide, and in the documents. A row a kind: all of
 * them tell from what the scanner found while the layers' bytes passed.
 */
export const SECRET_ROWS: readonly SecretRule[] = SECRET_TEXTS.map(rowOf)

/** The inputs of these rows: they look at nothing else, so that they can tell while layers are missing. */
type ScannedLayers = Pick<Layers, 'image' | 'now' | 'stack' | 'secrets' | 'ownership'> & {
  readonly scans: readonly Pick<LayerScan, 'more'>[]
}
type SecretRule = Omit<LayersRule, 'look'> & { readonly look: (layers: ScannedLayers) => Iterable<Hit> }

function rowOf({ fix, ...text }: SecretText): SecretRule {
  return {
    ...text,
    fix: fix === undefined ? FIX : { other: fix },
    needs: 'layers',
    *look(layers) {
      const found = foundIn(layers)
      for (const each of found.files.get(text.id) ?? []) yield fileHit(layers, each)
      for (const each of found.documents.get(text.id) ?? []) yield documentHit(layers, each)
      yield* unlisted(layers, text)
    },
  }
}

/** The files that are not listed, because their layer has so many with secrets. */
function* unlisted({ scans }: ScannedLayers, { id, title }: Pick<SecretText, 'id' | 'title'>): Generator<Hit> {
  const beyond = scans.flatMap(({ more }, layer) => (more[id] === undefined ? [] : [{ layer, files: more[id] }]))
  const [first] = beyond
  if (first === undefined) return
  const places = beyond.reduce((sum, { files }) => sum + files, 0)
  const names = beyond.map(({ layer }) => layer + 1).join(', ')
  yield {
    layer: first.layer,
    mendedBy: Math.max(...beyond.map(({ layer }) => layer)),
    places,
    title: `${formatCount(places)} more: ${title}`,
    detail: `So many files with secrets are in layer ${names} that ${formatCount(places)} with one of this kind are not listed.`,
    key: 'unlisted',
  }
}

type Found = {
  readonly files: ReadonlyMap<string, readonly FoundInFiles[]>
  readonly documents: ReadonlyMap<string, readonly (readonly DocumentSecret[])[]>
}

/** Worked out once for all rows of one run. */
const known = new WeakMap<ScannedLayers, Found>()

function foundIn(layers: ScannedLayers): Found {
  const before = known.get(layers)
  if (before !== undefined) return before
  // A variable is in the configuration and in the step that set it: one secret, told once.
  const same = Map.groupBy(documentSecrets(layers.image), ({ hit }) => `${hit.rule} ${hit.evidence.sha256}`)
  const documents = Map.groupBy(withoutNamed([...same.values()]), ([first]) => first?.hit.rule ?? '')
  const found = { files: Map.groupBy(foundInFiles(layers.stack, layers.secrets), ({ rule }) => rule), documents }
  known.set(layers, found)
  return found
}

/** The name of a variable says nothing more where its value was found by what it looks like, in whatever text. */
function withoutNamed(groups: readonly (readonly DocumentSecret[])[]): readonly (readonly DocumentSecret[])[] {
  const values = new Set(groups.flat().flatMap(({ hit }) => (hit.rule === NAMED ? [] : [hit.evidence.sha256])))
  return groups.filter(([first]) => first?.hit.rule !== NAMED || !values.has(first.hit.evidence.sha256))
}

const NAMED = 'secret/env-name'

function fileHit(layers: ScannedLayers, { hits, hasMore, places }: FoundInFiles): Hit {
  const [first, ...others] = hits
  const [place, ...copies] = places
  if (first === undefined || place === undefined) throw new RangeError('a secret was found in no place')
  const owners = places.map(({ path, layer, entry }) => layers.ownership.ownerOf(path, layer, entry))
  const publisher = owners.find(owner => owner?.published === 'proven')?.package
  const severity = severityOf(first, layers.now)
  const isShared = places.every(({ path }) => SNAKEOIL.test(path))
  const vendored = isShared || owners.some(owner => owner?.published === 'weak')
  return {
    severity: vendored ? LESS[severity] : severity,
    layer: place.layer,
    ...(place.hiddenBy !== undefined && { hiddenBy: place.hiddenBy }),
    // The layer that ships it must change: hiding it does not take it out.
    mendedBy: place.layer,
    path: place.path,
    bytes: place.bytes,
    detail: `${named(first)} in /${displayPath(place.path)}${linesOf(first, others, hasMore)}. ${hiding(place)}${elsewhere(copies)}`,
    evidence: first.evidence,
    ...squashesOf(places),
    ...(publisher !== undefined && {
      published: `the ${publisher.type} package ${escapeText(publisher.name)} ${escapeText(publisher.version)} ships this file, unchanged`,
    }),
  }
}

/** The squashes that take out each of several hidden copies: the one of the first place leaves the others in. */
function squashesOf(places: FoundInFiles['places']): Pick<Hit, 'edits'> {
  if (places.length === 1 || places.some(({ hiddenBy }) => hiddenBy === undefined)) return {}
  return { edits: mergedEdits(places.map(({ layer, hiddenBy = layer }) => ({ type: 'squash', from: layer, to: hiddenBy }))) }
}

/** Debian's ssl-cert makes a key for tests and placeholders, which all of its users take for public. */
const SNAKEOIL = /^etc\/ssl\/private\/ssl-cert-snakeoil\.key$/

const LESS: Readonly<Record<Severity, Severity>> = { error: 'warning', warning: 'info', info: 'info' }

/** An expired token opens nothing. */
function severityOf({ severity, expires }: SecretHit, now: number): Severity {
  return expires !== undefined && expires * 1000 < now ? 'info' : severity
}

/** The name of the kind, with its last two characters where it is long enough to be told by them alone. */
function named({ kind, ending }: SecretHit): string {
  return `${escapeText(kind)}${ending === undefined ? '' : ` (****${ending})`}`
}

/** Lines of a file's other secrets that are told. */
const MOST_LINES = 8

function linesOf(first: SecretHit, others: readonly SecretHit[], hasMore: boolean): string {
  const lines = others.map(({ evidence }) => evidence.line).filter(line => line !== undefined)
  const where = lines.length === 0 ? '' : ` (line ${lines.slice(0, MOST_LINES).join(', ')})`
  const at = first.evidence.line === undefined ? '' : `, line ${first.evidence.line}`
  return `${at}${others.length === 0 ? '' : `, and ${hasMore ? 'at least ' : ''}${others.length} more${where}`}`
}

function hiding({ layer, hiddenBy }: FilePlace): string {
  const ships = `Layer ${layer + 1} ships it`
  return hiddenBy === undefined ? `${ships}.` : `${ships}, layer ${hiddenBy + 1} hides it: it can still be read from the image.`
}

/** Places told besides the first. */
const MOST_PLACES = 5

function elsewhere(places: readonly FilePlace[]): string {
  if (places.length === 0) return ''
  const told = places.slice(0, MOST_PLACES).map(({ path, layer }) => `/${displayPath(path)} of layer ${layer + 1}`)
  const rest = places.length - told.length
  return ` Also in ${told.join(', ')}${rest > 0 ? `, and ${rest} more places` : ''}.`
}

function documentHit({ now }: ScannedLayers, secrets: readonly DocumentSecret[]): Hit {
  const [first] = secrets
  if (first === undefined) throw new RangeError('a secret was found in no text')
  const places = [...new Set(secrets.map(({ where }) => where))].map(where => escapeText(where.slice(0, 200)))
  const layer = secrets.find(each => each.layer !== undefined)?.layer
  const rest = places.length - MOST_PLACES
  const told = `${places.slice(0, MOST_PLACES).join(', ')}${rest > 0 ? `, and ${rest} more places` : ''}`
  return {
    severity: severityOf(first.hit, now),
    ...(layer === undefined ? { document: first.place } : { layer, mendedBy: layer }),
    detail: `${named(first.hit)} in ${told}: it can be read without any layer.`,
    evidence: { sha256: first.hit.evidence.sha256 },
  }
}
