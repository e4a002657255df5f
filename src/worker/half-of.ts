/** Half of so many threads; one always works. */
export function halfOf(threads: number): number {
  return Math.max(1, threads >> 1)
}
