import { Ajv, type AnySchemaObject } from 'ajv'
import { corpusJson } from '../corpus.ts'

/** The image specification's own JSON schemas: every document peel writes must hold to them. */
export type SpecSchema = 'config' | 'image-manifest' | 'image-index' | 'image-layout'

const FILES = [
  'defs',
  'defs-descriptor',
  'content-descriptor',
  'config-schema',
  'image-manifest-schema',
  'image-index-schema',
  'image-layout-schema',
]
let loaded: Ajv | undefined

/** The faults that the schema finds in the document; empty when it holds. */
export function schemaProblems(name: SpecSchema, document: unknown): readonly string[] {
  loaded ??= load()
  const validate = loaded.getSchema(`${name}-schema.json`)
  if (validate === undefined) throw new Error(`there is no schema ${name}`)
  return validate(document) ? [] : (validate.errors ?? []).map(error => `${error.instancePath} ${error.message}`)
}

function load(): Ajv {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true })
  for (const file of FILES) {
    ajv.addSchema(withoutIds(corpusJson('image-spec', `${file}.json`)) as AnySchemaObject, `${file}.json`)
  }
  return ajv
}

/** Draft 4's `id` and `$schema` mean nothing to ajv 8; references go by file name. */
function withoutIds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutIds)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, each]) => !((key === 'id' || key === '$schema') && typeof each === 'string'))
      .map(([key, each]) => [key, withoutIds(each)]),
  )
}
