import { existsSync } from 'node:fs'
import { readBlob } from '../../../src/blob/read.ts'
import { allNodes, listImages } from '../../../src/image/list.ts'
import { loadImage } from '../../../src/image/load.ts'
import { parseLocation } from '../../../src/image/location.ts'
import type { LayerReading } from '../../../src/layer/reading.ts'
import { openSource } from '../../../src/transport/open.ts'
import { LayerReader } from '../../../src/worker/layer-reader.ts'

/** Reads every layer of the first image a location names, in this thread, base first. */
export async function readImageLayers(text: string): Promise<readonly LayerReading[]> {
  const source = await openSource(parseLocation(text, existsSync))
  try {
    const { nodes } = await listImages(source)
    const node = [...allNodes(nodes)].find(each => each.kind === 'image')
    if (node === undefined) throw new Error(`no image in ${text}`)
    const image = await loadImage(source, node.descriptor)
    const readings: LayerReading[] = []
    for (const { blob } of image.layers) {
      const reader = new LayerReader(blob)
      try {
        for await (const bytes of readBlob(source, blob)) reader.push(Buffer.from(bytes))
        readings.push(reader.finish())
      } finally {
        reader.close()
      }
    }
    return readings
  } finally {
    await source.close()
  }
}
