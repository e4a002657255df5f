/** A JSON Schema (draft 2020-12), as far as this program's output needs it. */
export type JsonSchema = { readonly [keyword: string]: unknown }

export const text: JsonSchema = { type: 'string' }
export const count: JsonSchema = { type: 'integer', minimum: 0 }
/** A difference of bytes or entries. */
export const delta: JsonSchema = { type: 'integer' }
export const ratio: JsonSchema = { type: 'number' }
export const yes: JsonSchema = { type: 'boolean' }
export const any: JsonSchema = {}
export const digest: JsonSchema = { type: 'string', pattern: '^[a-z0-9]+:[0-9a-fA-F]+$', description: 'ALGORITHM:HEX' }
/** A layer, 0 first. */
export const position: JsonSchema = { type: 'integer', minimum: 0, description: 'the layer’s position, 0 first' }

export function orNull(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: 'null' }] }
}

export function list(items: JsonSchema): JsonSchema {
  return { type: 'array', items }
}

export function oneOf(...values: readonly (string | number | boolean)[]): JsonSchema {
  return { enum: values }
}

/** An object of any names with values of one kind. */
export function map(values: JsonSchema): JsonSchema {
  return { type: 'object', additionalProperties: values }
}

/** An object of these fields and no others; a name that ends in `?` may be absent. */
export function object(fields: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const names = Object.keys(fields)
  return {
    type: 'object',
    properties: Object.fromEntries(names.map(name => [name.replace(/\?$/, ''), fields[name] ?? any])),
    required: names.filter(name => !name.endsWith('?')),
    additionalProperties: false,
  }
}
