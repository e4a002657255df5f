const POLYNOMIAL = 0x04c11db7

/** The checksums of all bytes alone; made for the first byte of the first layer that is compressed so, which few are. */
let table: Uint32Array | undefined

function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte << 24
    for (let bit = 0; bit < 8; bit++) value = value < 0 ? (value << 1) ^ POLYNOMIAL : value << 1
    return value
  })
}

/** bzip2's CRC-32 goes on with one byte: the polynomial of zlib's, its bits the other way round. */
export function crc32Forward(checksum: number, byte: number): number {
  table ??= makeTable()
  return (checksum << 8) ^ (table[((checksum >>> 24) ^ byte) & 0xff] ?? 0)
}
