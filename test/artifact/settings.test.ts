import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { summariseSettings } from '../../src/artifact/summary/settings.ts'

describe("the summary of an artifact's own config", () => {
  const cases: readonly (readonly [kind: string, type: string, document: object, fields: object])[] = [
    [
      'chart',
      'application/vnd.cncf.helm.config.v1+json',
      { name: 'app', version: '1', dependencies: [{ name: 'redis', version: '2' }, { name: 'x' }] },
      { name: 'app', version: '1', dependencies: 'redis 2, x' },
    ],
    [
      'model',
      'application/vnd.cncf.model.config.v1+json',
      { descriptor: { name: 'm' }, config: { format: 'gguf' } },
      { name: 'm', format: 'gguf' },
    ],
    ['model', 'application/x', { model_format: 'gguf', rootfs: { type: 'layers' } }, { model_format: 'gguf' }],
    ['wasm-config', 'application/vnd.wasm.config.v0+json', { component: { target: 'wasi:http' } }, { target: 'wasi:http' }],
    ['policy', 'application/vnd.cncf.openpolicyagent.config.v1+json', { a: 'b' }, { a: 'b' }],
    ['config', 'application/json', { a: 'b' }, { a: 'b' }],
  ]
  for (const [kind, type, document, fields] of cases)
    test(`${kind}: ${type}`, () => assert.deepEqual(summariseSettings(document, type), { kind, fields }))

  test('nothing for an empty document or none', () => {
    for (const each of [{}, undefined, 'x', 7]) assert.equal(summariseSettings(each, 'application/json'), undefined)
  })
})
