import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { checkedImage } from '../kit/image/checked-image.ts'
import { imageFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { pem, summed } from '../kit/samples/secret-samples.ts'

const md5 = (text: string) => createHash('md5').update(text).digest('hex')
const key = pem('rsa')
const token = summed('ghp_', 'checked')

describe('secrets and owners in a check', () => {
  test("the snakeoil key of Debian's ssl-cert is a warning where it belongs, and an error elsewhere", async () => {
    const severityAt = async (...paths: readonly string[]) => {
      const files = Object.fromEntries(paths.map(path => [path, key]))
      const { findings } = await checkedImage(imageFixture([layerFixture(files)]))
      return findings.find(({ id }) => id === 'secret/private-key')?.severity
    }
    const snakeoil = 'etc/ssl/private/ssl-cert-snakeoil.key'
    assert.equal(await severityAt(snakeoil), 'warning')
    assert.equal(await severityAt('srv/ssl-cert-snakeoil.key'), 'error')
    assert.equal(await severityAt(snakeoil, 'srv/server.key'), 'error')
  })

  test('a key that a package published unchanged is told apart; the same key changed, or where no package is, is an error', async () => {
    const image = imageFixture([
      layerFixture({
        'usr/share/doc/p/key.pem': key,
        'usr/share/doc/p/other.pem': `${key}\n`,
        'var/lib/dpkg/status': 'Package: p\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n',
        'var/lib/dpkg/info/p.list': '/.\n/usr/share/doc/p/key.pem\n/usr/share/doc/p/other.pem\n',
        'var/lib/dpkg/info/p.md5sums': `${md5(key)}  usr/share/doc/p/key.pem\n${md5(key)}  usr/share/doc/p/other.pem\n`,
      }),
      layerFixture({ 'root/token': token }),
      layerFixture({ 'root/.wh.token': '' }),
    ])
    const { findings, suppressed, passed } = await checkedImage(image)
    assert.deepEqual(
      findings
        .filter(({ id }) => id.startsWith('secret/'))
        .map(({ id, severity, path, layer, hiddenBy }) => [id, severity, path, layer, hiddenBy]),
      [
        ['secret/private-key', 'error', 'usr/share/doc/p/other.pem', 0, null],
        ['secret/github', 'error', 'root/token', 1, 2],
      ].toSorted(),
    )
    assert.deepEqual(
      suppressed.map(({ finding, by }) => [finding.id, finding.path, by]),
      [['secret/private-key', 'usr/share/doc/p/key.pem', 'package']],
    )
    assert.equal(passed, false)
    assert.ok(!JSON.stringify([findings, suppressed]).includes(token.slice(4, 16)))
  })

  test('a set-id program is its package’s only as long as its content is', async () => {
    const su = (content: string) => ({ content, mode: 0o4755 })
    const database = {
      'lib/apk/db/installed': `P:shadow\nV:1\nF:bin\nR:su\na:0:0:4755\nZ:Q1${createHash('sha1').update('su').digest('base64')}\n\n`,
    }
    const setId = async (content: string) => {
      const { findings } = await checkedImage(imageFixture([layerFixture({ ...database, 'bin/su': su(content) })]))
      return findings.filter(({ id }) => id === 'file/setuid').map(({ severity }) => severity)
    }
    assert.deepEqual(await setId('su'), ['info'])
    assert.deepEqual(await setId('another su'), ['warning'])
  })
})
