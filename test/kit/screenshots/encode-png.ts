import { crc32, deflateSync } from 'node:zlib'

type Colour = readonly [red: number, green: number, blue: number]

/** The most that a palette can have (PNG specification 11.2.2). */
const PALETTE = 256

/**
 * An opaque picture of a terminal as a PNG with a palette: its commonest colours, and for what anti-aliasing mixes in between the
 * nearest of them. A third of the bytes that the colours of every pixel take.
 */
export function encodePng(rgba: Uint8Array, width: number, height: number): Buffer {
  const counts = new Map<number, number>()
  const colourAt = (pixel: number) =>
    ((rgba[pixel * 4] ?? 0) << 16) | ((rgba[pixel * 4 + 1] ?? 0) << 8) | (rgba[pixel * 4 + 2] ?? 0)
  for (let pixel = 0; pixel < width * height; pixel++) {
    const colour = colourAt(pixel)
    counts.set(colour, (counts.get(colour) ?? 0) + 1)
  }
  const commonest = [...counts].sort(([, one], [, other]) => other - one).map(([colour]) => colour)
  const palette = commonest.slice(0, PALETTE).map(channels)
  const indexes = new Map(commonest.map(colour => [colour, nearest(channels(colour), palette)]))
  // Each row begins with the number of its filter: none.
  const rows = Buffer.alloc(height * (width + 1))
  for (let pixel = 0; pixel < width * height; pixel++) {
    rows[Math.floor(pixel / width) * (width + 1) + 1 + (pixel % width)] = indexes.get(colourAt(pixel)) ?? 0
  }
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header(width, height)),
    chunk('PLTE', Buffer.from(palette.flat())),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function channels(colour: number): Colour {
  return [colour >> 16, (colour >> 8) & 255, colour & 255]
}

function nearest(wanted: Colour, palette: readonly Colour[]): number {
  const distances = palette.map(each => each.reduce((sum, value, channel) => sum + (value - (wanted[channel] ?? 0)) ** 2, 0))
  return distances.indexOf(Math.min(...distances))
}

/** Eight bits a pixel, which are indexes of a palette. */
function header(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(13)
  bytes.writeUInt32BE(width, 0)
  bytes.writeUInt32BE(height, 4)
  bytes.set([8, 3, 0, 0, 0], 8)
  return bytes
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  checksum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, checksum])
}
