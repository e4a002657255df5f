import { count, digest, type JsonSchema, list, map, object, oneOf, orNull, position, text, yes } from './json-schema.ts'
import { PATH } from './shared-shapes.ts'

const tensors = {
  'parameters?': count,
  types: map(count),
  tensors: list(object({ name: text, type: text, shape: list(count) })),
  complete: yes,
} as const

const gguf = object({
  kind: oneOf('gguf'),
  version: count,
  'architecture?': text,
  'name?': text,
  'licence?': text,
  'quantization?': text,
  'contextLength?': count,
  'blocks?': count,
  'embeddingLength?': count,
  'vocabulary?': count,
  tensorCount: count,
  ...tensors,
})

const safetensors = object({ kind: oneOf('safetensors'), headerSize: count, metadata: map(text), ...tensors })

const wasmNames = list(object({ name: text, type: text }))
const binary = oneOf('module', 'component')
const wasm = object({
  kind: oneOf('wasm'),
  binary,
  imports: wasmNames,
  exports: wasmNames,
  custom: list(text),
  complete: yes,
})

const sbom = object({
  kind: oneOf('sbom'),
  format: text,
  'name?': text,
  'created?': text,
  tools: list(text),
  packages: list(object({ name: text, 'version?': text, 'licence?': text, 'purl?': text })),
  licences: map(count),
  files: count,
})

const vex = object({
  kind: oneOf('vex'),
  format: text,
  'author?': text,
  'created?': text,
  claims: list(object({ vulnerability: text, status: text, products: list(text), 'reason?': text })),
  statuses: map(count),
})

const materials = list(object({ uri: text, 'digest?': text }))
const provenance = object({
  kind: oneOf('provenance'),
  version: oneOf('0.2', '1'),
  'builder?': text,
  'buildType?': text,
  'source?': text,
  'revision?': text,
  'started?': text,
  'finished?': text,
  arguments: map(text),
  materials,
  bases: materials,
  files: list(object({ name: text, 'language?': text, text })),
})

const statement = object({
  kind: oneOf('statement'),
  'predicateType?': text,
  subjects: list(object({ name: text, digests: list(text) })),
  'predicate?': { anyOf: [provenance, sbom, vex] },
  'signatures?': count,
})

const signature = object({
  kind: oneOf('signature'),
  format: oneOf('cosign', 'notation', 'sigstore-bundle'),
  'digest?': text,
  'identity?': text,
  claims: map(text),
  'algorithm?': text,
  'signedAt?': text,
  certificates: list(
    object({
      subject: text,
      issuer: text,
      validFrom: text,
      validTo: text,
      serialNumber: text,
      'alternativeNames?': text,
      fingerprint256: text,
      authority: yes,
    }),
  ),
  'statement?': statement,
})

/** The summary in the header of a blob, or of a document. */
const summary: JsonSchema = { anyOf: [gguf, safetensors, wasm, sbom, vex, statement, signature] }

const file = object({
  position,
  'path?': PATH.path,
  'pathBase64?': PATH['pathBase64?'],
  digest,
  mediaType: text,
  size: count,
  'kind?': oneOf(
    ...['gzip+tar', 'gzip', 'zstd', 'tar', 'elf', 'gguf', 'safetensors', 'wasm', 'json', 'pem', 'erofs', 'squashfs', 'zip'],
  ),
  tree: yes,
  'encrypted?': yes,
  'proven?': yes,
  'summary?': summary,
})

/** `artifact` of `peel inspect --json`: figures of the whole, its own config by field, each blob. */
export const artifact = object({
  type: text,
  'kind?': oneOf('gguf', 'safetensors', 'wasm', 'sbom', 'vex', 'statement', 'signature'),
  'architecture?': orNull(text),
  'name?': orNull(text),
  'licence?': orNull(text),
  'quantization?': orNull(text),
  'parameters?': orNull(count),
  'tensors?': count,
  'binary?': binary,
  'imports?': wasmNames,
  'exports?': wasmNames,
  'config?': {
    type: 'object',
    properties: { kind: text },
    required: ['kind'],
    additionalProperties: text,
  },
  files: list(file),
})
