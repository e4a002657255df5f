import { artifactFixture } from '../../kit/image/artifact-fixture.ts'
import { ARTIFACT_SAMPLES } from '../../kit/image/artifact-samples.ts'
import { attestationFixture } from '../../kit/image/attestation-fixture.ts'
import { imageFixture, indexFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { printedTest } from '../../kit/program/printed-test.ts'

const app = imageFixture([layerFixture({ 'bin/app': 'x' })])
const other = imageFixture([layerFixture({ 'bin/app': 'y' })], {
  platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
})
const signing = 'application/vnd.dev.cosign.simplesigning.v1+json'
const payload = JSON.stringify({
  critical: {
    identity: { 'docker-reference': 'ghcr.io/o/app' },
    image: { 'docker-manifest-digest': app.descriptor.digest },
    type: 'cosign container image signature',
  },
  optional: { env: 'prod' },
})
const signature = artifactFixture(
  [{ type: signing, bytes: payload, annotations: { 'dev.cosignproject.cosign/signature': 'c2lnbmF0dXJl' } }],
  { artifactType: signing, subject: app },
)
const notes = artifactFixture([{ type: 'text/plain', bytes: 'notes\n' }], { artifactType: 'text/plain', subject: app })

const samples = Object.keys(ARTIFACT_SAMPLES)

printedTest(
  'artifacts',
  [
    ...samples.map(name => `inspect ./weather:${name}`),
    ...samples.map(name => `check ./weather:${name}`),
    'inspect ./weather:gguf --json',
    'inspect ./weather:index',
    'inspect ./weather:index --json --layers',
    'inspect ./weather:app --raw',
    'ls ./weather:chart -l',
    'cat ./weather:policy policy.rego',
    'verify ./weather:chart --json',
    'verify ./weather:index',
    'diff ./weather:gguf ./weather:safetensors',
    'diff ./weather:gguf ./weather:safetensors --json',
    'diff ./weather:app ./weather:chart',
    'referrers ./weather:app',
    'referrers ./weather:app --json',
    'referrers ./weather:app --show 1',
    'referrers ./weather:app --show 2',
    'referrers ./weather:app --show 1 --json',
    'referrers ./weather:app --show 9',
    'referrers ./weather:index',
    'copy ./weather:app ./copied:app --referrers',
    'copy ./weather:index ./copied:all --all --json',
    'copy ./weather:chart ./copied:chart',
    'usage ./weather',
    'tags ./weather',
  ],
  {
    images: {
      ...ARTIFACT_SAMPLES,
      app,
      index: indexFixture([app, other, attestationFixture(app)]),
      signature2: signature,
      notes,
    },
  },
)
