import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { escapeText } from '../../src/escape.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { peel } from '../kit/program/peel-command.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-hostile-'))
after(() => rmSync(directory, { recursive: true, force: true }))

/**
 * A text with something of every kind that must reach no terminal, report or log as it is: control characters of both sets, new lines before
 * what log readers take for commands, marks of direction, private use, no characters, tags.
 */
const EVIL =
  '\u001b]0;title\u0007\u001b[31m\r\n::error::said\n##vso[x]\u202e\u2066\u200b\u2028\u0085\u009b31m\ue000\u{e0001}\u{1fffe}\u{f0000}<b>|`"\'&]]>'
const BYTES = Buffer.concat([Buffer.from(EVIL.replaceAll('/', '')), Buffer.from([0xff, 0xfe])])
const named = (prefix: string) => Buffer.concat([Buffer.from(prefix), BYTES])

const base = layerFixture([
  { name: 'etc/passwd', content: `ro${EVIL}:x:0:0::/root:/bin/sh\nroot:x:0:0::/:/bin/sh\n` },
  { name: 'etc/os-release', content: `ID=debian\nVERSION_ID=12\nPRETTY_NAME="${EVIL.replaceAll('\n', '')}"\n` },
  {
    name: 'var/lib/dpkg/status',
    content: `Package: na${EVIL.replaceAll('\n', '')}\nStatus: install ok installed\nVersion: 1${EVIL.replaceAll('\n', '')}\nArchitecture: amd64\n\n`,
  },
])
const hostile = layerFixture([
  { name: 'f', pax: { path: named('d/f') }, content: 'x'.repeat(3000), mode: 0o4755 },
  { name: 'l', flag: '2', pax: { path: named('l'), linkpath: named('to') } },
  { name: 'h', flag: '1', pax: { path: named('h'), linkpath: named('d/f') } },
  { name: 'x', pax: { path: named('x'), [`SCHILY.xattr.user.${EVIL.replaceAll('=', '')}`]: BYTES } },
  {
    name: 'k',
    pax: { path: named('k.pem') },
    content: `-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA${'A'.repeat(64)}\n-----END RSA PRIVATE KEY-----\n`,
  },
  { name: 'Z', flag: 'Z', pax: { path: named('odd') } },
])
const later = layerFixture([
  { name: 'w', pax: { path: named('.wh.l') } },
  { name: 'f', pax: { path: named('d/f') }, content: 'y'.repeat(4000), mode: 0o4755 },
])
const diffIDs = [base, hostile, later].map(({ tar }) => `sha256:${createHash('sha256').update(tar).digest('hex')}`)
const history = (text: string) => ({ created: '2024-01-01T00:00:00Z', created_by: text, comment: EVIL, author: EVIL })
const config = {
  author: EVIL,
  variant: EVIL,
  [EVIL]: EVIL,
  config: {
    User: EVIL,
    Env: ['PATH=/bin', `E${EVIL}=${EVIL}`, 'AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMIK7MDENGbPxRfiCYzQ81kQ9z2b'],
    Labels: { [EVIL]: EVIL, 'org.opencontainers.image.source': EVIL, 'org.opencontainers.image.licenses': EVIL },
    Cmd: [EVIL],
    Entrypoint: [EVIL],
    WorkingDir: `/${EVIL}`,
    ExposedPorts: { [EVIL]: {} },
    Volumes: { [EVIL]: {} },
    StopSignal: EVIL,
    Shell: [EVIL],
    OnBuild: [EVIL],
    Healthcheck: { Test: ['CMD', EVIL] },
  },
  rootfs: { type: 'layers', diff_ids: diffIDs },
  history: [history(`RUN ${EVIL}`), history(`/bin/sh -c #(nop) LABEL ${EVIL}`), history(`COPY ${EVIL} /`)],
}
const annotations = { [EVIL]: EVIL, 'org.opencontainers.image.base.name': EVIL }
const place = writeLayout(join(directory, 'layout'), {
  t: imageFixture([base, hostile, later], { config, manifest: { annotations, [EVIL]: EVIL } }),
  [`b${EVIL.replaceAll('\n', '')}`]: imageFixture([base]),
  plain: imageFixture([base]),
  art: imageFixture([base], { config, manifest: { annotations, artifactType: EVIL } }),
})
const index = JSON.parse(readFileSync(join(place, 'index.json'), 'utf8'))
index.manifests[0].annotations[EVIL] = EVIL
writeFileSync(join(place, 'index.json'), JSON.stringify(index))
const image = `oci:${place}:t`
const plain = `oci:${place}:plain`

/** A destination whose directory and tag are as hostile as the image. */
const written = (name: string) => `oci:${directory}/${name}-\u001b[31m\u202e:t\u009b31m\u200b`

const RUNS: readonly (readonly string[])[] = [
  ['inspect', image, '--layers'],
  ['inspect', image, '--layers', '--json'],
  ['inspect', `oci:${place}:art`],
  ['inspect', `oci:${place}`],
  ['inspect', image, plain, '--shared'],
  ['ls', image, '--long'],
  ['ls', image, '--json'],
  ['ls', image, '--layer', '3'],
  ['waste', image],
  ['history', image],
  ['history', image, '--dockerfile'],
  ['history', image, '--dockerfile', '--optimised'],
  ['history', image, '--dockerfile', '--whole'],
  ['verify', image],
  ['diff', plain, image],
  ['diff', plain, image, '--markdown'],
  ['diff', plain, image, '--json'],
  ['squash', image, written('squashed')],
  ['squash', image, written('squashed'), '--dry-run', '--json'],
  ['tags', `oci:${place}`],
  ['usage', `oci:${place}`],
  ['rebase', image, written('rebased'), '--new-base', plain, '--dry-run'],
  ['build', written('built'), '--from', image, '--add', '/etc/hostname', '--explain', '--dry-run'],
  ['unpack', image, join(directory, 'bundle'), '--rootless'],
  ['check', image, '--advice'],
  ...['json', 'sarif', 'github', 'gitlab', 'junit', 'markdown', 'summary'].map(format => ['check', image, '--format', format]),
]

/** Control characters but the line's end, and what is invisible, turns text round or has no character assigned. */
const RAW = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}]/u

describe('nothing of an image reaches an output as it is', () => {
  for (const args of RUNS)
    test(escapeText(args.map(word => word.replace(place, 'LAYOUT').replace(directory, 'DIR')).join(' ')), async () => {
      const { status, stdout, stderr, bytes } = await peel(args, { env: { XDG_CACHE_HOME: join(directory, 'cache') } })
      assert.ok([0, 1, 2, 3].includes(status ?? -1), stderr)
      assert.doesNotMatch(stderr, /mistake in peel|Cannot read propert/)
      assert.ok(stdout.length + stderr.length > 0)
      assert.equal(Buffer.from(stdout).equals(bytes), true, 'the output is UTF-8')
      for (const text of [stdout, stderr])
        for (const line of text.split('\n')) {
          const found = RAW.exec(line)
          assert.equal(found, null, `U+${found?.[0].codePointAt(0)?.toString(16)} in ${JSON.stringify(line.slice(0, 300))}`)
          // A Dockerfile has the lines that were recorded.
          if (!args.includes('--dockerfile')) assert.doesNotMatch(line, /^::error::said|^##vso/)
        }
    })
})
