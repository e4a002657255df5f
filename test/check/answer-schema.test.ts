import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ANSWER_SCHEMA, parseAnswer } from '../../src/check/explain/answer.ts'
import type { Finding } from '../../src/check/finding.ts'

type Schema = {
  readonly type: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean
  readonly items?: Schema
}

/** A value of a schema as strict mode takes it: every property is required and no other is allowed. */
function filled({ type, properties, required, additionalProperties, items }: Schema, at: string): unknown {
  if (type === 'array') return items === undefined ? assert.fail(at) : [filled(items, `${at}[]`)]
  if (type !== 'object') return type === 'string' ? at : assert.fail(`${at} is a ${type}`)
  assert.deepEqual([required, additionalProperties], [Object.keys(properties ?? {}), false], at)
  return Object.fromEntries(Object.entries(properties ?? {}).map(([name, each]) => [name, filled(each, name)]))
}

test('a value of the schema that a model is asked for is read as an explanation, each text in its field', () => {
  const value = filled(ANSWER_SCHEMA, 'answer')
  const findings = new Map([['findings[]', { fingerprint: 'known' } as Finding]])
  assert.deepEqual(parseAnswer(JSON.stringify(value), { findings, restore: text => text }), {
    summary: 'summary',
    actions: [{ findings: ['known'], title: 'title', why: 'why', change: 'change', dockerfile: 'dockerfile' }],
  })
})
