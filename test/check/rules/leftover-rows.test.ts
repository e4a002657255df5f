import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkedImage } from '../../kit/image/checked-image.ts'
import { imageFixture, layerFixture } from '../../kit/image/image-fixture.ts'

/** The records of dpkg about packages, each with one file of so many bytes. */
function installed(packages: Readonly<Record<string, number>>): Record<string, string> {
  const stanzas = Object.keys(packages).map(
    name => `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\nInstalled-Size: 1\n`,
  )
  return {
    'var/lib/dpkg/status': stanzas.join('\n'),
    ...Object.fromEntries(Object.keys(packages).map(name => [`var/lib/dpkg/info/${name}.list`, `/.\n/usr/lib/${name}\n`])),
    ...Object.fromEntries(Object.entries(packages).map(([name, bytes]) => [`usr/lib/${name}`, 'x'.repeat(bytes)])),
  }
}

test('a layer whose build tools weigh nothing is not told of: gcc-12-base is in every Debian image', async () => {
  const { findings } = await checkedImage(
    imageFixture([
      layerFixture(installed({ 'gcc-12-base': 0 })),
      layerFixture(installed({ 'gcc-12-base': 0, 'gcc-12': 11_000_000 })),
    ]),
  )
  const tools = findings.filter(({ id }) => id === 'waste/build-tools')
  assert.deepEqual(
    tools.map(({ layer, detail }) => [layer, detail]),
    [[1, 'Layer 2 installs gcc-12 11.0 MB.']],
  )
})
