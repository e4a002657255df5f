import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DockerfileParser, type Instruction } from 'dockerfile-ast'

import { dockerfileLines } from '../../../src/check/dockerfile/dockerfile-lines.ts'
import { layerLines } from '../../../src/check/dockerfile/layer-lines.ts'
import { optimisedLines } from '../../../src/check/dockerfile/optimised-lines.ts'
import { recordedLines } from '../../../src/check/dockerfile/recorded-lines.ts'
import type { Base } from '../../../src/check/report.ts'
import { loadImage } from '../../../src/image/load.ts'
import { checkedImage } from '../../kit/image/checked-image.ts'
import { imageFixture, layerFixture, memorySource } from '../../kit/image/image-fixture.ts'
import { cases, fc } from '../../kit/seeded-check.ts'

type Step = {
  readonly created_by?: string
  readonly comment?: string
  readonly empty_layer?: true
  readonly author?: string
  readonly created?: string
}
type Sample = { readonly history: readonly Step[]; readonly config: object }

async function textOf({ history, config }: Sample, base?: Base): Promise<string> {
  const layers = history
    .filter(step => step.empty_layer !== true)
    .map((_, index) => layerFixture({ [`f${index}`]: String(index) }))
  const fixture = imageFixture(layers, { config: { config, history } })
  return `${[...dockerfileLines(await loadImage(memorySource(fixture), fixture.descriptor), base)].join('\n')}\n`
}

const KEYWORDS = new Set(
  'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR'.split(
    ' ',
  ),
)

/** The instructions of a text, each with a keyword that Dockerfiles have; FROM the first. */
function parsed(text: string): readonly Instruction[] {
  const instructions = DockerfileParser.parse(text).getInstructions()
  for (const each of instructions) assert.ok(KEYWORDS.has(each.getKeyword()), `${each.getInstruction()} in\n${text}`)
  assert.equal(instructions[0]?.getKeyword(), 'FROM')
  assert.equal(instructions.filter(each => each.getKeyword() === 'FROM').length, 1)
  return instructions
}

/** The config that a builder makes of the instructions, FROM scratch. */
function replay(instructions: readonly Instruction[]): object {
  const config: Record<string, unknown> & {
    Env: string[]
    Labels: Record<string, string>
    Volumes: Record<string, object>
    ExposedPorts: Record<string, object>
    OnBuild: string[]
  } = {
    Env: [],
    Labels: {},
    Volumes: {},
    ExposedPorts: {},
    OnBuild: [],
  }
  for (const each of instructions) {
    const text = each.getTextContent().replace(/^\S+\s+/, '')
    switch (each.getKeyword()) {
      case 'CMD':
        config['Cmd'] = JSON.parse(text)
        break
      case 'ENTRYPOINT':
        config['Entrypoint'] = JSON.parse(text)
        break
      case 'SHELL':
        config['Shell'] = JSON.parse(text)
        break
      case 'USER':
        config['User'] = plain(text)
        break
      case 'WORKDIR':
        config['WorkingDir'] = plain(text)
        break
      case 'STOPSIGNAL':
        config['StopSignal'] = plain(text)
        break
      case 'VOLUME':
        for (const word of JSON.parse(text)) config.Volumes[plain(word)] = {}
        break
      case 'EXPOSE':
        for (const word of text.split(' ').flatMap(portsOfRange)) config.ExposedPorts[word] = {}
        break
      case 'ONBUILD':
        config.OnBuild.push(text)
        break
      case 'HEALTHCHECK':
        config['Healthcheck'] = healthcheck(text)
        break
      case 'ENV': {
        const [name, value] = pair(text)
        const at = config.Env.findIndex(variable => variable.startsWith(`${name}=`))
        if (at === -1) config.Env.push(`${name}=${value}`)
        else config.Env[at] = `${name}=${value}`
        break
      }
      case 'LABEL': {
        const [name, value] = pair(text)
        config.Labels[name] = value
      }
    }
  }
  return Object.fromEntries(Object.entries(config).filter(([, value]) => Object.keys(value as object).length > 0))
}

/** As a builder takes one word: backslashes keep what follows them, quotes are taken off, a variable would be replaced. */
function plain(text: string): string {
  const inQuotes = /^"((?:[^"\\]|\\.)*)"$/.exec(text)?.[1]
  const kept = inQuotes === undefined ? /\\(.)/g : /\\([\\$"])/g
  const bare = (inQuotes ?? text).replace(kept, '')
  assert.ok(!(inQuotes === undefined ? /["'$\\]/ : /["$]/).test(bare), text)
  return (inQuotes ?? text).replace(kept, '$1')
}

function pair(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  const [name, value] = [plain(text.slice(0, at)), text.slice(at + 1)]
  return [name, value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value]
}

/** As docker's nat.ParsePortSpecs takes a range apart. */
function portsOfRange(word: string): readonly string[] {
  const [, first, last, protocol] = /^(\d+)-(\d+)(?:\/(\w+))?$/.exec(word) ?? []
  if (first === undefined) return [word]
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => `${Number(first) + index}/${protocol ?? 'tcp'}`)
}

const UNITS: Readonly<Record<string, number>> = { h: 3600e9, m: 60e9, s: 1e9, ms: 1e6, ns: 1 }
const duration = (text: string) =>
  [...text.matchAll(/([\d.]+)(ms|ns|h|m|s)/g)].reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ''] ?? 0), 0)

function healthcheck(text: string): object {
  if (text === 'NONE') return { Test: ['NONE'] }
  const [, flags = '', command = ''] = /^((?:--\S+ )*)CMD (.*)$/s.exec(text) ?? []
  const flag = (name: string) => new RegExp(`--${name}=(\\S+)`).exec(flags)?.[1]
  const time = (key: string, name: string) => (flag(name) === undefined ? {} : { [key]: duration(flag(name) ?? '') })
  return {
    Test: command.startsWith('[') ? ['CMD', ...JSON.parse(command)] : ['CMD-SHELL', command],
    ...time('Interval', 'interval'),
    ...time('Timeout', 'timeout'),
    ...time('StartPeriod', 'start-period'),
    ...time('StartInterval', 'start-interval'),
    ...(flag('retries') !== undefined && { Retries: Number(flag('retries')) }),
  }
}

const nop = (text: string): Step => ({ created_by: `/bin/sh -c #(nop) ${text}`, empty_layer: true })
const kit = (text: string, empty = true): Step => ({
  created_by: text,
  comment: 'buildkit.dockerfile.v0',
  ...(empty && { empty_layer: true as const }),
})

/** A history and a config as each maker of advice.md §3 writes them. */
const SAMPLES: Readonly<Record<string, Sample>> = {
  buildkit: {
    history: [
      kit('ENV LANG=C.UTF-8 GREETING=hello world'),
      kit('SHELL [/bin/bash -o pipefail -c]'),
      kit('RUN /bin/bash -o pipefail -c set -eux; \tapt-get update; \tapt-get install -y x && echo "a \t b" # buildkit', false),
      kit("RUN /bin/bash -o pipefail -c cat <<'EOF' > /x\nFROM evil\n\tRUN x\nEOF # buildkit", false),
      kit('COPY --chown=1:1 a b /app/ # buildkit', false),
      kit('WORKDIR /app', false),
      kit('EXPOSE [80/tcp 443/tcp]'),
      kit('VOLUME [/data]'),
      kit(
        'HEALTHCHECK {Test:[CMD-SHELL curl -f http://localhost/ || exit 1] Interval:30s Timeout:3s StartPeriod:0s StartInterval:0s Retries:3}',
      ),
      kit('STOPSIGNAL SIGQUIT'),
      kit('USER app:app'),
      kit('ENTRYPOINT ["/entry.sh"]'),
      kit('CMD ["nginx" "-g" "daemon off;"]'),
    ],
    config: {
      Env: ['LANG=C.UTF-8', 'GREETING=hello world', 'INHERITED=a "b" $c \\d'],
      Shell: ['/bin/bash', '-o', 'pipefail', '-c'],
      WorkingDir: '/app',
      ExposedPorts: { '80/tcp': {}, '443/tcp': {} },
      Volumes: { '/data': {} },
      Healthcheck: { Test: ['CMD-SHELL', 'curl -f http://localhost/ || exit 1'], Interval: 30e9, Timeout: 3e9, Retries: 3 },
      StopSignal: 'SIGQUIT',
      User: 'app:app',
      Entrypoint: ['/entry.sh'],
      Cmd: ['nginx', '-g', 'daemon off;'],
      OnBuild: ['RUN make'],
    },
  },
  'classic docker': {
    history: [
      { created_by: '/bin/sh -c #(nop) ADD file:1d3a in / ' },
      nop(' CMD ["bash"]'),
      nop('MAINTAINER somebody'),
      { created_by: '|1 VERSION=1.2 /bin/sh -c curl x | tar xz && make' },
      { created_by: '/bin/sh -c #(nop) COPY dir:abc in /app ' },
      nop('EXPOSE 80/tcp 443/tcp'),
      nop('VOLUME [/var/lib/x]'),
      nop('LABEL vendor=ACME Corp name=x'),
      nop('HEALTHCHECK &{["CMD" "/bin/check" "-a b"] "1m30s" "0s" "5s" "0s" \'\\x00\'}'),
      nop(' CMD ["/bin/sh" "-c" "exec \\"app\\""]'),
    ],
    config: {
      ExposedPorts: { '80/tcp': {}, '443/tcp': {} },
      Volumes: { '/var/lib/x': {} },
      Labels: { vendor: 'ACME Corp', name: 'x' },
      Healthcheck: { Test: ['CMD', '/bin/check', '-a b'], Interval: 90e9, StartPeriod: 5e9 },
      Cmd: ['/bin/sh', '-c', 'exec "app"'],
    },
  },
  buildah: {
    history: [
      { created_by: '/bin/sh -c #(nop) ARG A B', comment: 'FROM docker.io/library/debian:12', empty_layer: true },
      { created_by: '|2 A=1 B=2 /bin/sh -c make' },
      { created_by: '/bin/sh -c #(nop) COPY file:abc in /x |inheritLabels=false', empty_layer: true },
      { created_by: '/bin/sh -c #(nop) ENTRYPOINT ["/x"]' },
    ],
    config: { Entrypoint: ['/x'], Labels: { 'io.buildah.version': '1.28.2' } },
  },
  kaniko: {
    history: [
      { created_by: 'RUN mkdir -p /x', author: 'kaniko' },
      { created_by: 'COPY a /b', author: 'kaniko' },
    ],
    config: { Env: ['A=1'], Cmd: ['/b'] },
  },
  jib: {
    history: [
      { created_by: 'jib-maven-plugin:3.4.0', author: 'Jib', comment: 'dependencies' },
      { created_by: 'jib-maven-plugin:3.4.0', comment: 'classes' },
    ],
    config: { Entrypoint: ['java', '-cp', '@/app/jib-classpath-file', 'Main'] },
  },
  ko: {
    history: [{ created_by: 'ko build ko://x/cmd/y', author: 'ko', comment: 'go build output, at /ko-app/y' }],
    config: { Entrypoint: ['/ko-app/y'], User: '65532', Env: ['KO_DATA_PATH=/var/run/ko'] },
  },
  apko: {
    history: [{ created_by: 'apko', author: 'apko', comment: 'This is an apko single-layer image' }],
    config: { Cmd: ['/bin/sh', '-l'], Env: ['PATH=/usr/bin'] },
  },
  bazel: { history: [{ created_by: 'bazel build //app:layer' }], config: { Entrypoint: ['/app'], WorkingDir: '/' } },
  buildpacks: {
    history: [{ created_by: "Layer: 'jre', Created by buildpack: paketo@1" }, { created_by: 'Buildpacks Process Types' }],
    config: { Labels: { 'io.buildpacks.lifecycle.metadata': '{"a":"b $x"}' }, Entrypoint: ['/cnb/process/web'] },
  },
  nix: { history: [{ comment: "store paths: ['/nix/store/x']" }], config: { Cmd: ['/bin/hello'] } },
  Windows: {
    history: [
      { created_by: 'Apply image 10.0.20348.643' },
      { created_by: 'cmd /S /C #(nop)  ENV A=C:\\x', empty_layer: true },
      { created_by: 'powershell -Command Get-Item' },
    ],
    config: { Env: ['A=C:\\x'], Cmd: ['c:\\windows\\system32\\cmd.exe'] },
  },
  debuerreotype: {
    history: [{ created_by: "# debian.sh --arch 'amd64' out/ 'bookworm' '@1733097600'", comment: 'debuerreotype 0.15' }],
    config: { Cmd: ['bash'] },
  },
  umoci: {
    history: [{ created_by: 'umoci insert' }, { created_by: 'umoci config', empty_layer: true }],
    config: { User: '1000', WorkingDir: '/a b$c' },
  },
  'a base whose settings are gone': {
    history: [
      kit('ENV GONE=1 KEPT=a'),
      kit('LABEL gone=x kept=y'),
      kit('USER app'),
      kit('CMD ["bash"]'),
      kit('CMD ["zsh"]'),
      kit('VOLUME [/gone /kept]'),
      kit('EXPOSE [80/tcp 443/tcp]'),
      kit('STOPSIGNAL SIGQUIT'),
      kit('HEALTHCHECK {Test:[CMD-SHELL x] Interval:0s}'),
      kit('ONBUILD RUN make'),
      kit('SHELL [/bin/bash -c]'),
      kit('RUN /bin/bash -c make # buildkit', false),
      kit('WORKDIR /app', false),
      kit('ENTRYPOINT ["/x"]'),
    ],
    config: {
      Env: ['KEPT=a'],
      Labels: { kept: 'y' },
      Volumes: { '/kept': {} },
      ExposedPorts: { '443/tcp': {} },
      Entrypoint: ['/x'],
    },
  },
  'variables that no step makes before those that one does': {
    history: [kit('ENV B=2'), kit('ENV C=3')],
    config: { Env: ['PATH=/bin', 'B=2', 'C=3'] },
  },
  'variables in another order than the steps': {
    history: [kit('ENV B=2'), kit('ENV C=3')],
    config: { Env: ['C=3', 'A=1', 'B=2'] },
  },
  'ports in ranges, triggers in another order, resets': {
    history: [
      kit('EXPOSE [8000-8002/udp 53/udp 9/sctp]'),
      nop('EXPOSE 7000-7001'),
      nop('ONBUILD RUN b'),
      nop('ONBUILD RUN a'),
      kit('ENTRYPOINT ["/base"]'),
      kit('ENTRYPOINT []'),
      kit('CMD []'),
      kit('ARG K=a b'),
      kit('ARG A B=$x C'),
      kit("COPY --link --from=build a$b /it's # buildkit", false),
      kit('RUN --mount=type=cache,target=/c --network=none /bin/sh -c make && install # buildkit', false),
    ],
    config: {
      ExposedPorts: { '8000/udp': {}, '8001/udp': {}, '8002/udp': {}, '53/udp': {}, '9/sctp': {}, '7000/tcp': {} },
      OnBuild: ['RUN a', 'RUN b'],
      Volumes: { "/it's $HOME": {} },
      StopSignal: 'RT$X',
      Labels: { 'a b': 'x', c$d: '"', "e'f": '\tg' },
      Healthcheck: {
        Test: ['CMD', 'a', '-b c'],
        Interval: 1_500_000_500,
        Timeout: 250e6,
        StartPeriod: 3_600e9,
        StartInterval: 90e9,
        Retries: 7,
      },
      WorkingDir: " /it's $X\\",
    },
  },
  'docker import': { history: [{ comment: 'Imported from -' }], config: {} },
}

describe('Dockerfiles read back', () => {
  for (const [maker, sample] of Object.entries(SAMPLES)) {
    test(`${maker}: parses, and replays to the config it came from`, async () => {
      assert.deepEqual(replay(parsed(await textOf(sample))), sample.config)
    })
  }

  test('any history beside any config: the text replays to the config', async () => {
    const letter = fc.constantFrom('a', 'b', 'c')
    const odd = fc.string({ unit: fc.constantFrom(...'ab $"\'\\=#'), maxLength: 5 })
    const map = (key: fc.Arbitrary<string>) => fc.dictionary(key, fc.constant({}), { maxKeys: 3 })
    const port = fc.constantFrom('1/tcp', '2/tcp', '3/tcp', '2/udp')
    const words = fc.array(odd, { maxLength: 2 })
    const record = fc.record(
      {
        Env: fc.uniqueArray(fc.tuple(letter, odd), { selector: ([name]) => name }).map(all => all.map(pair => pair.join('='))),
        Labels: fc.dictionary(letter, odd),
        Cmd: words,
        Entrypoint: words,
        Shell: fc.constant(['/bin/bash', '-c']),
        User: letter,
        StopSignal: letter,
        WorkingDir: letter.map(each => `/${each}`),
        Volumes: map(odd.map(each => `/${each}`)),
        ExposedPorts: map(port),
        OnBuild: fc.array(
          letter.map(each => `RUN ${each}`),
          { maxLength: 2 },
        ),
        Healthcheck: fc.record({ Test: fc.constant(['CMD', 'x']) }),
      },
      { requiredKeys: [] },
    )
    const step = fc.oneof(
      fc
        .tuple(fc.constantFrom('ENV', 'LABEL', 'ARG'), letter, odd)
        .map(([keyword, name, value]) => `${keyword} ${name}=${value}`),
      fc
        .tuple(fc.constantFrom('CMD', 'ENTRYPOINT', 'VOLUME'), words)
        .map(([keyword, list]) => `${keyword} ${JSON.stringify(list)}`),
      fc.tuple(fc.constantFrom('USER', 'STOPSIGNAL', 'WORKDIR', 'ONBUILD RUN'), letter).map(pair => pair.join(' ')),
      fc.constantFrom('EXPOSE [1/tcp 2/udp]', 'EXPOSE 1-3', 'SHELL [/bin/ash -c]', 'HEALTHCHECK NONE', 'MAINTAINER x'),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 6 }), record, async (steps, config) => {
        const history = steps.map(created_by => ({ created_by, empty_layer: true as const }))
        const replayed = replay(parsed(await textOf({ history, config })))
        const isSet = ([, value]: readonly [string, unknown]) => Object.keys(value as object).length > 0
        const set = (value: object): unknown =>
          JSON.parse(JSON.stringify(Object.fromEntries(Object.entries(value).filter(isSet))))
        assert.deepEqual(set(replayed), set(config))
      }),
      { numRuns: cases(300, 20_000) },
    )
  })

  test('with a base only the steps above it are there, its own CMD as well where the dates tell it', async () => {
    const steps = [
      { created_by: 'ADD rootfs.tar / # buildkit', created: '2024-01-01T00:00:00Z' },
      { created_by: 'CMD ["bash"]', created: '2024-01-01T00:00:01Z', empty_layer: true as const },
      { created_by: 'ENV A=1 # buildkit', created: '2024-05-01T00:00:00Z', empty_layer: true as const },
      { created_by: 'RUN /bin/sh -c make # buildkit', created: '2024-05-01T00:00:09Z' },
    ]
    const base: Base = { layers: 1, decidedBy: 'prefix', name: 'debian:12', digest: `sha256:${'a'.repeat(64)}` }
    const text = await textOf({ history: steps, config: { Env: ['A=1'], Cmd: ['bash'] } }, base)
    assert.deepEqual(
      text.split('\n').filter(line => !line.startsWith('#')),
      [`FROM debian:12@sha256:${'a'.repeat(64)}`, 'ENV A=1', 'RUN make', ''],
    )
    // An ENTRYPOINT takes the CMD of the base away: one that is still there was set after it.
    const entrypoint = [...steps.slice(0, 3), { ...steps[2], created_by: 'ENTRYPOINT ["x"]' } as Step, ...steps.slice(3)]
    const reset = await textOf({ history: entrypoint, config: { Env: ['A=1'], Cmd: ['bash'], Entrypoint: ['x'] } }, base)
    assert.ok(reset.endsWith('CMD ["bash"]\n'), reset)
  })

  test('whatever is recorded and configured, the text parses and replays', async () => {
    const value = fc.string({ unit: fc.constantFrom(...'ab $"\'\\=#`<>&|;[]{}:,.\u202e'), maxLength: 12 })
    const shown = value.filter(text => !text.includes('\u202e'))
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.constantFrom('RUN /bin/sh -c ', 'RUN ', '/bin/sh -c ', 'COPY a ', '', '/bin/sh -c #(nop) '),
            fc.string({ unit: fc.constantFrom(...'ab\n\t "\'\\<EOF-;&#') }),
          ),
          { maxLength: 4 },
        ),
        fc.record({ env: shown, label: shown, cmd: fc.array(value, { minLength: 1, maxLength: 3 }), dir: shown }),
        async (records, { env, label, cmd, dir }) => {
          const config = { Env: [`A=${env}`], Labels: { l: label }, WorkingDir: `/d${dir.trim()}`.trimEnd(), Cmd: cmd }
          const history = records.map(([start, rest]) => ({ created_by: start + rest }))
          const text = await textOf({ history, config })
          assert.deepEqual(replay(parsed(text)), {
            Env: config.Env,
            ...(label === '' ? { Labels: { l: '' } } : { Labels: { l: label } }),
            WorkingDir: config.WorkingDir,
            Cmd: cmd,
          })
        },
      ),
      { numRuns: 300 },
    )
  })
})

test('a recorded Dockerfile is printed as it was, with the sizes of the last stage above its lines', async () => {
  const text =
    'FROM go AS build\nRUN make\n\nFROM debian:12\nRUN apt-get update && \\\n  # why\n  apt-get install x\nCOPY <<EOF /x\nRUN no\nEOF\nCMD ["x"]\n'
  const history = [
    { created_by: 'ADD rootfs.tar / # buildkit' },
    kit('RUN /bin/sh -c apt-get # buildkit', false),
    kit('COPY <<EOF /x # buildkit', false),
  ]
  const fixture = imageFixture([layerFixture({ a: 'a' }), layerFixture({ b: 'b' }), layerFixture({ c: 'c' })], {
    config: { history },
  })
  const lines = [...recordedLines({ name: 'Dockerfile', text }, await loadImage(memorySource(fixture), fixture.descriptor))]
  assert.equal(lines[0], '# Recorded by the build (provenance, mode=max): Dockerfile')
  assert.deepEqual(lines.filter(line => !/^# layer/.test(line)).slice(1), text.trimEnd().split('\n'))
  assert.match(lines[lines.indexOf('RUN apt-get update && \\') - 1] ?? '', /^# layer 2, /)
  assert.match(lines[lines.indexOf('COPY <<EOF /x') - 1] ?? '', /^# layer 3, /)
  assert.equal(lines.filter(line => /^# layer/.test(line)).length, 2)
})

test('heredocs of a recorded Dockerfile are passed over in a time that does not grow with their number squared', async () => {
  const history = [kit('COPY <<A <<-B /x # buildkit', false), kit('RUN /bin/sh -c x # buildkit', false)]
  const fixture = imageFixture([layerFixture({ a: 'a' }), layerFixture({ b: 'b' })], { config: { history } })
  const { config, steps } = await loadImage(memorySource(fixture), fixture.descriptor)
  const nested = ['FROM x', 'COPY <<A <<-B /x', 'FROM no', 'A', '\tRUN no', '\tB', 'RUN x']
  assert.deepEqual(
    [...layerLines(nested, { config, steps }).lines],
    [
      [1, 6],
      [0, 1],
    ],
  )
  // None of them ends: a search for each would look at 40,000,000,000 lines.
  const open = ['FROM x', ...Array.from({ length: 200_000 }, (_, index) => `COPY <<E${index} /x`), 'RUN x']
  assert.equal(layerLines(open, { config, steps }).lines.size, 0)
})

test('the draft lists what a .dockerignore should keep out, with its bytes where there are any', async () => {
  const fixture = imageFixture([layerFixture({ a: 'x' })], { config: { config: { User: '65532' } } })
  const image = await loadImage(memorySource(fixture), fixture.descriptor)
  const leak = { id: 'leak/env-file', path: 'srv/a b', bytes: 0, layer: 0, inBase: false, severity: 'warning', detail: '' }
  const linesOf = (...findings: readonly object[]) => [...optimisedLines(image, undefined, findings as never)]
  const ignored = linesOf(leak, { ...leak, path: 'b', bytes: 1 }, { ...leak, path: 'c', inBase: true }, { ...leak, path: null })
  assert.deepEqual(ignored.slice(3, 7), [
    '# .dockerignore should keep out:',
    '#   srv/a b  (leak/env-file)',
    '#   b  (leak/env-file, -1 B)',
    'FROM scratch',
  ])
  assert.equal(linesOf({ ...leak, id: 'file/setuid' })[3], 'FROM scratch')
  const root = { ...leak, id: 'user/root' }
  assert.match(linesOf(root).at(-1) ?? '', /^# user\/root: end with USER 65532/)
  assert.doesNotMatch(linesOf({ ...root, severity: 'info' }).join('\n'), /end with USER/)
  assert.match(ignored.join('\n'), /^# layer 1, \d+ B\n/m)
})

test('the draft is marked as one, parses, and names bytes and finding of every change', async () => {
  const megabytes = (seed: string) => `${seed}-0123456789abcdef\n`.repeat(90_000)
  const history = [
    kit('RUN /bin/sh -c apt-get update && apt-get install -y x # buildkit', false),
    kit('COPY app /app # buildkit', false),
    kit('RUN /bin/sh -c chown -R 1000:1000 /app # buildkit', false),
    kit('RUN /bin/sh -c make sdk # buildkit', false),
    kit('RUN /bin/sh -c rm -rf /opt/sdk # buildkit', false),
  ]
  const fixture = imageFixture(
    [
      layerFixture({ 'var/lib/apt/lists/x_Packages': megabytes('apt') }),
      layerFixture({ 'app/a': megabytes('app') }),
      layerFixture({ 'app/a': { content: megabytes('app'), uid: 1000, gid: 1000 } }),
      layerFixture({ 'opt/sdk/b': megabytes('sdk') }),
      layerFixture({ 'opt/.wh.sdk': '' }),
    ],
    { config: { config: { Cmd: ['/app/a'] }, history } },
  )
  const { findings } = await checkedImage(fixture)
  const text = [...optimisedLines(await loadImage(memorySource(fixture), fixture.descriptor), undefined, findings)].join('\n')
  parsed(text)
  assert.match(text, /^# A DRAFT/m)
  assert.match(
    text,
    /# -1\.\d+ MB \(waste\/package-cache\).*\nRUN --mount=type=cache,target=\/var\/cache\/apt,sharing=locked --mount=type=cache,target=\/var\/lib\/apt,sharing=locked apt-get update/,
  )
  assert.match(text, /# -1\.\d+ MB \(waste\/metadata-rewrite\).*\nCOPY --chown=1000:1000 --chmod=0644 app \/app/)
  assert.match(text, /# -1\.\d+ MB \(waste\/hidden\).*\nRUN make sdk && rm -rf \/opt\/sdk/)
  assert.doesNotMatch(text, /^RUN (?:chown|rm)/m)
})
