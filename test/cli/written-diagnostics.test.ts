import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { attestationFixture } from '../kit/image/attestation-fixture.ts'
import { imageFixture, indexFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { peel } from '../kit/program/peel-command.ts'

type Told = { readonly code: string; readonly severity: string; readonly message: string }

test('each warning that a writing command tells stands in its JSON', async context => {
  const cwd = scratch(context)
  const odd = layerFixture([
    { name: 'c', flag: '7', content: '1' },
    { name: 'a', content: '1' },
  ])
  const image = imageFixture([odd, layerFixture({ b: '2' })], { config: { config: { Labels: { build: 7 } } } })
  const index = indexFixture([image, attestationFixture(image)])
  writeLayout(join(cwd, 'in'), { odd: image, index, base: imageFixture([layerFixture({ x: '1' })]) })
  writeFileSync(join(cwd, 'file'), '1')
  for (const [words, codes] of [
    [
      ['squash', 'oci:in:odd', 'oci:a:1', '--layers', '2..2'],
      ['ENTRY_REFUSED', 'CONFIG_UNREADABLE'],
    ],
    [
      ['squash', 'oci:in:index', 'oci:b:1'],
      ['ATTESTATION_DROPPED', 'CONFIG_UNREADABLE'],
    ],
    [['squash', 'oci:in:index', 'oci:c:1', '--set', 'user=1', '--attestations', 'carry'], ['ATTESTATION_CARRIED']],
    [['copy', 'oci:in:index', 'oci:d:1', '--all', '--compress', 'zstd'], ['ATTESTATION_DROPPED']],
    [['copy', 'oci:in:odd', 'oci:e:1'], []],
    [['build', 'oci:f:1', '--from', 'oci:in:index', '--add', 'file'], []],
    [['index', 'create', 'oci:g:1', 'oci:in:index'], []],
    [['unpack', 'oci:in:odd', 'bundle'], []],
  ] as const) {
    const { status, stdout, stderr } = await peel([...words, '--json'], { cwd })
    assert.equal(status, 0, stderr)
    const { diagnostics } = JSON.parse(stdout) as { readonly diagnostics: readonly Told[] }
    const told = stderr.split('\n').filter(line => /^peel: (?:warning|error): /.test(line))
    const unsaid = told.filter(
      line => !diagnostics.some(({ severity, message }) => line.includes(severity) && line.includes(message)),
    )
    assert.deepEqual(unsaid, [], words.join(' '))
    assert.ok(told.length <= diagnostics.length)
    for (const code of codes)
      assert.ok(
        diagnostics.some(each => each.code === code),
        `${words.join(' ')}: ${code}`,
      )
  }
})
