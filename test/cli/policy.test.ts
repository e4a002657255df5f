import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { peel } from '../kit/program/peel-command.ts'

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

  test('another place is taken', async () => {
    const { status, stderr } = await copied(`oci:${at('own')}:t`)
    assert.equal(status, 0, stderr)
  })
})
