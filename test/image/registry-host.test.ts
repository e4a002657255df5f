import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { registryHost } from '../../src/image/registry-host.ts'

describe('a text that names a registry and nothing in it', () => {
  for (const [text, host] of [
    ['localhost:5000', 'localhost:5000'],
    ['localhost', 'localhost'],
    ['registry.example', 'registry.example'],
    ['registry.example/', 'registry.example'],
    ['docker://registry.example:5000', 'registry.example:5000'],
    ['https://registry.example/', 'registry.example'],
    ['127.0.0.1:5000', '127.0.0.1:5000'],
    ['[::1]:5000', '[::1]:5000'],
    ['registry:5000/', 'registry:5000'],
  ] as const) {
    test(`${text} is one`, () => assert.equal(registryHost(text), host))
  }

  for (const text of [
    '',
    'redis',
    // An image and its tag, until a slash says otherwise.
    'redis:7',
    'registry:5000',
    'app.tar',
    'app.tar.gz',
    'localhost:5000/app',
    'registry.example/team/app:1',
    './registry.example',
    '/',
    'docker-daemon:',
  ]) {
    test(`"${text}" is none`, () => assert.equal(registryHost(text), undefined))
  }
})
