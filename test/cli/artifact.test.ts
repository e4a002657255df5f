import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type ArtifactBlob, artifactFixture, TITLE } from '../kit/image/artifact-fixture.ts'
import { documentFixture } from '../kit/image/attestation-fixture.ts'
import { type ImageFixture, imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { componentFixture, ggufFixture, safetensorsFixture, wasmFixture } from '../kit/image/model-fixture.ts'
import { peel } from '../kit/program/peel-command.ts'
import { tarFixture } from '../kit/tar/tar-fixture.ts'

const UNPACK = { 'io.deis.oras.content.unpack': 'true' }
const FILEPATH = 'org.cncf.model.filepath'
const tgz = (files: Readonly<Record<string, string>>) =>
  gzipSync(tarFixture(Object.entries(files).map(([name, content]) => ({ name, content }))))
const named = (title: string, type: string, bytes: Buffer | string): ArtifactBlob => ({
  type,
  bytes,
  annotations: { [TITLE]: title },
})
const gguf = ggufFixture({ 'general.architecture': 'llama', 'general.name': 'Tiny', 'llama.context_length': 4096 }, [
  { name: 'token_embd.weight', type: 12, shape: [64, 1000] },
  { name: 'output.weight', type: 0, shape: [64] },
])

/** Every kind of formats-2026.md §2 as its client writes it, and the paths that its tree has. */
const KINDS: Readonly<Record<string, readonly [ImageFixture, readonly string[]]>> = {
  helm: [
    artifactFixture(
      [
        {
          type: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
          bytes: tgz({ 'app/Chart.yaml': 'name: app\n', 'app/values.yaml': 'a: 1\n' }),
        },
        { type: 'application/vnd.cncf.helm.chart.provenance.v1.prov', bytes: '-----BEGIN PGP SIGNED MESSAGE-----\n' },
      ],
      {
        config: { type: 'application/vnd.cncf.helm.config.v1+json', value: { name: 'app', version: '1.2.3', apiVersion: 'v2' } },
      },
    ),
    ['app', 'app/Chart.yaml', 'app/values.yaml', 'blob-2'],
  ],
  modelpack: [
    artifactFixture(
      [
        {
          type: 'application/vnd.cncf.model.weight.v1.raw',
          bytes: safetensorsFixture({ 'a.weight': [4, 8] }),
          annotations: { [FILEPATH]: 'weights/model.safetensors' },
        },
        {
          type: 'application/vnd.cncf.model.doc.v1.tar',
          bytes: tarFixture([{ name: 'README.md', content: 'hello' }]),
          annotations: { [FILEPATH]: 'README.md' },
        },
      ],
      {
        artifactType: 'application/vnd.cncf.model.manifest.v1+json',
        config: {
          type: 'application/vnd.cncf.model.config.v1+json',
          value: { descriptor: { name: 'tiny', family: 'llama' }, config: { architecture: 'transformer', paramSize: '8b' } },
        },
      },
    ),
    ['README.md', 'weights', 'weights/model.safetensors'],
  ],
  docker: [
    artifactFixture(
      [
        { type: 'application/vnd.docker.ai.gguf.v3', bytes: gguf, annotations: { [FILEPATH]: 'model.gguf' } },
        { type: 'application/vnd.docker.ai.license', bytes: 'Apache' },
        { type: 'application/vnd.docker.ai.dir.tar', bytes: tarFixture([{ name: 'cfg/a', content: 'x' }]) },
      ],
      {
        config: {
          type: 'application/vnd.docker.ai.model.config.v0.1+json',
          value: { config: { format: 'gguf', quantization: 'Q4_K_M' } },
        },
      },
    ),
    ['blob-2', 'cfg', 'cfg/a', 'model.gguf'],
  ],
  ollama: [
    artifactFixture(
      [
        { type: 'application/vnd.ollama.image.model', bytes: gguf },
        { type: 'application/vnd.ollama.image.template', bytes: '{{ .Prompt }}' },
      ],
      {
        config: {
          type: 'application/vnd.docker.container.image.v1+json',
          value: { model_format: 'gguf', model_family: 'llama', rootfs: { type: 'layers' } },
        },
      },
    ),
    ['blob-1', 'blob-2'],
  ],
  wasm: [
    artifactFixture([{ type: 'application/wasm', bytes: componentFixture() }], {
      config: { type: 'application/vnd.wasm.config.v0+json', value: { os: 'wasip2', architecture: 'wasm' } },
    }),
    ['blob-1'],
  ],
  oras: [
    artifactFixture(
      [
        named('hello.txt', 'application/vnd.oci.image.layer.v1.tar', 'not a tar'),
        {
          type: 'application/vnd.oci.image.layer.v1.tar+gzip',
          bytes: tgz({ 'docs/a.md': '#' }),
          annotations: { ...UNPACK, [TITLE]: 'docs' },
        },
        named('.wh.name', 'text/plain', 'an ordinary name'),
      ],
      { artifactType: 'application/vnd.unknown.artifact.v1' },
    ),
    ['.wh.name', 'docs', 'docs/a.md', 'hello.txt'],
  ],
  falco: [
    artifactFixture(
      [{ type: 'application/vnd.cncf.falco.rulesfile.layer.v1+tar.gz', bytes: tgz({ 'rules.yaml': '- rule: x\n' }) }],
      {
        config: { type: 'application/vnd.cncf.falco.rulesfile.config.v1+json', value: { name: 'rules', version: '1' } },
      },
    ),
    ['rules.yaml'],
  ],
  devcontainer: [
    artifactFixture([
      {
        type: 'application/vnd.devcontainers.layer.v1+tar',
        bytes: tarFixture([{ name: './install.sh', content: 'sh' }]),
        annotations: { [TITLE]: 'x.tgz' },
      },
    ]),
    ['install.sh'],
  ],
  odd: [
    artifactFixture([
      named('/etc/passwd', 'text/plain', 'absolute'),
      named('../../escape', 'text/plain', 'leaves'),
      named('', 'text/plain', 'nothing'),
      named('twice', 'text/plain', 'first'),
      named('twice', 'text/plain', 'second'),
    ]),
    ['blob-3', 'escape', 'etc', 'etc/passwd', 'twice'],
  ],
}

describe('artifacts', () => {
  let directory = ''
  let layout = ''
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'peel-artifact-'))
    layout = writeLayout(join(directory, 'layout'), {
      ...Object.fromEntries(Object.entries(KINDS).map(([name, [fixture]]) => [name, fixture])),
      image: imageFixture([layerFixture({ a: 'b' })]),
      attestation: documentFixture(
        'application/vnd.in-toto+json',
        '{"predicateType":"https://slsa.dev/provenance/v1","predicate":{}}',
      ),
    })
  })
  after(() => rmSync(directory, { recursive: true }))
  const env = () => ({ XDG_CACHE_HOME: join(directory, 'cache') })
  const run = (command: string, name: string, ...args: string[]) =>
    peel([command, `oci:${layout}:${name}`, ...args], { env: env() })
  const json = async (command: string, name: string, ...args: string[]) => {
    const { stdout, stderr } = await run(command, name, ...args, '--json')
    return { value: JSON.parse(stdout), stderr }
  }

  for (const [name, [, paths]] of Object.entries(KINDS)) {
    test(`${name}: one tree, listed, read and written as it is`, async () => {
      const listed = await run('ls', name)
      assert.deepEqual([listed.stdout.trim().split('\n'), listed.status], [[...paths], 0], listed.stderr)
      const target = join(directory, `extracted-${name}`)
      const extracted = await run('extract', name, '/', target)
      assert.equal(extracted.status, 0, extracted.stderr)
      assert.deepEqual(readdirSync(target, { recursive: true }).sort(), [...paths].sort())
      const verified = await run('verify', name)
      assert.equal(verified.status, 0, verified.stdout)
    })
  }

  test('a file that is a whole blob has its digest and position, and its kind where nothing names it', async () => {
    const { stdout } = await run('ls', 'docker', '--json')
    const files = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    const model = files.find(({ path }) => path === 'model.gguf')
    assert.match(model.digest, /^sha256:[0-9a-f]{64}$/)
    assert.deepEqual([model.layer, model.mode, model.uid, model.mtime, model.size], [0, '0644', 0, null, gguf.length])
    assert.equal(model.sha256, model.digest.slice(7))
    const inner = files.find(({ path }) => path === 'cfg/a')
    assert.deepEqual([inner.layer, inner.digest], [2, undefined])
    const [blob] = (await run('ls', 'ollama', '--json')).stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    assert.deepEqual([blob.path, blob.kind], ['blob-1', 'gguf'])
    const template = JSON.parse((await run('ls', 'ollama', 'blob-2', '--json')).stdout)
    assert.equal('kind' in template, false)
  })

  test('later titles win, and odd ones are clamped or become blob-N with a diagnostic', async () => {
    assert.equal((await run('cat', 'odd', 'twice')).stdout, 'second')
    assert.equal((await run('cat', 'odd', 'blob-3')).stdout, 'nothing')
    const { stderr } = await run('ls', 'odd')
    assert.match(stderr, /is absolute; it is listed as "etc\/passwd"/)
    assert.match(stderr, /leads out of its directory; it is listed as "escape"/)
    assert.match(stderr, /names nothing; it is listed as "blob-3"/)
  })

  test('a type that says tar over bytes that are none gives the file, with a diagnostic', async () => {
    const { stdout, stderr } = await run('cat', 'oras', 'hello.txt')
    assert.deepEqual([stdout, stderr], ['not a tar', ''])
    assert.match((await run('ls', 'oras')).stderr, /is no tar: it is listed as one file/)
    assert.equal((await run('cat', 'oras', '.wh.name')).stdout, 'an ordinary name')
  })

  test('inspect says what the headers say', async () => {
    const { value: docker } = await json('inspect', 'docker')
    assert.equal(docker.artifact.type, 'application/vnd.docker.ai.model.config.v0.1+json')
    assert.deepEqual(
      [docker.artifact.architecture, docker.artifact.name, docker.artifact.parameters, docker.artifact.tensors],
      ['llama', 'Tiny', 64_064, 2],
    )
    assert.equal(docker.artifact.config.quantization, 'Q4_K_M')
    const { value: pack } = await json('inspect', 'modelpack')
    assert.deepEqual([pack.artifact.kind, pack.artifact.parameters, pack.artifact.config.family], ['safetensors', 32, 'llama'])
    const { value: helm } = await json('inspect', 'helm')
    assert.deepEqual([helm.artifact.config.kind, helm.artifact.config.version], ['chart', '1.2.3'])
    const { value: wasm } = await json('inspect', 'wasm')
    assert.equal(wasm.artifact.binary, 'component')
    assert.deepEqual(wasm.artifact.imports, [{ name: 'wasi:http/types@0.2.0', type: 'instance' }])
    assert.deepEqual(wasm.artifact.exports, [{ name: 'wasi:http/incoming-handler@0.2.0', type: 'instance' }])
    const { stdout } = await run('inspect', 'docker')
    assert.match(stdout, /an artifact, not an image/)
    assert.match(stdout, /parameters +64,064/)
  })

  test('an older attestation, which borrows an image config, is an artifact', async () => {
    const { value } = await json('inspect', 'attestation')
    assert.equal(value.artifact.files[0].summary.predicate.kind, 'provenance')
  })

  test('squash, waste, history and diff refuse in one sentence with status 3', async () => {
    for (const [command, ...args] of [
      ['waste'],
      ['squash', `oci:${join(directory, 'out')}:x`],
      ['history'],
      ['diff', '--layer', '1'],
    ] as const) {
      const { status, stderr } = await run(command, 'helm', ...args)
      assert.equal(status, 3, `${command}: ${stderr}`)
      assert.match(stderr, /an artifact, not an image/, command)
    }
  })

  test('check looks for secrets, in tars and in whole blobs, and refuses everything else', async () => {
    const key = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' })
    const fixture = artifactFixture([
      named('id_rsa', 'text/plain', key()),
      { type: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', bytes: tgz({ 'app/key.pem': String(key()) }) },
    ])
    const secret = writeLayout(join(directory, 'secret'), { x: fixture })
    const checked = await peel(['check', `oci:${secret}:x`, '--json'], { env: env(), cwd: directory })
    const { findings } = JSON.parse(checked.stdout)
    assert.deepEqual(
      [findings.map((finding: { path: string }) => finding.path).sort(), checked.status],
      [['app/key.pem', 'id_rsa'], 1],
      checked.stderr,
    )
    const run = await peel(['check', `oci:${secret}:x`, '--only', 'run/no-command'], { env: env(), cwd: directory })
    assert.deepEqual([run.status, /an artifact, not an image/.test(run.stderr)], [3, true])
  })

  test('copy takes an artifact as it is', async () => {
    const target = join(directory, 'copied')
    const { status, stderr } = await run('copy', 'helm', `oci:${target}:x`)
    assert.equal(status, 0, stderr)
    assert.equal((await peel(['cat', `oci:${target}:x`, 'app/Chart.yaml'], { env: env() })).stdout, 'name: app\n')
  })

  test('an image in the same place is opened as ever, and without a name it is the image', async () => {
    const both = writeLayout(join(directory, 'both'), {
      one: imageFixture([layerFixture({ a: 'b' })]),
      two: KINDS['helm']?.[0] ?? imageFixture([]),
    })
    assert.equal((await peel(['ls', `oci:${both}`], { env: env() })).stdout, 'a\n')
    assert.equal((await peel(['cat', `oci:${both}:two`, 'app/Chart.yaml'], { env: env() })).stdout, 'name: app\n')
    assert.equal(wasmFixture().length > 0 && readFileSync(join(both, 'oci-layout')).length > 0, true)
  })
})
