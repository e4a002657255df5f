/** The share of shipped bytes that the image still shows: 1 for an image without content. */
export function efficiency(aliveBytes: number, shippedBytes: number): number {
  return shippedBytes === 0 ? 1 : aliveBytes / shippedBytes
}
