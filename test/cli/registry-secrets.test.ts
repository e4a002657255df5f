import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { imageFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { peel } from '../kit/program/peel-command.ts'
import type { Fault } from '../kit/registry/fault.ts'
import { TestRegistry, type TestRegistryOptions } from '../kit/registry/test-registry.ts'
import { startTokenService } from '../kit/registry/token-service.ts'

const PASSWORD = 'pl4nted-passw0rd'
const BASIC = Buffer.from(`user:${PASSWORD}`).toString('base64')
const image = imageFixture([layerFixture({ a: 'a' })])
const home = mkdtempSync(join(tmpdir(), 'peel-secrets-'))
after(() => rmSync(home, { recursive: true }))

/** The planted text must not be repeated, as it was or as it is sent, whatever a server, a file or a person says back. */
function tellsNothing(text: string, ...more: readonly string[]): void {
  for (const secret of [PASSWORD, BASIC, ...more]) assert.ok(!text.includes(secret), text)
}

describe('credentials on the command line’s outputs', () => {
  async function run(options: TestRegistryOptions, fault: Fault | undefined, ...args: readonly string[]) {
    const registry = await TestRegistry.start(options)
    registry.store.add('team/app', '1', image)
    if (fault !== undefined) registry.always(/./, fault)
    const authfile = join(home, 'auth.json')
    writeFileSync(authfile, JSON.stringify({ auths: { [registry.host]: { auth: BASIC } } }))
    try {
      const words = args.map(arg => arg.replace('HOST', registry.host))
      const result = await peel([...words, '--authfile', authfile, '--verbose', '--no-cache'], { env: { HOME: home } })
      tellsNothing(result.stdout + result.stderr)
      return result
    } finally {
      await registry.close()
    }
  }

  test('a registry that says back what it was sent', async () => {
    const body = JSON.stringify({ errors: [{ code: 'DENIED', message: `no ${PASSWORD} Basic ${BASIC}` }] })
    const echo: Fault = {
      type: 'status',
      status: 403,
      body,
      headers: { 'www-authenticate': `Basic realm="${PASSWORD}"`, warning: `299 - "you sent ${PASSWORD}"` },
    }
    for (const command of ['inspect', 'tags', 'referrers', 'waste']) {
      const { stderr, status } = await run({ basic: 'user:other' }, echo, command, 'HOST/team/app:1')
      assert.equal(status, 3)
      assert.match(stderr, /denies it/)
    }
    assert.match((await run({ basic: 'user:other' }, echo, 'copy', 'HOST/team/app:1', 'oci:none', '--json')).stdout, /"DENIED"/)
  })

  test('a warning that repeats a password is shown without it', async () => {
    const warning = { type: 'headers', headers: { warning: `299 - "your password ${PASSWORD} is old"` } } as const
    const { stderr, status } = await run({ basic: `user:${PASSWORD}` }, warning, 'tags', 'HOST/team/app')
    assert.equal(status, 0)
    assert.match(stderr, /your password \*\*\* is old/)
  })

  test('tokens, and a token service that refuses', async () => {
    const tokens = await startTokenService({ credentials: 'user:other' })
    const { stderr } = await run({ tokens }, undefined, 'inspect', 'HOST/team/app:1')
    assert.match(stderr, /refused the credentials from .*auth\.json/)
    await tokens.close()
  })

  test('a login typed into a name, and one in a proxy’s address', async () => {
    for (const name of ['user:SECRET@127.0.0.1:1/app', 'docker://user:SECRET@r.example/app', 'https://SECRET@r.example/app:1']) {
      const { stderr, stdout, status } = await peel(['inspect', '--json', name.replace('SECRET', PASSWORD)])
      assert.equal(status, 2)
      tellsNothing(stdout + stderr)
      assert.match(stderr, /carries no login/)
    }
    const env = { HTTPS_PROXY: `http://user:${PASSWORD}@127.0.0.1:1`, HOME: home }
    const { stderr } = await peel(['inspect', '--verbose', 'r.example/app'], { env })
    tellsNothing(stderr)
    assert.match(stderr, /the proxy 127\.0\.0\.1:1 cannot be reached: nothing listens there/)
  })
})
