import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { describe, type TestContext } from 'node:test'
import { isRecord } from '../../src/blob/descriptor.ts'
import type { BlobSource } from '../../src/blob/source.ts'
import { ImageError } from '../../src/error.ts'
import { allNodes, type ImageNode } from '../../src/image/list.ts'
import { loadImage } from '../../src/image/load.ts'
import { corpusJson, corpusPath, corpusTest, hasCorpus } from '../kit/corpus.ts'
import { layerFacts, openText } from '../kit/image/local-image.ts'

/** The facts of an image by an independent reader (expected-summary.json); only what the test looks at. */
type SummaryLayer = {
  bytes: number
  compression: string
  diff_id: string
  diff_id_ok?: boolean
  mediaType?: string
  digest_mismatch?: boolean
}
type SummaryManifest = {
  digest: string
  mediaType: string
  missing?: boolean
  size_mismatch?: number[]
  subject?: string
  'manifest.artifactType'?: string
  annotations?: Record<string, string>
  config?: {
    mediaType: string
    missing: boolean
    os: string | null
    arch: string | null
    diff_ids: number
    history: number
    digest_mismatch?: boolean
  }
  layers?: SummaryLayer[]
  manifests?: SummaryManifest[]
}
type DockerSummary = {
  tags: string[] | null
  os: string
  arch: string
  diff_ids: number
  history: number
  layers: SummaryLayer[]
}
type Summary = {
  none?: string[]
  oci?: { manifests: SummaryManifest[] }
  docker?: { images?: DockerSummary[]; 'manifest.json'?: null }
}

const directories = hasCorpus
  ? readdirSync(corpusPath()).filter(name => existsSync(corpusPath(name, 'expected-summary.json')))
  : []

describe('every image of the corpus reads as an independent reader read it', () => {
  for (const directory of directories.length > 0 ? directories : ['no corpus']) {
    corpusTest(directory, async context => {
      const summaries = corpusJson(directory, 'expected-summary.json')
      assert.ok(isRecord(summaries))
      for (const [name, summary] of Object.entries(summaries)) await compare(context, name, summary as Summary)
    })
  }
})

async function compare(context: TestContext, name: string, { none, oci, docker }: Summary): Promise<void> {
  const path = corpusPath(name)
  if (none !== undefined) await refused(context, path, /^(NOT_AN_IMAGE|DOCKER_ARCHIVE_TOO_OLD|ARCHIVE_NO_END)$/)
  if (docker !== undefined && docker.images === undefined) await refused(context, path, /^DOCKER_MANIFEST_INVALID$/)
  if (docker?.images !== undefined) await compareDocker(context, `docker-archive:${path}`, docker.images)
  // docker 25 saves an untagged image with an empty index: then the archive is read as docker's.
  if (docker?.images !== undefined && oci?.manifests.length === 0) await compareDocker(context, path, docker.images)
  if (oci === undefined || oci.manifests.length === 0) return
  const { source, listing } = await openText(context, path)
  for (const [position, manifest] of oci.manifests.entries()) {
    const node = listing.nodes[listing.positions[position] ?? -1]
    assert.ok(node)
    assert.ok(node.descriptor.digest.startsWith(manifest.digest), `${name}: ${manifest.digest} is listed`)
    await compareNode(source, node, manifest, name)
  }
}

async function refused(context: TestContext, path: string, code: RegExp): Promise<void> {
  await assert.rejects(
    openText(context, path),
    error => error instanceof ImageError && code.test(error.code) && error.hint !== undefined,
  )
}

async function compareNode(source: BlobSource, node: ImageNode, summary: SummaryManifest, name: string): Promise<void> {
  const where = `${name} ${summary.digest}`
  assert.equal(node.descriptor.mediaType, summary.mediaType, where)
  const refName = summary.annotations?.['org.opencontainers.image.ref.name']
  if (refName !== undefined) assert.ok(node.names.includes(refName), where)
  if (summary.missing === true) {
    assert.ok(node.kind === 'missing' || node.kind === 'other', where)
  } else if (summary.size_mismatch !== undefined) {
    assert.ok(node.kind === 'unreadable' && node.error.code === 'BLOB_SIZE_MISMATCH', where)
  } else if (summary.manifests !== undefined) {
    await compareIndex(source, node, summary.manifests, name)
  } else if (summary.config !== undefined) {
    await compareManifest(source, node, summary, where)
  }
}

async function compareIndex(
  source: BlobSource,
  node: ImageNode,
  children: readonly SummaryManifest[],
  name: string,
): Promise<void> {
  if (node.kind === 'unreadable') {
    assert.equal(node.error.code, 'INDEX_REPEATED')
    return
  }
  assert.ok(node.kind === 'index', name)
  assert.equal(node.document.value.manifests.length, children.length)
  for (const [position, summary] of children.entries()) {
    const { digest } = node.document.value.manifests[position] ?? { digest: '' }
    assert.ok(digest.startsWith(summary.digest), `${name} ${summary.digest}`)
    const child = [...allNodes(node.children)].find(each => each.descriptor.digest === digest)
    assert.ok(child, `${name} ${summary.digest}`)
    await compareNode(source, child, summary, name)
  }
}

async function compareManifest(source: BlobSource, node: ImageNode, summary: SummaryManifest, where: string): Promise<void> {
  const { config, layers = [] } = summary
  if (node.kind === 'other') return
  assert.ok((node.kind === 'image' || node.kind === 'artifact') && node.document !== undefined, `${where} ${node.kind}`)
  const manifest = node.document.value
  assert.equal(manifest.config.mediaType, config?.mediaType, where)
  if (summary.subject !== undefined) assert.ok(manifest.subject?.digest.startsWith(summary.subject), where)
  if (summary['manifest.artifactType'] !== undefined) assert.equal(manifest.artifactType, summary['manifest.artifactType'], where)
  assert.deepEqual(
    manifest.layers.map(layer => layer.mediaType),
    layers.map(layer => layer.mediaType),
    where,
  )
  for (const [position, layer] of manifest.layers.entries()) {
    const expected = layers[position]
    if (expected?.digest_mismatch === true) continue
    const { bytes, compression, diffID } = await layerFacts(source, layer)
    assert.deepEqual(
      { bytes, compression, diffID },
      { bytes: expected?.bytes, compression: expected?.compression, diffID: expected?.diff_id },
      where,
    )
  }
  if (node.kind === 'image' && config?.digest_mismatch !== true) await compareImage(source, node, summary, where)
}

async function compareImage(
  source: BlobSource,
  node: ImageNode,
  { config, layers = [] }: SummaryManifest,
  where: string,
): Promise<void> {
  const image = await loadImage(source, node.descriptor)
  assert.equal(image.config?.value.diffIDs.length, config?.diff_ids, where)
  assert.equal(image.config?.value.history?.length ?? 0, config?.history, where)
  assert.equal(image.platform?.os, config?.os, where)
  assert.equal(image.platform?.architecture, config?.arch, where)
  for (const [position, layer] of image.layers.entries()) {
    if (layers[position]?.diff_id_ok === true) assert.equal(layer.diffID, layers[position]?.diff_id, where)
  }
}

async function compareDocker(context: TestContext, text: string, images: readonly DockerSummary[]): Promise<void> {
  const { source, listing } = await openText(context, text)
  assert.equal(listing.positions.length, images.length, text)
  for (const [position, expected] of images.entries()) {
    const node = listing.nodes[listing.positions[position] ?? -1]
    assert.ok(node?.kind === 'image', text)
    assert.deepEqual(node.names, expected.tags ?? [], text)
    const image = await loadImage(source, node.descriptor)
    assert.equal(image.platform?.os, expected.os)
    assert.equal(image.platform?.architecture, expected.arch)
    assert.equal(image.config?.value.history?.length ?? 0, expected.history, text)
    assert.equal(image.layers.length, expected.layers.length, text)
    for (const layer of image.layers) {
      const { bytes, compression, diffID } = await layerFacts(source, layer.blob)
      const wanted = expected.layers[layer.position]
      assert.deepEqual(
        { bytes, compression, diffID },
        { bytes: wanted?.bytes, compression: wanted?.compression, diffID: wanted?.diff_id },
        text,
      )
      assert.equal(layer.diffID === diffID, wanted?.diff_id_ok, text)
    }
  }
}
