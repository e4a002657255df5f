import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { peel } from '../kit/program/peel-command.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-policy-'))
after(() => rmSync(directory, { recursive: true, force: true }))

const ACCEPT = [{ type: 'insecureAcceptAnything' }]
const REJECT = [{ type: 'reject' }]
const at = (name: string) => join(directory, name)

describe('a policy that rejects a place is not gone round', () => {
  before(async () => {
    writeLayout(at('stranger'), { t: imageFixture([layerFixture({ a: '1' })]) })
    writeLayout(at('own'), { t: imageFixture([layerFixture({ a: '1' })]) })
    symlinkSync(at('stranger'), at('link'))
    const made = await peel(['copy', `oci:${at('own')}:t`, `docker-archive:${at('image.tar')}:app:1`])
    assert.equal(made.status, 0, made.stderr)
    mkdirSync(at('config/containers'), { recursive: true })
    const transports = { oci: { [at('stranger')]: REJECT }, 'docker-archive': { '': REJECT } }
    writeFileSync(at('config/containers/policy.json'), JSON.stringify({ default: ACCEPT, transports }))
  })

  const copied = (source: string) =>
    peel(['copy', source, `oci:${at('out')}:t`, '--force', '--json'], { env: { XDG_CONFIG_HOME: at('config') } })
  for (const [how, source] of [
    ['by a link', `oci:${at('link')}:t`],
    ['by a path with a link', `${at('link')}/../stranger:t`],
    ['by its path alone', at('stranger')],
    ['an archive by its path alone', at('image.tar')],
  ] as const)
    test(how, async () => {
      const { status, stdout } = await copied(source)
      assert.equal(status, 3)
      assert.equal(JSON.parse(stdout).error.code, 'POLICY_REJECTED')
    })

  test('a registry’s image is not used against it: its files, or as a part of another; it may be looked at', async context => {
    const registry = await TestRegistry.start()
    context.after(() => registry.close())
    registry.store.add('stranger/app', '1', imageFixture([layerFixture({ a: '1' })]))
    registry.store.add('signed/app', '1', imageFixture([layerFixture({ a: '1' })]))
    registry.store.add('own/app', '1', imageFixture([layerFixture({ a: '1' })]))
    mkdirSync(at('registries/containers'), { recursive: true })
    const docker = {
      [`${registry.host}/stranger`]: REJECT,
      [`${registry.host}/signed`]: [{ type: 'signedBy', keyType: 'GPGKeys', keyPath: '/k' }],
    }
    writeFileSync(at('registries/containers/policy.json'), JSON.stringify({ default: ACCEPT, transports: { docker } }))
    const env = { XDG_CONFIG_HOME: at('registries') }
    const run = (...words: readonly string[]) => peel([...words, '--insecure'], { env })
    for (const [name, word] of [
      ['stranger', 'rejects it'],
      ['signed', 'wants a signature (signedBy)'],
    ] as const) {
      const image = `${registry.host}/${name}/app:1`
      const own = `${registry.host}/own/app:1`
      for (const words of [
        ['extract', image, '/', at('files')],
        ['unpack', image, at('bundle')],
        ['build', `oci:${at('made')}:t`, '--from', image, '--add', `${at('config')}:/x`],
        ['index', 'create', `oci:${at('made')}:t`, own, image],
        ['rebase', own, `oci:${at('made')}:t`, '--old-base', own, '--new-base', image],
      ]) {
        // One command shows that the kind of refusal changes nothing.
        if (name === 'signed' && words[0] !== 'extract') continue
        const asked = registry.seen.length
        const { status, stderr } = await run(...words)
        assert.equal(status, 3, `${words[0]} ${stderr}`)
        assert.ok(stderr.includes(`the policy in ${at('registries/containers/policy.json')} ${word}`), `${words[0]}: ${stderr}`)
        assert.ok(!registry.log.slice(asked).some(line => line.includes(`/v2/${name}/`)), words[0])
      }
    }
    assert.equal((await run('ls', `${registry.host}/stranger/app:1`)).status, 0)
  })

  test('another place is taken', async () => {
    const { status, stderr } = await copied(`oci:${at('own')}:t`)
    assert.equal(status, 0, stderr)
  })
})
