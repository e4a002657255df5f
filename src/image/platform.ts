import type { DescriptorPlatform } from '../blob/descriptor.ts'
import { ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'

/** The system and processor that an image runs on, normalised as containerd/platforms does (formats.md 1.2). */
export type Platform = {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
  readonly osVersion?: string
  readonly osFeatures?: readonly string[]
}

type LoosePlatform = {
  readonly os: string
  readonly architecture: string
  readonly variant?: string | undefined
  readonly osVersion?: string | undefined
  readonly osFeatures?: readonly string[] | undefined
}

/** Spellings of one architecture (containerd/platforms database.go); the second is the variant they imply. */
const ALIASES: Readonly<Record<string, readonly [architecture: string, variant?: string]>> = {
  i386: ['386'],
  i686: ['386'],
  x86_64: ['amd64'],
  'x86-64': ['amd64'],
  aarch64: ['arm64'],
  armhf: ['arm', 'v7'],
  armel: ['arm', 'v6'],
}

export function normalizePlatform(platform: LoosePlatform): Platform {
  const os = platform.os.toLowerCase() === 'macos' ? 'darwin' : platform.os.toLowerCase()
  const written = platform.architecture.toLowerCase()
  const [architecture, implied] = ALIASES[written] ?? [written]
  const variant = normalizeVariant(architecture, implied ?? platform.variant?.toLowerCase() ?? '')
  return {
    os,
    architecture,
    ...(variant !== '' && { variant }),
    ...(platform.osVersion && { osVersion: platform.osVersion }),
    ...(platform.osFeatures && platform.osFeatures.length > 0 && { osFeatures: platform.osFeatures }),
  }
}

/** arm64 v8 and amd64 v1 are what the bare names mean; a bare arm is v7. */
function normalizeVariant(architecture: string, variant: string): string {
  const named = /^\d+$/.test(variant) && (architecture === 'arm' || architecture === 'arm64') ? `v${variant}` : variant
  if (architecture === 'arm') return named === '' ? 'v7' : named
  if (architecture === 'arm64' && named === 'v8') return ''
  return architecture === 'amd64' && named === 'v1' ? '' : named
}

/** The platform a descriptor names; undefined when it names none or `unknown/unknown`, buildkit's mark of an attestation. */
export function descriptorPlatform(platform: DescriptorPlatform | undefined): Platform | undefined {
  if (platform === undefined || (platform.os === '' && platform.architecture === '')) return undefined
  if (platform.os === 'unknown' && platform.architecture === 'unknown') return undefined
  return normalizePlatform({ ...platform, osVersion: platform['os.version'], osFeatures: platform['os.features'] })
}

/** The platform as the spec spells it, for a descriptor we write. */
export function toDescriptorPlatform(platform: Platform): DescriptorPlatform {
  return {
    architecture: platform.architecture,
    os: platform.os,
    ...(platform.osVersion !== undefined && { 'os.version': platform.osVersion }),
    ...(platform.osFeatures !== undefined && { 'os.features': platform.osFeatures }),
    ...(platform.variant !== undefined && { variant: platform.variant }),
  }
}

/**
 * `linux/arm64/v8` as a person types it; `os/arch[/variant]`, or an architecture alone for linux. Features follow the system as
 * containerd writes them: `linux(+erofs)/amd64`.
 * @throws ImageError `PLATFORM_INVALID`
 */
export function parsePlatform(text: string): Platform {
  const [, system, features] = /^([^/()]+)\(((?:\+[A-Za-z0-9_.-]+)+)\)(?=\/)/.exec(text) ?? []
  const parts = (system === undefined ? text : text.replace(`(${features})`, '')).split('/')
  const [first = '', second, third] = parts
  const isSystem = second === undefined && SYSTEMS.has(first.toLowerCase())
  if (parts.length > 3 || isSystem || !parts.every(part => /^[A-Za-z0-9_.-]+$/.test(part))) {
    throw new ImageError('PLATFORM_INVALID', `Cannot use platform "${escapeText(text)}": it is not OS/ARCH or OS/ARCH/VARIANT`, {
      hint: 'Write it like linux/amd64 or linux/arm/v7.',
    })
  }
  if (second === undefined) return normalizePlatform({ os: 'linux', architecture: first })
  const osFeatures = features?.slice(1).split('+')
  return normalizePlatform({ os: first, architecture: second, variant: third, osFeatures })
}

/** A system alone says too little; any other single word is a machine that runs Linux. */
const SYSTEMS = new Set(['linux', 'windows', 'darwin', 'freebsd'])

/** `linux/arm/v6`; escaped, for messages and screens. */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant } = platform
  return escapeText([os || 'unknown', architecture || 'unknown', ...(variant === undefined ? [] : [variant])].join('/'))
}

/**
 * How well `have` serves `wanted`: 0 is exact, higher is worse, undefined is not at all. A lower variant of arm runs on a
 * higher one, and so do 32-bit images on their 64-bit machines (containerd/platforms compare.go).
 */
export function platformDistance(wanted: Platform, have: Platform): number | undefined {
  if (wanted.os !== have.os) return undefined
  if (wanted.osVersion !== undefined && have.osVersion !== undefined && !have.osVersion.startsWith(wanted.osVersion))
    return undefined
  const served = servedBy(wanted)
  const name = `${have.architecture}/${have.variant ?? ''}`
  const distance = served.indexOf(name)
  return distance === -1 ? undefined : distance
}

/** Architectures and variants a machine runs, best first. */
function servedBy({ architecture, variant }: Platform): readonly string[] {
  const below = (name: string, level: number, least: number) =>
    Array.from({ length: Math.max(0, level - least + 1) }, (_, index) => `${name}/v${level - index}`)
  const level = Number(/^v(\d+)$/.exec(variant ?? '')?.[1] ?? Number.NaN)
  const own = `${architecture}/${variant ?? ''}`
  if (architecture === 'arm' && level <= 8) return below('arm', level, 5)
  if (architecture === 'arm64' && (variant === undefined || level <= 9))
    return [...new Set([own, 'arm64/', ...below('arm', 8, 5)])]
  if (architecture === 'amd64') {
    const lower = level <= 4 ? below('amd64', level, 2) : [own]
    return [...new Set([...lower, 'amd64/', '386/'])]
  }
  return [own]
}

const NODE_ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  mips: 'mips',
  mipsel: 'mipsle',
  ppc64: 'ppc64le',
}

/**
 * The platform whose images this machine runs, from Node's names. Containers of a Mac and of Windows run in a Linux
 * machine, so the system is always linux, as docker has it.
 */
export function hostPlatform(nodeArchitecture: string): Platform {
  return normalizePlatform({ os: 'linux', architecture: NODE_ARCHITECTURES[nodeArchitecture] ?? nodeArchitecture })
}
