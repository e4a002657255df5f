import type { JsonSchema } from './json-schema.ts'
import { READING } from './reading-schemas.ts'
import { WRITING } from './writing-schemas.ts'

const SHAPES: Readonly<Record<string, JsonSchema>> = { ...READING, ...WRITING }

/** The outputs that `peel schema NAME` describes: commands, and the shape of an error. */
export const SCHEMA_NAMES: readonly string[] = Object.keys(SHAPES)

/** The schema of one output; undefined for a name that is none. `ls` is a line of its output. */
export function schemaOf(name: string): JsonSchema | undefined {
  const shape = Object.hasOwn(SHAPES, name) ? SHAPES[name] : undefined
  return shape && { $schema: 'https://json-schema.org/draft/2020-12/schema', title: `peel ${name} --json`, ...shape }
}
