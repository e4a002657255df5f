import { layerType } from '../../../src/blob/media-type.ts'
import { readBlob } from '../../../src/blob/read.ts'
import type { BlobSource } from '../../../src/blob/source.ts'
import type { LayerScan } from '../../../src/check/layer-scan.ts'
import { LayerScanner } from '../../../src/check/packages/layer-scanner.ts'
import type { Report } from '../../../src/check/report.ts'
import { type Image, loadImage } from '../../../src/image/load.ts'
import type { LayerReading } from '../../../src/layer/reading.ts'
import { buildStack } from '../../../src/overlay/apply.ts'
import { type CheckedImage, type CheckOptions, checkImage } from '../../../src/session/check/check-image.ts'
import { LayerReader } from '../../../src/worker/layer-reader.ts'
import { withMediaType } from '../../../src/worker/pool.ts'
import { readFilesInOnePass } from '../../../src/worker/read-files.ts'
import { onlyImage } from '../rebuild/rebuild.ts'
import { type ImageFixture, memorySource } from './image-fixture.ts'

/** 2026-01-01, the day of every check in the tests. */
export const NOW = Date.UTC(2026, 0, 1)

/** The report of `peel check` on an image that lies in memory, by the very function that the command calls. */
export async function checkedImage(fixture: ImageFixture, options: Partial<CheckOptions> = {}): Promise<Report> {
  return await checkImage(await memoryImage(fixture), { reference: 'test', now: NOW, ...options }, new AbortController().signal)
}

/** The same of the only image of a source. */
export async function checkedSource(source: BlobSource): Promise<Report> {
  const opened = await openedOf(source, await onlyImage(source))
  return await checkImage(opened, { reference: 'test', now: NOW }, new AbortController().signal)
}

/** An opened image whose blobs are in memory and whose layers are read in this thread. */
export async function memoryImage(fixture: ImageFixture): Promise<CheckedImage> {
  const source = memorySource(fixture)
  return await openedOf(source, await loadImage(source, fixture.descriptor))
}

async function openedOf(source: BlobSource, image: Image): Promise<CheckedImage> {
  const readings: LayerReading[] = []
  const scans: LayerScan[] = []
  for (const { blob } of image.layers) {
    const scanner = new LayerScanner()
    const reader = new LayerReader(blob, { scanner })
    try {
      for await (const bytes of readBlob(source, blob)) reader.push(Buffer.from(bytes))
      readings.push(withMediaType(reader.finish(), blob, layerType(blob.mediaType)?.compression ?? 'none'))
      scans.push(scanner.finish())
    } finally {
      reader.close()
    }
  }
  const stack = buildStack(
    readings.map(({ changeset }) => changeset),
    'overlay',
  )
  return {
    image,
    session: {
      readFilesInOnePass: (blob, reading, entries, signal) =>
        readFilesInOnePass({ source, blob, reading: reading as LayerReading }, entries, signal),
    },
    layers: { scannedTree: async () => ({ readings, scans, stack, snapshot: stack.snapshot(readings.length) }) },
  }
}
