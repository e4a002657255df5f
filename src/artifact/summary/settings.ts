import { isRecord } from '../../blob/descriptor.ts'
import { objectAt, textAt, textsOf } from './json-fields.ts'

/** The fields of an artifact's own config, by its kind: a Helm chart's Chart.yaml, a model's card, a policy. */
export type SettingsSummary = {
  readonly kind: 'chart' | 'model' | 'policy' | 'wasm-config' | 'config'
  readonly fields: Readonly<Record<string, string>>
}

const FIELDS = 60

/** Reads a config that is no image's. `mediaType` says whose it is; undefined where it says nothing. */
export function summariseSettings(document: unknown, mediaType: string): SettingsSummary | undefined {
  if (!isRecord(document) || Object.keys(document).length === 0) return undefined
  if (mediaType.includes('helm.config')) return { kind: 'chart', fields: chartFields(document) }
  if (MODEL.test(mediaType) || 'model_format' in document) return { kind: 'model', fields: modelFields(document) }
  if (mediaType.includes('wasm.config')) return { kind: 'wasm-config', fields: wasmFields(document) }
  const kind = POLICY.test(mediaType) ? 'policy' : 'config'
  return { kind, fields: textsOf(document, FIELDS) }
}

const MODEL = /cncf\.model\.config|docker\.ai\.model\.config/
const POLICY = /openpolicyagent|falco|kyverno|conftest|gatekeeper/

function chartFields(document: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const dependencies = document['dependencies']
  const named = Array.isArray(dependencies)
    ? dependencies.slice(0, 50).map(each => [textAt(each, 'name'), textAt(each, 'version')])
    : []
  return {
    ...textsOf(document, FIELDS),
    ...(named.length > 0 && { dependencies: named.map(pair => pair.filter(Boolean).join(' ')).join(', ') }),
  }
}

/** ModelPack (`descriptor`, `config`), Docker's models (`config`) and Ollama's (flat) say the same in three places. */
function modelFields(document: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const { rootfs: _, ...flat } = document
  return {
    ...textsOf(flat, FIELDS),
    ...textsOf(objectAt(document, 'descriptor'), FIELDS),
    ...textsOf(objectAt(document, 'config'), FIELDS),
  }
}

function wasmFields(document: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const target = textAt(document, 'component', 'target')
  return { ...textsOf(document, FIELDS), ...(target !== undefined && { target }) }
}
