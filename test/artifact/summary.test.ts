import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { blobKind } from '../../src/artifact/blob-kind.ts'
import { bufferReader, type RangeReader, SUMMARY_BUDGET } from '../../src/artifact/range-reader.ts'
import { readGguf } from '../../src/artifact/summary/gguf.ts'
import { readSafetensors } from '../../src/artifact/summary/safetensors.ts'
import { summariseDocument, summariseHeader } from '../../src/artifact/summary/summarise.ts'
import { summaryLines } from '../../src/artifact/summary/summary-lines.ts'
import { readWasm } from '../../src/artifact/summary/wasm.ts'
import { ImageError } from '../../src/error.ts'
import { componentFixture, ggufFixture, safetensorsFixture, wasmFixture } from '../kit/image/model-fixture.ts'
import { fc } from '../kit/seeded-check.ts'

const KEYS = {
  'general.architecture': 'llama',
  'general.name': 'Tiny Llama',
  'general.license': 'apache-2.0',
  'general.file_type': 15,
  'llama.context_length': 4096,
  'tokenizer.ggml.tokens': ['<s>', '</s>', 'a'],
}
const TENSORS = [
  { name: 'token_embd.weight', type: 12, shape: [64, 1000] },
  { name: 'output.weight', type: 0, shape: [64] },
]

/** A reader that counts what is read, over a head with zeros behind it. */
function counting(head: Buffer, size = head.length): RangeReader & { bytes: number } {
  return {
    size,
    proven: false,
    bytes: 0,
    async read(offset, length) {
      const end = Math.min(size, offset + length)
      this.bytes += end - offset
      const part = Buffer.alloc(Math.max(0, end - offset))
      if (offset < head.length) head.copy(part, 0, offset, Math.min(head.length, end))
      return part
    },
  }
}

const budget = () => ({ left: SUMMARY_BUDGET })
const document = (value: unknown, annotations = {}) => summariseDocument(Buffer.from(JSON.stringify(value)), { annotations })

describe('safetensors: what a tensor may say', () => {
  const read = (header: unknown) => readSafetensors(bufferReader(safetensorsOf(JSON.stringify(header))))
  const safetensorsOf = (json: string) => {
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(json.length))
    return Buffer.concat([length, Buffer.from(json)])
  }

  test('a type is told up to 64 characters; 32 dimensions are read, 33 are none that a tensor has', async () => {
    const shape = Array.from({ length: 32 }, () => 1)
    const { tensors, headerSize, metadata } = await read({ __metadata__: { format: 'pt' }, a: { dtype: 'F'.repeat(70), shape } })
    assert.deepEqual(tensors, [{ name: 'a', type: 'F'.repeat(64), shape }])
    assert.deepEqual([headerSize > 100, metadata], [true, { format: 'pt' }])
    const wrong = [
      { dtype: 'F32', shape: [...shape, 1] },
      { dtype: 'F32', shape: [-1] },
      { dtype: 'F32', shape: [0.5] },
    ]
    for (const tensor of [...wrong, { dtype: 'F32', shape: 1 }, { dtype: 1, shape: [1] }, null])
      await assert.rejects(read({ a: tensor }), /a tensor has no type or shape/)
    assert.deepEqual((await read({ a: { dtype: 'F32', shape: [0] } })).tensors[0]?.shape, [0])
  })

  test('a header that ends with the file is read, one byte longer is refused', async () => {
    const whole = safetensorsOf('{}')
    assert.equal((await readSafetensors(bufferReader(whole))).headerSize, 2)
    await assert.rejects(readSafetensors(bufferReader(whole.subarray(0, -1))), /it goes beyond the end of the file/)
    await assert.rejects(readSafetensors(bufferReader(whole.subarray(0, 7))), /the file ends inside it/)
    await assert.rejects(readSafetensors(bufferReader(safetensorsOf('[]'))), /it is not an object/)
    await assert.rejects(readSafetensors(bufferReader(safetensorsOf('{'))), /it is not JSON/)
  })
})

describe('GGUF', () => {
  test('numbers that count nothing are none: a fraction, one below zero, one beyond all sums', async () => {
    const wrong = [
      [6, Buffer.from(new Float32Array([Number.NaN]).buffer)],
      [5, Buffer.from(new Int32Array([-1]).buffer)],
      [10, Buffer.alloc(8, 0xff)],
    ] as const
    for (const [type, value] of wrong) {
      const header = ggufFixture({ 'general.architecture': 'llama', 'llama.context_length': 7 }, [])
      const bytes = Buffer.concat([header.subarray(0, -8), Buffer.from([type, 0, 0, 0]), value])
      const { architecture, contextLength } = await readGguf(bufferReader(bytes))
      assert.deepEqual([architecture, contextLength], ['llama', undefined])
    }
  })

  test('quantizations and tensor types have ggml’s names by its numbers; a number without a name is told as it is', async () => {
    const named = async (number: number) => {
      const tensor = { name: 'x', type: number, shape: [1] }
      const summary = await readGguf(bufferReader(ggufFixture({ ...KEYS, 'general.file_type': number }, [tensor])))
      return [summary.quantization, summary.tensors[0]?.type]
    }
    // llama.h (llama_ftype) and ggml.h (ggml_type); a dash is a number that neither uses any more.
    const files =
      `F32 F16 Q4_0 Q4_1 - - - Q8_0 Q5_0 Q5_1 Q2_K Q3_K_S Q3_K_M Q3_K_L Q4_K_S Q4_K_M Q5_K_S Q5_K_M Q6_K IQ2_XXS IQ2_XS
      Q2_K_S IQ3_XS IQ3_XXS IQ1_S IQ4_NL IQ3_S IQ3_M IQ2_S IQ2_M IQ4_XS IQ1_M BF16 -`.split(/\s+/)
    const types =
      `F32 F16 Q4_0 Q4_1 - - Q5_0 Q5_1 Q8_0 Q8_1 Q2_K Q3_K Q4_K Q5_K Q6_K Q8_K IQ2_XXS IQ2_XS IQ3_XXS IQ1_S IQ4_NL IQ3_S
      IQ2_S IQ4_XS I8 I16 I32 I64 F64 IQ1_M BF16 - - -`.split(/\s+/)
    for (const [number, file] of files.entries()) {
      const type = types[number]
      const expected = [file === '-' ? `file type ${number}` : file, type === '-' ? `type ${number}` : type]
      assert.deepEqual(await named(number), expected)
    }
  })

  for (const [name, options] of [
    ['little-endian', {}],
    ['big-endian', { big: true }],
    ['version 2', { version: 2 }],
  ] as const) {
    test(`${name}: keys, tensors, parameters`, async () => {
      const summary = await readGguf(bufferReader(ggufFixture(KEYS, TENSORS, options)))
      assert.deepEqual(
        [summary.architecture, summary.name, summary.licence, summary.quantization, summary.contextLength, summary.vocabulary],
        ['llama', 'Tiny Llama', 'apache-2.0', 'Q4_K_M', 4096, 3],
      )
      assert.deepEqual([summary.parameters, summary.tensorCount, summary.complete], [64_064, 2, true])
      assert.deepEqual(summary.tensors[0], { name: 'token_embd.weight', type: 'Q4_K', shape: [64, 1000] })
    })
  }

  test('of 5 GB with a vocabulary of 32,000 tokens less than 2 MB is read', async () => {
    const tokens = Array.from({ length: 32_000 }, (_, index) => `token${index}`)
    const many = Array.from({ length: 300 }, (_, index) => ({
      name: `blk.${index}.attn_q.weight`,
      type: 12,
      shape: [4096, 4096],
    }))
    const reader = counting(ggufFixture({ ...KEYS, 'tokenizer.ggml.tokens': tokens }, many), 5e9)
    const summary = await summariseHeader('gguf', reader, budget())
    assert.ok(summary?.kind === 'gguf')
    assert.deepEqual([summary.parameters, summary.complete, summary.vocabulary], [300 * 4096 * 4096, true, 32_000])
    assert.ok(reader.bytes < 2e6, `${reader.bytes} bytes`)
  })

  test('a header longer than the budget gives what was read, and says so', async () => {
    const tokens = Array.from({ length: 200_000 }, (_, index) => `a longer token ${index}`)
    const reader = counting(ggufFixture({ ...KEYS, 'tokenizer.ggml.tokens': tokens }, TENSORS), 5e9)
    const summary = await summariseHeader('gguf', reader, budget())
    assert.ok(summary?.kind === 'gguf')
    assert.deepEqual(
      [summary.architecture, summary.complete, summary.parameters, summary.tensorCount],
      ['llama', false, undefined, 2],
    )
    assert.ok(reader.bytes < 2e6, `${reader.bytes} bytes`)
    assert.match(summaryLines(summary).join('\n'), /not all tensors are known/)
  })
})

describe('safetensors and WebAssembly', () => {
  test('safetensors: shapes, types, metadata', async () => {
    const summary = await readSafetensors(bufferReader(safetensorsFixture({ a: [4, 8], b: [2] })))
    assert.deepEqual([summary.parameters, summary.types, summary.metadata], [34, [['BF16', 2]], { format: 'pt' }])
  })

  test('a module: imports and exports, code passed over', async () => {
    const reader = counting(wasmFixture(200_000))
    const summary = await summariseHeader('wasm', reader, budget())
    assert.ok(summary?.kind === 'wasm')
    assert.deepEqual(
      [summary.binary, summary.imports.map(each => each.name), summary.exports, summary.custom],
      ['module', ['wasi_snapshot_preview1.fd_write', 'env.memory'], [{ name: '_start', type: 'func' }], ['producers']],
    )
    assert.ok(reader.bytes < 150_000, `${reader.bytes} bytes`)
  })

  test('a component whose exports lie behind a core module', async () => {
    const summary = await readWasm(bufferReader(componentFixture(5000)))
    assert.deepEqual(
      [summary.binary, summary.exports.map(each => each.name)],
      ['component', ['wasi:http/incoming-handler@0.2.0']],
    )
  })

  test('names of a component come in three ways, and no fourth', async () => {
    const bytes = componentFixture()
    const kind = bytes.indexOf('wasi:http/types') - 2
    for (const each of [0, 1, 2]) {
      bytes[kind] = each
      assert.equal((await readWasm(bufferReader(bytes))).binary, 'component')
    }
    bytes[kind] = 3
    await assert.rejects(readWasm(bufferReader(bytes)))
  })
})

describe('documents', () => {
  test('SPDX and CycloneDX: packages and licences', () => {
    const spdx = document({
      spdxVersion: 'SPDX-2.3',
      name: 'app',
      packages: [
        { name: 'bash', versionInfo: '5.2', licenseConcluded: 'NOASSERTION', licenseDeclared: 'GPL-3.0' },
        { name: 'x', licenseConcluded: 'MIT', externalRefs: [{ referenceType: 'purl', referenceLocator: 'pkg:npm/x@1' }] },
        { versionInfo: '7' },
      ],
    })
    assert.ok(spdx?.kind === 'sbom')
    assert.deepEqual(spdx.packages, [
      { name: 'bash', version: '5.2', licence: 'GPL-3.0' },
      { name: 'x', licence: 'MIT', purl: 'pkg:npm/x@1' },
      { name: '', version: '7' },
    ])
    const cyclone = document({
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      components: [
        { type: 'library', name: 'a', licenses: [{ license: { id: 'MIT' } }], components: [{ type: 'library', name: 'b' }] },
        { type: 'file', name: 'f' },
        { type: 'library', group: 'org.x', name: 'y', purl: 'pkg:maven/org.x/y' },
      ],
    })
    assert.ok(cyclone?.kind === 'sbom')
    assert.deepEqual([cyclone.files, cyclone.licences], [1, [['MIT', 1]]])
    assert.deepEqual(cyclone.packages, [
      { name: 'a', licence: 'MIT' },
      { name: 'b' },
      { name: 'org.x/y', purl: 'pkg:maven/org.x/y' },
    ])
  })

  const dockerfile = Buffer.from('FROM alpine\nRUN true\n').toString('base64')
  const infos = { source: { infos: [{ filename: 'Dockerfile', language: 'Dockerfile', data: dockerfile }] } }
  const base = { uri: 'pkg:docker/alpine@3.20?platform=linux%2Famd64', digest: { sha256: 'ab' } }
  const statement = (predicateType: string, predicate: object) => ({
    _type: 'https://in-toto.io/Statement/v0.1',
    predicateType,
    subject: [{ name: 'pkg:docker/app', digest: { sha256: 'cd' } }],
    predicate,
  })

  for (const [name, value] of [
    [
      'v0.2',
      statement('https://slsa.dev/provenance/v0.2', {
        builder: { id: 'https://builder' },
        buildType: 'https://mobyproject.org/buildkit@v1',
        materials: [{ uri: 'https://example.org/x.tgz', digest: { sha256: 'ef' } }, base],
        invocation: {
          configSource: { uri: 'https://github.com/o/r.git#main', digest: { sha1: 'c0ffee' } },
          parameters: { args: { 'build-arg:A': '1' } },
        },
        metadata: { 'https://mobyproject.org/buildkit@v1#metadata': infos },
      }),
    ],
    [
      'v1',
      statement('https://slsa.dev/provenance/v1', {
        buildDefinition: {
          buildType: 'https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md',
          externalParameters: {
            configSource: { uri: 'https://github.com/o/r.git#main', digest: { sha1: 'c0ffee' } },
            request: { args: { 'build-arg:A': '1' } },
          },
          resolvedDependencies: [{ uri: 'https://example.org/x.tgz', digest: { sha256: 'ef' } }, base],
        },
        runDetails: { builder: { id: 'https://builder' }, metadata: { buildkit_metadata: infos } },
      }),
    ],
  ] as const) {
    test(`SLSA provenance ${name}: builder, source, bases, arguments, the recorded Dockerfile; in an envelope too`, () => {
      const envelope = {
        payloadType: 'application/vnd.in-toto+json',
        payload: Buffer.from(JSON.stringify(value)).toString('base64'),
        signatures: [{ sig: 'AA==' }],
      }
      const wrapped = document(envelope)
      assert.ok(wrapped?.kind === 'statement')
      assert.equal(wrapped.signatures, 1)
      const summary = document(value)
      assert.ok(summary?.kind === 'statement' && summary.predicate?.kind === 'provenance')
      const { builder, source, revision, bases, arguments: given, files, materials } = summary.predicate
      assert.deepEqual([builder, source, revision], ['https://builder', 'https://github.com/o/r.git#main', 'c0ffee'])
      assert.deepEqual([bases, given, materials.length], [[{ uri: base.uri, digest: 'sha256:ab' }], { 'build-arg:A': '1' }, 2])
      assert.deepEqual(files, [{ name: 'Dockerfile', language: 'Dockerfile', text: 'FROM alpine\nRUN true\n' }])
      assert.deepEqual(wrapped.predicate, summary.predicate)
    })
  }

  test('cosign, notation and Sigstore bundles: what is signed', () => {
    const cosign = document({
      critical: {
        identity: { 'docker-reference': 'ghcr.io/o/r' },
        image: { 'docker-manifest-digest': 'sha256:ab' },
        type: 'cosign container image signature',
      },
      optional: { env: 'prod' },
    })
    assert.ok(cosign?.kind === 'signature')
    assert.deepEqual(
      [cosign.format, cosign.digest, cosign.identity, cosign.claims],
      ['cosign', 'sha256:ab', 'ghcr.io/o/r', { env: 'prod' }],
    )
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const notation = document({
      payload: part({ targetArtifact: { digest: 'sha256:cd' } }),
      protected: part({ alg: 'PS256', 'io.cncf.notary.signingTime': '2026-01-01T00:00:00Z' }),
      header: { x5c: [] },
      signature: 'AA',
    })
    assert.ok(notation?.kind === 'signature')
    assert.deepEqual([notation.format, notation.digest, notation.algorithm], ['notation', 'sha256:cd', 'PS256'])
    const bundle = document({
      mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      verificationMaterial: {},
      messageSignature: {
        messageDigest: { algorithm: 'SHA2_256', digest: Buffer.from([1, 2]).toString('base64') },
        signature: 'AA==',
      },
    })
    assert.ok(bundle?.kind === 'signature')
    assert.deepEqual([bundle.format, bundle.digest], ['sigstore-bundle', 'sha256:0102'])
  })
})

describe('hostile headers', () => {
  /** Any bytes give: a summary or one of our errors, within the budget. */
  const survives = async (head: Buffer, size: number) => {
    const reader = counting(head, size)
    const kind = blobKind(head, size)
    try {
      const summary = await summariseHeader(kind, reader, budget())
      if (summary !== undefined) summaryLines(summary, { long: true })
    } catch (error) {
      assert.ok(error instanceof ImageError, String(error))
      assert.match(error.code, /^SUMMARY_/)
    }
    assert.ok(reader.bytes <= SUMMARY_BUDGET, `${reader.bytes} bytes`)
  }
  const seeds = [ggufFixture(KEYS, TENSORS), safetensorsFixture({ a: [4, 8], b: [2] }), wasmFixture(64), componentFixture(64)]

  test('bytes changed, cut or put in, in blobs of any claimed size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 6 }),
        fc.nat(400),
        fc.constantFrom(0, 1, 1e6, 2 ** 40),
        async (seed, changes, cut, more) => {
          const bytes = Buffer.from(seed)
          for (const [at, value] of changes) if (at >= 4 && at < bytes.length) bytes[at] = value
          const head = bytes.subarray(0, Math.max(12, bytes.length - cut))
          await survives(head, head.length + more)
        },
      ),
      { numRuns: 400 },
    )
  })

  test('counts and lengths beyond the blob, arrays in arrays, numbers beyond all sums', async () => {
    const u64 = (value: bigint) => {
      const bytes = Buffer.alloc(8)
      bytes.writeBigUInt64LE(value)
      return bytes
    }
    const u32 = (value: number) => Buffer.from(new Uint32Array([value]).buffer)
    const gguf = (...parts: readonly Buffer[]) => Buffer.concat([Buffer.from('GGUF'), u32(3), ...parts])
    const key = Buffer.concat([u64(1n), Buffer.from('k')])
    const nested = (depth: number): Buffer =>
      depth === 0 ? Buffer.alloc(0) : Buffer.concat([u32(9), u64(1n << 52n), nested(depth - 1)])
    for (const head of [
      gguf(u64(2n ** 64n - 1n), u64(2n ** 64n - 1n)),
      gguf(u64(1n << 52n), u64(1n << 52n)),
      gguf(u64(0n), u64(1n), u64(1n << 40n)),
      gguf(u64(0n), u64(1n), key, u32(9), nested(10)),
      gguf(u64(0n), u64(1n), key, u32(9), u32(10), u64(1n << 60n)),
      gguf(u64(1n), u64(0n), key, u32(0xffffffff)),
      gguf(u64(1n), u64(0n), key, u32(4), u64(1n << 50n), u64(1n << 50n), u64(1n << 50n), u64(1n << 50n), u32(0), u64(0n)),
      Buffer.concat([u64(99_999_999n), Buffer.from('{"a":')]),
      Buffer.concat([Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]), Buffer.alloc(30_000)]),
      Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 2, 6, 0xff, 0xff, 0xff, 0xff, 0x0f, 0]),
    ])
      for (const size of [head.length, 5e9]) await survives(head, size)
  })

  test('documents of any shape are summarised or not, never thrown about', () => {
    const shapes = [
      'spdxVersion',
      'packages',
      'bomFormat',
      'components',
      'predicateType',
      'predicate',
      'critical',
      'image',
      'payload',
      'signatures',
      'dsseEnvelope',
      'buildDefinition',
      'materials',
      'digest',
      'subject',
      'mediaType',
      'protected',
      'signature',
      'header',
      'x5c',
      'uri',
      '__proto__',
    ]
    const value = fc.letrec(tie => ({
      any: fc.oneof(
        { maxDepth: 5 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.constantFrom('CycloneDX', 'https://slsa.dev/provenance/v1', 'sigstore.bundle'),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...shapes), tie('any'), { maxKeys: 5 }),
      ),
    })).any
    fc.assert(
      fc.property(value, shape => {
        const summary = document(shape ?? null)
        if (summary !== undefined) summaryLines(summary, { long: true })
      }),
      { numRuns: 2000 },
    )
  })
})
