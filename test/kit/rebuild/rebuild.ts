import type { BlobSource } from '../../../src/blob/source.ts'
import { imagesOf } from '../../../src/image/choose.ts'
import { listImages } from '../../../src/image/list.ts'
import { type Image, loadImage } from '../../../src/image/load.ts'
import { buildStack } from '../../../src/overlay/apply.ts'
import type { Semantics, Snapshot } from '../../../src/overlay/tree.ts'
import type { Edit } from '../../../src/rebuild/edit.ts'
import { rebuildImage } from '../../../src/rebuild/rebuild-image.ts'
import type { RebuiltImage } from '../../../src/rebuild/rebuilt-image.ts'
import type { RebuildOptions, Workshop } from '../../../src/rebuild/workshop.ts'
import { createWorkshop } from '../../../src/session/workshop.ts'
import { createLayerPool } from '../../../src/worker/pool.ts'

/**
 * A workshop with real threads and temporary files, for tests. One thread reads: a second would start and end with each small layer. It
 * stays while layers are written, where the program gives its memory back: starting it for each image costs more than the images.
 */
export function testWorkshop(): Workshop & { close(): Promise<void> } {
  const pool = createLayerPool({ size: 1 })
  const workshop = createWorkshop(pool)
  return {
    ...workshop,
    rest: () => Promise.resolve(),
    close: async () => {
      await workshop[Symbol.asyncDispose]()
      await pool.close()
    },
  }
}

/** The only image of a source. */
export async function onlyImage(source: BlobSource): Promise<Image> {
  const [node] = imagesOf((await listImages(source)).nodes)
  if (node === undefined) throw new Error('there is no image')
  return await loadImage(source, node.descriptor)
}

export async function rebuilt(
  source: BlobSource,
  edits: readonly Edit[],
  workshop: Workshop,
  options: Partial<RebuildOptions> = {},
): Promise<RebuiltImage> {
  const image = await onlyImage(source)
  return await rebuildImage(image, { edits }, source, workshop, { semantics: 'overlay', compile: () => () => false, ...options })
}

/** The rebuilt image as a source: its own blobs, else those of the image it was made from. */
export async function rebuiltSource(image: RebuiltImage, source: BlobSource): Promise<BlobSource> {
  const made = new Map<string, Buffer>()
  for (const { blob, from } of image.outputs) {
    if (from === 'source') continue
    const parts: Uint8Array[] = []
    if (from instanceof Uint8Array) parts.push(from)
    else for await (const chunk of from.bytes()) parts.push(chunk)
    made.set(blob.digest, Buffer.concat(parts))
  }
  return {
    name: 'rebuilt:',
    roots: async () => [image.descriptor],
    async *fetchUnverified(blob, range, signal) {
      const bytes = made.get(blob.digest)
      if (bytes === undefined) yield* source.fetchUnverified(blob, range, signal)
      else yield bytes.subarray(range?.offset ?? 0, range?.length === undefined ? undefined : (range.offset ?? 0) + range.length)
    },
    locate: async blob => (made.has(blob.digest) ? undefined : await source.locate(blob)),
    close: async () => {},
  }
}

/** Every attribute of every name in the tree, one line each: what two images are compared by, independent of `rebuild/compare.ts`. */
export async function treeLines(
  source: BlobSource,
  workshop: Workshop,
  semantics: Semantics,
  layers?: number,
): Promise<readonly string[]> {
  const image = await onlyImage(source)
  const readings = await Promise.all(image.layers.map(layer => workshop.readLayer(source, layer.blob)))
  const stack = buildStack(
    readings.map(reading => reading.changeset),
    semantics,
  )
  return snapshotLines(stack.snapshot(layers ?? readings.length))
}

/** One line a name. A time that nothing gives and the epoch are one: a layer that is written must give a time. */
export function snapshotLines(snapshot: Snapshot): readonly string[] {
  return [...snapshot.walk()].map(node =>
    JSON.stringify([
      node.path,
      node.type,
      node.mode,
      node.uid,
      node.gid,
      node.mtime?.seconds ?? 0,
      node.mtime?.nanoseconds ?? 0,
      node.size,
      node.sha256,
      node.target,
      node.device,
      node.xattrs.map(([name, value]) => [name, Buffer.from(value).toString('hex')]).sort(),
      node.links > 1 && node.type !== 'directory' ? snapshot.names(node) : 1,
    ]),
  )
}
