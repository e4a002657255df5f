import type { StatementSummary } from '../../artifact/summary/statement.ts'
import type { Summary } from '../../artifact/summary/summarise.ts'
import type { ArtifactFacts, ArtifactFile } from '../../session/artifact/artifact-facts.ts'
import { exactPath } from './file-json.ts'

/** `artifact` of `peel inspect --json`: what the headers say, of the whole at the top, of each blob in `files`. */
export function artifactJson({ type, settings, files }: ArtifactFacts): object {
  return {
    type,
    ...headline(files),
    ...(settings !== undefined && { config: { kind: settings.kind, ...settings.fields } }),
    files: files.map(fileJson),
  }
}

function fileJson({ part, kind, tree, encrypted, summary, proven }: ArtifactFile): object {
  const { blob, position, path } = part
  return {
    position,
    ...(tree ? {} : exactPath(path)),
    digest: blob.digest,
    mediaType: blob.mediaType,
    size: blob.size,
    ...(kind !== undefined && { kind }),
    tree,
    ...(encrypted && { encrypted }),
    ...(summary !== undefined && { proven, summary: summaryJson(summary) }),
  }
}

export function summaryJson(summary: Summary): object {
  if (summary.kind === 'vex') return { ...summary, statuses: Object.fromEntries(summary.statuses) }
  if (summary.kind === 'sbom') return { ...summary, licences: Object.fromEntries(summary.licences) }
  if ('types' in summary) return { ...summary, types: Object.fromEntries(summary.types) }
  if (summary.kind === 'statement') return statementJson(summary)
  if (summary.kind === 'signature' && summary.statement !== undefined)
    return { ...summary, statement: statementJson(summary.statement) }
  return summary
}

function statementJson(statement: StatementSummary): object {
  const { predicate } = statement
  const isListed = predicate?.kind === 'sbom' || predicate?.kind === 'vex'
  return isListed ? { ...statement, predicate: summaryJson(predicate) } : statement
}

/** The figures that readers ask for first: of one model in several files the numbers add up. */
function headline(files: readonly ArtifactFile[]): object {
  const summaries = files.flatMap(({ summary }) => (summary === undefined ? [] : [summary]))
  const [first] = summaries
  const models = summaries.filter(each => each.kind === 'gguf' || each.kind === 'safetensors')
  const gguf = summaries.find(each => each.kind === 'gguf')
  const wasm = summaries.find(each => each.kind === 'wasm')
  const counts = models.map(({ parameters }) => parameters)
  const parameters = counts.every(count => count !== undefined) ? counts.reduce((sum, count) => sum + count, 0) : null
  return {
    ...(first !== undefined && { kind: first.kind }),
    ...(gguf !== undefined && {
      architecture: gguf.architecture ?? null,
      name: gguf.name ?? null,
      licence: gguf.licence ?? null,
      quantization: gguf.quantization ?? null,
    }),
    ...(models.length > 0 && { parameters, tensors: models.reduce((sum, each) => sum + tensorCount(each), 0) }),
    ...(wasm !== undefined && { binary: wasm.binary, imports: wasm.imports, exports: wasm.exports }),
  }
}

function tensorCount(model: Extract<Summary, { kind: 'gguf' | 'safetensors' }>): number {
  return model.kind === 'gguf' ? model.tensorCount : model.tensors.length
}
