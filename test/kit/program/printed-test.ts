import { after, test } from 'node:test'
import { asking } from '../../../src/session/asking.ts'
import { createLayerThreads } from '../../../src/session/layer-threads.ts'
import { assertGolden } from '../golden-text.ts'
import { besideLayout } from '../image/beside-layout.ts'
import { type ImageFixture, imageFixture, layerFixture } from '../image/image-fixture.ts'
import { shownImage } from '../image/shown-image.ts'
import { noise } from '../noise.ts'
import { commandOutput } from './command-output.ts'

const status = (...packages: readonly (readonly [name: string, version: string])[]) =>
  packages
    .map(([name, version]) => `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`)
    .join('\n')
const step = (created_by: string) => ({ history: { created: '2024-01-02T03:04:05Z', created_by } })
const base = layerFixture(
  {
    'var/lib/dpkg/status': status(['kept', '1'], ['libssl', '3.0.1']),
    'var/lib/dpkg/info/kept.list': '/.\n/usr/share/kept\n',
    'var/lib/dpkg/info/libssl.list': '/.\n/usr/share/libssl\n',
    'usr/share/kept': 'k',
    'usr/share/libssl': 'x'.repeat(100),
    'etc/passwd': 'root\n',
    'etc/name | with `ticks`': 'x',
    'lib/old/big': 'b'.repeat(5000),
  },
  step('ADD rootfs.tar /'),
)
const one = imageFixture(
  [base, layerFixture({ only: 'a', 'var/cache/apt/archives/a.deb': 'c'.repeat(3000) }, step('RUN apt-get install -y libssl'))],
  { config: { config: { Env: ['A=1'], User: 'root', Cmd: ['/bin/sh'] } } },
)
const two = imageFixture(
  [
    base,
    layerFixture(
      {
        'etc/passwd': { content: 'root\n', mode: 0o600 },
        new: 'n'.repeat(100),
        'lib/.wh.old': '',
        'lib/new/big': 'b'.repeat(5000),
        'var/lib/dpkg/status': status(['kept', '1'], ['libssl', '3.0.2'], ['fresh', '1']),
        'var/lib/dpkg/info/fresh.list': '/.\n/usr/share/fresh\n',
        'usr/share/libssl': 'y'.repeat(400),
        'usr/share/fresh': 'f'.repeat(20),
      },
      step('COPY . / # buildkit'),
    ),
    layerFixture({ 'srv/.wh.none': '', 'usr/share/fresh': 'f'.repeat(21) }, step('RUN one\ttwo')),
  ],
  { config: { config: { Env: ['A=2'], Labels: { 'x.y': 'a|b' }, ExposedPorts: { '80/tcp': {} } } } },
)

const ground = imageFixture([base], { config: { config: { User: '1000:1000' } } })
/** Large enough for an index of its bytes. */
const big = imageFixture([base, layerFixture({ 'opt/big': { content: noise(1_200_000, 'big') } }, step('ADD big.tar /opt'))])

/** The images that the commands are asked about: one layout with five tags. */
export const [LATEST, ONE, TWO, GROUND, BIG] = ['latest', 'one', 'two', 'ground', 'big'].map(tag => `./weather:${tag}`)

type Printing = {
  /** Makes files for the commands, which run in the directory of the layout. */
  readonly prepare?: () => void
  /** Of the layout `weather`, by tag, in place of those above. */
  readonly images?: Readonly<Record<string, ImageFixture>>
}

/** Holds what these command lines print, results and standard error, to the letter against `golden/printed/<subject>.txt`. */
export function printedTest(subject: string, lines: readonly string[], { prepare, images }: Printing = {}): void {
  besideLayout(images ?? { latest: shownImage(), one, two, ground, big }, '2024-03-01T00:00:00Z')
  const threads = createLayerThreads(asking({ cache: false }))
  after(() => threads.pool.close())
  test(`what is printed about ${subject} is the same to the letter`, async () => {
    prepare?.()
    const text: string[] = []
    for (const line of lines) {
      const { out, err, status } = await commandOutput(line.split(' '), threads)
      text.push(
        `$ peel ${line}${status === 0 ? '' : ` # ${status}`}`,
        out.trimEnd(),
        ...(err === '' ? [] : [`2> ${err.trimEnd()}`]),
        '',
      )
    }
    assertGolden(`printed/${subject}.txt`, text.join('\n'))
  })
}
