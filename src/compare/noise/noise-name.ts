/** Kinds of noise: what of a file's content differs between two builds although nothing it is there for does. */
export const NOISE_NAMES = [
  'noise:pyc-mtime',
  'noise:gzip-mtime',
  'noise:zip-times',
  'noise:ar-times',
  'noise:tar-times',
  'noise:elf-build-id',
  'noise:ldconfig-cache',
  'noise:fontconfig-cache',
  'noise:package-order',
  'noise:certificate-order',
  'noise:log',
] as const
export type NoiseName = (typeof NOISE_NAMES)[number]

export function isNoiseName(text: string): text is NoiseName {
  return (NOISE_NAMES as readonly string[]).includes(text)
}
