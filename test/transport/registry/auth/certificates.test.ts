import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ImageError } from '../../../../src/error.ts'
import { certificatesFor } from '../../../../src/transport/http/certificates.ts'
import { scratch } from '../../../kit/image/local-image.ts'

const pem = (name: string) => `-----BEGIN CERTIFICATE-----\n${name}\n`

test('certificates are filed under the host as it is typed', async context => {
  const [first, second] = [scratch(context), scratch(context)]
  const file = (directory: string, host: string, name: string) => {
    mkdirSync(join(directory, host), { recursive: true })
    writeFileSync(join(directory, host, name), pem(name))
  }
  const options = { certificateDirectories: [first, second], environment: {} }
  const found = async (host: string, registry: string) => {
    const { ca = [], cert, key } = await certificatesFor(host, registry, options)
    return [...ca.filter(each => /BEGIN CERTIFICATE-----\n\S+\.crt/.test(each)), cert, key].map(each => each?.split('\n')[1])
  }
  // `new URL` drops the port of the scheme and capitals, and docker.io is served by another host.
  for (const [host, registry] of [
    ['r.example:5000', 'r.example:5000'],
    ['r.example', 'r.example:443'],
    ['upper.example', 'Upper.example'],
    ['registry-1.docker.io', 'docker.io'],
    ['[::1]:5000', '[::1]:5000'],
  ] as const) {
    for (const name of ['own.crt', 'me.cert', 'me.key']) file(first, registry, name)
    assert.deepEqual(await found(host, registry), ['own.crt', 'me.cert', 'me.key'], registry)
  }
  // The first directory that has the host wins as a whole.
  file(second, 'r.example:5000', 'other.crt')
  assert.deepEqual(await found('r.example:5000', 'r.example:5000'), ['own.crt', 'me.cert', 'me.key'])
  // The registry's authorities are trusted where it leads, its client certificate is for itself.
  assert.deepEqual(await found('tokens.example', 'r.example:5000'), ['own.crt', undefined, undefined])
  file(second, 'tokens.example', 'theirs.crt')
  assert.deepEqual(await found('tokens.example', 'r.example:5000'), ['theirs.crt', 'own.crt', undefined, undefined])
  assert.deepEqual(await found('none.example', 'none.example'), [undefined, undefined])
  file(first, 'half.example', 'me.cert')
  const isUnreadable = (error: unknown) => error instanceof ImageError && error.code === 'CERTIFICATE_UNREADABLE'
  await assert.rejects(found('half.example', 'half.example'), isUnreadable)
})
