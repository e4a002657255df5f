import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildStack } from '../../src/overlay/apply.ts'
import { checkSoFar } from '../../src/session/check/check-so-far.ts'
import { checkedImage, memoryImage, NOW } from '../kit/image/checked-image.ts'
import { imageFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { pem, summed } from '../kit/samples/secret-samples.ts'

const fixture = imageFixture(
  [
    layerFixture({
      'var/lib/dpkg/status': 'Package: x\nStatus: install ok installed\nVersion: 1\n',
      'var/lib/dpkg/info/x.list': '/usr/share/x/key.pem\n',
      'usr/share/x/key.pem': pem('rsa'),
    }),
    layerFixture({ 'app/token': summed('ghp_', 'so-far') }),
    layerFixture({ 'app/.wh.token': '', 'srv/data': 'x' }),
  ],
  { config: { config: { Cmd: ['/gone'], Env: [`T=${summed('ghp_', 'variable')}`] } } },
)

test('while layers are missing what is sure is told: documents, and secrets that no package can have published', async () => {
  const { image, layers } = await memoryImage(fixture)
  const { readings, scans } = await layers.scannedTree()
  const soFar = (count: number) => {
    const stack = buildStack(
      readings.slice(0, count).flatMap(reading => reading?.changeset ?? []),
      'overlay',
    )
    return checkSoFar(image, { stack, scans: new Map(scans.entries()) }, { reference: 'x', now: NOW })
  }
  const secrets = (count: number) => soFar(count).flatMap(({ id, path }) => (id.startsWith('secret/') ? [`${id} ${path}`] : []))
  assert.deepEqual(secrets(0), ['secret/github null'])
  assert.deepEqual(secrets(1), ['secret/github null'])
  assert.deepEqual(secrets(2), ['secret/github null', 'secret/github app/token'])
  assert.deepEqual(secrets(3), secrets(2))
  assert.ok(soFar(0).some(({ id }) => id.startsWith('meta/')))
  // The command is missing, but a layer that is still to come may bring it.
  assert.ok(!soFar(3).some(({ id }) => id.startsWith('run/')))
  const whole = new Set((await checkedImage(fixture)).findings.map(({ fingerprint }) => fingerprint))
  for (const { id, fingerprint } of soFar(3)) assert.ok(whole.has(fingerprint), id)
})
