import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Destination } from '../../src/image/location.ts'
import type { Edit } from '../../src/rebuild/edit.ts'
import type { Session } from '../../src/session/session.ts'
import { changesCopies, checkFormatThere, isOciLayout, planFor, unpacksLayers } from '../../src/session/write/destination-plan.ts'

const OCI = 'application/vnd.oci.image.manifest.v1+json'
const DOCKER = 'application/vnd.docker.distribution.manifest.v2+json'

const to = (transport: string) => ({ transport, path: '/x', name: 'x' }) as unknown as Destination
const layouts = ['oci', 'oci-archive', 'archive', 'standard-stream']
const unpacking = ['docker-archive', 'docker-daemon']

/** An image of a place: its media type, and the names of the documents that lie there. */
function image(mediaType: string, documents: readonly string[] = ['index.json'], transport = 'oci'): Session {
  const nodes = [{ descriptor: { mediaType }, children: [] }]
  return { place: { transport }, listing: { nodes, documents: documents.map(name => ({ name })) } } as unknown as Session
}

const added = (edits: readonly Edit[], transport: string, session: Session) =>
  planFor({ edits }, to(transport), session).plan.edits.slice(edits.length)

const squash: Edit = { type: 'squash', from: 0, to: 1 }
const zstd: Edit = { type: 'compress', compression: 'zstd', every: true }
const plain: Edit = { type: 'compress', compression: 'none', every: true }
const ofOCI: Edit = { type: 'format', family: 'oci' }

describe('what a destination adds to a plan', () => {
  test('nothing without one, and nothing for an OCI image that goes to a layout or a registry', () => {
    assert.deepEqual(planFor({ edits: [squash] }, undefined, image(DOCKER)), { plan: { edits: [squash] }, diagnostics: [] })
    for (const transport of [...layouts, 'docker']) assert.deepEqual(added([squash], transport, image(OCI)), [], transport)
  })

  test('plain layers where they are unpacked, with a word about a compression that was asked for', () => {
    for (const transport of unpacking) {
      assert.deepEqual(added([squash], transport, image(OCI)), [plain])
      const { plan, diagnostics } = planFor({ edits: [zstd] }, to(transport), image(OCI))
      assert.deepEqual(plan.edits, [zstd, plain])
      assert.deepEqual(
        diagnostics.map(({ code, severity }) => [code, severity]),
        [['COMPRESSION_IGNORED', 'warning']],
      )
      assert.match(diagnostics[0]?.message ?? '', /unpacked in a docker-archive and in an engine, so --compress changes nothing/)
      assert.deepEqual(planFor({ edits: [plain] }, to(transport), image(OCI)).diagnostics, [])
    }
  })

  test('types of OCI in a layout for an image of docker that is written anew, unless a format was asked for', () => {
    for (const transport of layouts) {
      assert.deepEqual(added([squash], transport, image(DOCKER)), [ofOCI], transport)
      assert.deepEqual(added([squash, { type: 'format', family: 'docker' }], transport, image(DOCKER)), [])
      // A copy byte for byte stays what it is.
      assert.deepEqual(added([], transport, image(DOCKER)), [])
    }
    assert.deepEqual(added([squash], 'docker', image(DOCKER)), [])
  })

  test('compressed layers, and types of OCI, for manifests that peel made for an archive or an engine', () => {
    const made = image(DOCKER, ['manifest.json'])
    assert.deepEqual(added([], 'oci', made), [ofOCI])
    for (const transport of ['archive', 'standard-stream', 'docker']) {
      const edits = added([], transport, made)
      assert.deepEqual(
        edits.map(edit => (edit.type === 'compress' ? `${edit.compression} ${edit.plain}` : edit.type)),
        transport === 'docker' ? ['gzip true'] : ['format', 'gzip true'],
      )
      assert.deepEqual(
        added([plain], transport, made).filter(({ type }) => type === 'compress'),
        [],
      )
    }
    assert.deepEqual(added([zstd], 'docker', made), [{ ...zstd, plain: true }])
  })

  test('nothing of that where the archive has its own index, or a registry has a document of that name', () => {
    assert.deepEqual(added([], 'archive', image(OCI, ['manifest.json', 'index.json'])), [])
    assert.deepEqual(added([], 'archive', image(OCI, ['manifest.json'], 'docker')), [])
  })

  test('copies are changed only by what is added, and never where layers are unpacked', () => {
    const made = image(DOCKER, ['manifest.json'])
    assert.equal(changesCopies(to('archive'), made), true)
    assert.equal(changesCopies(to('archive'), image(OCI)), false)
    assert.equal(changesCopies(to('docker-daemon'), made), false)
  })
})

describe('places', () => {
  test('are layouts of OCI, unpack layers, or neither', () => {
    for (const transport of [...layouts, ...unpacking, 'docker']) {
      assert.equal(isOciLayout(to(transport)), layouts.includes(transport), transport)
      assert.equal(unpacksLayers(to(transport)), unpacking.includes(transport), transport)
    }
    assert.equal(unpacksLayers(undefined), false)
  })

  test('that are layouts refuse types of docker, unless they are forced', () => {
    const descriptor = { mediaType: DOCKER } as never
    const location: Destination = { transport: 'oci', path: '/x', selector: {} } as unknown as Destination
    assert.throws(
      () => checkFormatThere(descriptor, location, false),
      (error: { code?: string; message?: string; hint?: string }) =>
        error.code === 'FORMAT_UNREADABLE_THERE' &&
        /Cannot write Docker media types to oci:\/x: skopeo and umoci do not read them/.test(error.message ?? '') &&
        /--format oci/.test(error.hint ?? ''),
    )
    checkFormatThere(descriptor, location, true)
    checkFormatThere({ mediaType: OCI } as never, location, false)
    checkFormatThere(descriptor, to('docker'), false)
  })
})
