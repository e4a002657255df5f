import { gzipSync } from 'node:zlib'
import { tarFixture } from '../tar/tar-fixture.ts'
import { artifactFixture, TITLE } from './artifact-fixture.ts'
import { documentFixture } from './attestation-fixture.ts'
import { type ImageFixture, imageFixture, layerFixture } from './image-fixture.ts'
import { ggufFixture, safetensorsFixture, wasmFixture } from './model-fixture.ts'

const IN_TOTO = 'application/vnd.in-toto+json'
const subject = imageFixture([layerFixture({ 'bin/app': 'x' })])
const about = [{ name: 'pkg:docker/app@1.0', digest: { sha256: subject.descriptor.digest.slice(7) } }]
const statement = (predicateType: string, predicate: object) =>
  JSON.stringify({ _type: 'https://in-toto.io/Statement/v1', predicateType, subject: about, predicate })

const spdx = {
  spdxVersion: 'SPDX-2.3',
  name: 'app',
  creationInfo: { created: '2024-03-01T00:00:00Z', creators: ['Tool: syft-1.0.0'] },
  packages: Array.from({ length: 12 }, (_, index) => ({
    name: `library-${index}`,
    versionInfo: `1.${index}`,
    licenseDeclared: index % 3 === 0 ? 'Apache-2.0' : 'MIT',
  })),
}
const provenance = {
  buildDefinition: {
    buildType: 'https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md',
    externalParameters: {
      configSource: { uri: 'https://github.com/o/app.git', digest: { sha1: 'c'.repeat(40) } },
      request: { args: { 'build-arg:VERSION': '1.0' } },
    },
    resolvedDependencies: [{ uri: 'pkg:docker/alpine@3.20', digest: { sha256: 'a'.repeat(64) } }],
  },
  runDetails: {
    builder: { id: 'https://github.com/o/app/actions/runs/1' },
    metadata: {
      startedOn: '2024-03-01T00:00:00Z',
      buildkit_metadata: {
        source: {
          infos: [{ filename: 'Dockerfile', data: Buffer.from('FROM alpine:3.20\nCOPY app /bin/\n').toString('base64') }],
        },
      },
    },
  },
}
const openVex = {
  '@context': 'https://openvex.dev/ns/v0.2.0',
  author: 'security@example.org',
  timestamp: '2024-03-01T00:00:00Z',
  statements: [
    {
      vulnerability: { name: 'CVE-2024-0001' },
      products: [{ '@id': 'pkg:oci/app' }],
      status: 'not_affected',
      justification: 'vulnerable_code_not_present',
    },
    { vulnerability: { name: 'CVE-2024-0002' }, products: [{ '@id': 'pkg:oci/app' }], status: 'fixed' },
  ],
}
const bundle = {
  mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
  verificationMaterial: { publicKey: { hint: 'x' }, tlogEntries: [{ integratedTime: '1709251200' }] },
  dsseEnvelope: {
    payloadType: IN_TOTO,
    payload: Buffer.from(statement('https://sigstore.dev/cosign/sign/v1', {})).toString('base64'),
    signatures: [{ sig: 'AAAA' }],
  },
}

/** An artifact that is one document about an image, with a subject: the newer form of an attestation. */
const attached = (type: string, bytes: string, annotations = {}) =>
  artifactFixture([{ type, bytes, annotations }], { artifactType: type, subject })

const bottle = gzipSync(tarFixture([{ name: 'jq/1.7/bin/jq', content: 'x', mode: 0o755 }]))

/** Artifacts as clients write them, by a name: one of each kind that peel knows. */
export const ARTIFACT_SAMPLES: Readonly<Record<string, ImageFixture>> = {
  chart: artifactFixture(
    [
      {
        type: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
        bytes: gzipSync(tarFixture([{ name: 'app/Chart.yaml', content: 'name: app\n' }])),
      },
      { type: 'application/vnd.cncf.helm.chart.provenance.v1.prov', bytes: '-----BEGIN PGP SIGNED MESSAGE-----\n' },
    ],
    {
      config: {
        type: 'application/vnd.cncf.helm.config.v1+json',
        value: {
          name: 'app',
          version: '1.0.0',
          description: 'An application',
          apiVersion: 'v2',
          appVersion: '3.1',
          dependencies: [{ name: 'redis', version: '19.0' }],
        },
      },
      annotations: { 'org.opencontainers.image.created': '2024-03-01T00:00:00Z' },
    },
  ),
  gguf: artifactFixture(
    [
      {
        type: 'application/vnd.docker.ai.gguf.v3',
        bytes: ggufFixture(
          {
            'general.architecture': 'llama',
            'general.name': 'Tiny Llama',
            'general.license': 'apache-2.0',
            'general.file_type': 15,
            'llama.context_length': 4096,
          },
          [
            { name: 'token_embd.weight', type: 12, shape: [64, 1000] },
            { name: 'output.weight', type: 0, shape: [64] },
          ],
        ),
        annotations: { [TITLE]: 'model.gguf' },
      },
      { type: 'application/vnd.docker.ai.license', bytes: 'Apache License\n' },
    ],
    {
      config: {
        type: 'application/vnd.docker.ai.model.config.v0.1+json',
        value: { config: { format: 'gguf', parameters: '64K' } },
      },
    },
  ),
  safetensors: artifactFixture(
    [
      {
        type: 'application/vnd.cncf.model.weight.v1.raw',
        bytes: safetensorsFixture({ 'model.embed': [1000, 64], 'model.norm': [64] }),
        annotations: { 'org.cncf.model.filepath': 'weights/model.safetensors' },
      },
    ],
    {
      artifactType: 'application/vnd.cncf.model.manifest.v1+json',
      config: {
        type: 'application/vnd.cncf.model.config.v1+json',
        value: { descriptor: { name: 'tiny', family: 'llama' }, config: { architecture: 'transformer', format: 'safetensors' } },
      },
    },
  ),
  wasm: artifactFixture([{ type: 'application/wasm', bytes: wasmFixture() }], {
    config: { type: 'application/vnd.wasm.config.v0+json', value: { os: 'wasip1', architecture: 'wasm' } },
  }),
  policy: artifactFixture(
    [
      {
        type: 'application/vnd.cncf.openpolicyagent.policy.layer.v1+rego',
        bytes: 'package main\n',
        annotations: { [TITLE]: 'a.rego' },
      },
    ],
    { config: { type: 'application/vnd.cncf.openpolicyagent.config.v1+json', value: { revision: '7' } } },
  ),
  sbom: documentFixture(IN_TOTO, statement('https://spdx.dev/Document', spdx), {
    'in-toto.io/predicate-type': 'https://spdx.dev/Document',
  }),
  provenance: attached(IN_TOTO, statement('https://slsa.dev/provenance/v1', provenance)),
  vex: attached(IN_TOTO, statement('https://openvex.dev/ns/v0.2.0', openVex)),
  signature: attached(bundle.mediaType, JSON.stringify(bundle)),
  checkpoint: artifactFixture(
    [
      {
        type: 'application/vnd.containerd.container.criu.checkpoint.criu.tar',
        bytes: tarFixture([{ name: 'pages-1.img', content: 'memory' }]),
      },
    ],
    { annotations: { 'io.kubernetes.cri-o.annotations.checkpoint.name': 'app' } },
  ),
  encrypted: artifactFixture([
    {
      type: 'application/vnd.oci.image.layer.v1.tar+gzip+encrypted',
      bytes: Buffer.alloc(64, 7),
      annotations: { [TITLE]: 'secret.tgz' },
    },
  ]),
  bottle: artifactFixture(
    [
      {
        type: 'application/vnd.oci.image.layer.v1.tar+gzip',
        bytes: bottle,
        annotations: { [TITLE]: 'jq--1.7.arm64_sonoma.bottle.tar.gz' },
      },
    ],
    {
      annotations: {
        'com.github.package.type': 'homebrew_bottle',
        'sh.brew.bottle.digest': 'abc',
        'sh.brew.tab': '{"arch":"arm64"}',
      },
    },
  ),
}
