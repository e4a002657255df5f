import { artifactWords } from '../../format/artifact-words.ts'
import { formatCount } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import type { ProvenanceSummary } from './provenance.ts'
import type { SbomSummary } from './sbom.ts'
import type { SettingsSummary } from './settings.ts'
import type { SignatureSummary } from './signature.ts'
import type { StatementSummary } from './statement.ts'
import type { Summary } from './summarise.ts'
import type { TensorList } from './tensor-list.ts'
import type { VexSummary } from './vex.ts'
import type { WasmSummary } from './wasm.ts'

/** One fact of a summary: a name of ours, and a stranger's text that is not escaped yet. */
export type SummaryLine = readonly [name: string, value: string]

/** A summary for people, a fact a line; unknown facts have no line. `long`: every package, tensor and import. */
export function summaryLines(
  summary: Summary | SettingsSummary,
  { long = false }: { readonly long?: boolean } = {},
): SummaryLine[] {
  switch (summary.kind) {
    case 'gguf':
      return known([
        ['architecture', summary.architecture],
        ['name', summary.name],
        ['licence', summary.licence],
        ['quantization', summary.quantization],
        ['context', counted(summary.contextLength, 'tokens')],
        ['blocks', counted(summary.blocks)],
        ['embedding', counted(summary.embeddingLength)],
        ['vocabulary', counted(summary.vocabulary, 'tokens')],
        ...tensorLines(summary, summary.tensorCount, long),
      ])
    case 'safetensors':
      return known([
        ...Object.entries(summary.metadata).slice(0, 20),
        ['header', formatSize(summary.headerSize)],
        ...tensorLines(summary, summary.tensors.length, long),
      ])
    case 'wasm':
      return wasmLines(summary)
    case 'sbom':
      return sbomLines(summary, long)
    case 'vex':
      return vexLines(summary, long)
    case 'statement':
      return statementLines(summary, long)
    case 'signature':
      return signatureLines(summary, long)
    default:
      return Object.entries(summary.fields)
  }
}

type Maybe = readonly [name: string, value: string | undefined]

function known(lines: readonly Maybe[]): SummaryLine[] {
  return lines.filter((line): line is SummaryLine => line[1] !== undefined && line[1] !== '')
}

const counted = (count: number | undefined, unit = '') =>
  count === undefined ? undefined : `${formatCount(count)} ${unit}`.trim()

function tensorLines({ parameters, types, tensors, complete }: TensorList, count: number, long: boolean): Maybe[] {
  const kinds = types.map(([type, number]) => `${type} ×${number}`).join(', ')
  return [
    ['parameters', parameters === undefined ? undefined : parameterText(parameters)],
    ['tensors', `${formatCount(count)}${kinds === '' ? '' : `: ${kinds}`}`],
    ...(complete ? [] : [['header', 'longer than what is read for a summary: not all tensors are known'] as const]),
    ...(long ? tensors.map(({ name, type, shape }) => ['tensor', `${name}  ${type}  ${shape.join('×')}`] as const) : []),
  ]
}

function parameterText(count: number): string {
  const [short, full] = [shortCount(count), formatCount(count)]
  return short === full ? full : `${short} (${full})`
}

/** `7.24 B`, as models are named. */
function shortCount(count: number): string {
  const [value, unit] =
    count >= 1e12 ? [count / 1e12, ' T'] : count >= 1e9 ? [count / 1e9, ' B'] : count >= 1e6 ? [count / 1e6, ' M'] : [count, '']
  return unit === '' ? formatCount(count) : `${value.toPrecision(3)}${unit}`
}

function wasmLines({ binary, imports, exports, custom, complete }: WasmSummary): SummaryLine[] {
  return known([
    ['binary', `WebAssembly ${binary}`],
    ...imports.map(({ name, type }) => ['import', `${name} (${type})`] as const),
    ...exports.map(({ name, type }) => ['export', `${name} (${type})`] as const),
    ['sections', custom.join(', ')],
    ['', complete ? undefined : 'not all of it is listed'],
  ])
}

function sbomLines({ format, name, created, tools, packages, licences, files }: SbomSummary, long: boolean): SummaryLine[] {
  return known([
    ['format', format],
    ['about', name],
    ['created', created],
    ['tools', tools.join(', ')],
    ['packages', formatCount(packages.length)],
    ['files', files === 0 ? undefined : formatCount(files)],
    [
      'licences',
      licences
        .slice(0, long ? undefined : 8)
        .map(([licence, count]) => `${licence} ×${count}`)
        .join(', '),
    ],
    ...(long
      ? packages.map(each => ['package', [each.name, each.version, each.licence].filter(Boolean).join('  ')] as const)
      : []),
  ])
}

function statementLines({ predicateType, subjects, predicate, signatures }: StatementSummary, long: boolean): SummaryLine[] {
  const about = subjects
    .slice(0, long ? undefined : 3)
    .map(({ name, digests }) => ['about', `${name} ${digests.join(' ')}`.trim()] as const)
  return known([
    ['statement', predicateType === undefined ? undefined : artifactWords(predicateType)],
    ['predicate', predicateType],
    ...about,
    ['signatures', signatures === undefined ? 'none: it is not signed' : String(signatures)],
    ...(predicate === undefined ? [] : predicateLines(predicate, long)),
  ])
}

function predicateLines(predicate: NonNullable<StatementSummary['predicate']>, long: boolean): readonly Maybe[] {
  if (predicate.kind === 'vex') return vexLines(predicate, long)
  return predicate.kind === 'sbom' ? sbomLines(predicate, long) : provenanceLines(predicate, long)
}

function vexLines({ format, author, created, claims, statuses }: VexSummary, long: boolean): SummaryLine[] {
  const claimText = ({ vulnerability, status, products, reason }: (typeof claims)[number]) =>
    [vulnerability, status, reason, products.slice(0, 3).join(' ')].filter(Boolean).join('  ')
  return known([
    ['format', format],
    ['author', author],
    ['created', created],
    ['claims', statuses.map(([status, count]) => `${status} ×${count}`).join(', ')],
    ...claims.slice(0, long ? undefined : 8).map(each => ['claim', claimText(each)] as const),
  ])
}

function provenanceLines(summary: ProvenanceSummary, long: boolean): Maybe[] {
  const { bases, materials } = summary
  const shown = (each: { uri: string; digest: string | undefined }) => [each.uri, each.digest].filter(Boolean).join(' ')
  return [
    ['SLSA', `version ${summary.version}`],
    ['builder', summary.builder],
    ['build type', summary.buildType],
    ['source', summary.source],
    ['revision', summary.revision],
    ['started', summary.started],
    ['finished', summary.finished],
    ...bases.map(each => ['base', shown(each)] as const),
    ...(long ? materials.slice(bases.length).map(each => ['material', shown(each)] as const) : []),
    ['materials', long || materials.length === bases.length ? undefined : `${materials.length - bases.length} more`],
    ...Object.entries(summary.arguments).map(([name, value]) => ['argument', `${name}=${value}`] as const),
    ...summary.files.flatMap(({ name, text }) => [
      ['file', name] as const,
      ...text.split('\n', long ? 5000 : 400).map(each => ['', each] as const),
    ]),
  ]
}

function signatureLines(summary: SignatureSummary, long: boolean): SummaryLine[] {
  const [signer, ...chain] = summary.certificates
  return known([
    ['signature', summary.format],
    ['signs', summary.digest],
    ['identity', summary.identity],
    ['algorithm', summary.algorithm],
    ['signed at', summary.signedAt],
    ['certificate', signer && (signer.alternativeNames ?? signer.subject)],
    ['issued by', signer?.issuer],
    ['valid', signer && `${signer.validFrom} to ${signer.validTo}`],
    ...(long ? chain.map(({ subject }) => ['chain', subject] as const) : []),
    ...Object.entries(summary.claims).map(([name, value]) => ['claim', `${name}=${value}`] as const),
    ...(summary.statement === undefined ? [] : statementLines(summary.statement, long)),
  ])
}
