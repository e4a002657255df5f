import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkOutput } from '../../src/cli/print/check-output.ts'
import type { RevealedSecrets } from '../../src/session/check/reveal-secrets.ts'
import { checkedImage } from '../kit/image/checked-image.ts'
import { imageFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { pem, summed } from '../kit/samples/secret-samples.ts'

const [visible, second, deleted, variable] = ['seen', 'second', 'deleted', 'variable'].map(name => summed('ghp_', name)) as [
  string,
  string,
  string,
  string,
]
const key = pem('rsa')
const named = 'correct\u001b[2Jhorse battery'

const image = imageFixture(
  [
    layerFixture({ 'srv/tokens': `${visible}\n\n${second}\n`, 'root/gone': deleted, 'root/.ssh/id_rsa': key }),
    layerFixture({ 'root/.wh.gone': '' }),
  ],
  { config: { config: { Env: [`X=${variable}`, `DB_PASSWORD=${named}`] } } },
)

async function revealed() {
  let secrets: RevealedSecrets = new Map()
  const report = await checkedImage(image, { onSecrets: found => (secrets = found) })
  const found = report.findings.filter(({ id }) => id.startsWith('secret/'))
  return {
    report,
    secrets,
    byPlace: new Map(found.map(each => [each.path ?? each.detail.split(' ')[2], secrets.get(each.fingerprint)])),
  }
}

test('secrets are read again from where they lie, in files, in deleted files and in documents', async () => {
  const { byPlace } = await revealed()
  assert.deepEqual(byPlace.get('srv/tokens' as never), [visible, second])
  assert.deepEqual(byPlace.get('root/gone' as never), [deleted])
  assert.match(byPlace.get('root/.ssh/id_rsa' as never)?.join() ?? '', /^-----BEGIN PRIVATE KEY-----\n/)
  const inDocuments = [...byPlace].filter(([place]) => place?.includes('/') !== true).flatMap(([, each]) => each ?? [])
  assert.deepEqual(inDocuments.sort(), [named, variable].sort())
})

test('nothing is revealed but secrets: a finding that names a content by its sum is none', async () => {
  const big = 'x'.repeat(2_000_000)
  let secrets: RevealedSecrets = new Map()
  const twice = imageFixture([layerFixture({ 'srv/one': big, 'srv/two': big, 'srv/token': visible })])
  const { findings } = await checkedImage(twice, { onSecrets: found => (secrets = found) })
  assert.ok(findings.some(({ id, evidence }) => !id.startsWith('secret/') && evidence.sha256 !== undefined))
  const expected = findings.filter(({ id }) => id.startsWith('secret/')).map(({ fingerprint }) => [fingerprint, [visible]])
  assert.deepEqual([...secrets], expected)
})

test('text shows them, escaped, below their findings; no format shows them unasked', async () => {
  const { report, secrets } = await revealed()
  const paint = (_: string, text: string) => text
  const written = [...checkOutput([report], 'text', { paint, suppressed: false, secrets })].join('\n')
  for (const secret of [visible, second, deleted, variable, 'correct\\e[2Jhorse battery'])
    assert.ok(written.includes(`${secret}\n`), secret)
  assert.ok(!written.includes('\u001b'))
  for (const format of ['text', 'json', 'sarif', 'github', 'gitlab', 'junit', 'markdown'] as const) {
    const unasked = [...checkOutput([report], format, { paint, suppressed: true })].join('\n')
    for (const secret of [visible, second, deleted, variable, 'horse battery', key.split('\n')[1] ?? ''])
      assert.ok(!unasked.includes(secret), `${format} shows ${secret}`)
  }
})
