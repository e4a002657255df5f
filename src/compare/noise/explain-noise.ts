import { inflateBounded } from '../../blob/inflate-bounded.ts'
import type { FilePath } from '../../layer/file-path.ts'
import { arWithoutTimes } from '../content/ar-members.ts'
import { elfWithoutBuildId } from '../content/elf-sections.ts'
import { type ArchivedFile, tarMembers } from '../content/tar-members.ts'
import { zipWithoutTimes } from '../content/zip-directory.ts'
import { hasSameLibraries, hasSameNames } from './library-cache.ts'
import type { NoiseName } from './noise-name.ts'

/** A kind of noise: which files may have it, and whether two contents differ by nothing else. */
type Explainer = {
  readonly name: NoiseName
  readonly path: RegExp
  /** Whether only contents of one length can be alike but for it. */
  readonly sameSize: boolean
  /** Larger files are not looked at, bytes: one that is taken apart keeps keys waiting meanwhile. */
  readonly most: number
  readonly isNoise: (before: Buffer, after: Buffer) => boolean
}

/** Of files whose bytes are compared with some of them blank, and of those that are taken apart. */
const MASKED = 16 * 1024 * 1024
const PARTED = 4 * 1024 * 1024

/** In the order they are asked: places first, then kinds of files. */
const EXPLAINERS: readonly Explainer[] = [
  { name: 'noise:ldconfig-cache', path: /^etc\/ld\.so\.cache$/, sameSize: false, most: PARTED, isNoise: hasSameLibraries },
  {
    name: 'noise:ldconfig-cache',
    path: /^var\/cache\/ldconfig\/aux-cache$/,
    sameSize: false,
    most: PARTED,
    isNoise: hasSameNames,
  },
  { name: 'noise:fontconfig-cache', path: /\.cache-\d+$/, sameSize: true, most: MASKED, isNoise: masked(withoutFontTimes) },
  {
    name: 'noise:package-order',
    path: /(?:^|\/)(?:var\/lib\/dpkg\/(?:status|available)(?:-old)?|lib\/apk\/db\/installed)$/,
    sameSize: true,
    most: PARTED,
    isNoise: sameParts(/\n{2,}/),
  },
  { name: 'noise:tar-times', path: /\.tar(?:\.gz)?$|\.tgz$/, sameSize: false, most: PARTED, isNoise: isSameArchive },
  { name: 'noise:gzip-mtime', path: /\.(?:gz|tgz|svgz)$/, sameSize: true, most: MASKED, isNoise: masked(withoutGzipTime) },
  { name: 'noise:pyc-mtime', path: /\.py[co]$/, sameSize: true, most: MASKED, isNoise: masked(withoutSourceTime) },
  {
    name: 'noise:zip-times',
    path: /\.(?:zip|jar|war|ear|whl|egg)$/,
    sameSize: true,
    most: MASKED,
    isNoise: masked(zipWithoutTimes),
  },
  { name: 'noise:ar-times', path: /\.(?:a|deb|udeb)$/, sameSize: true, most: MASKED, isNoise: masked(arWithoutTimes) },
  {
    name: 'noise:certificate-order',
    path: /\.(?:crt|pem)$/,
    sameSize: true,
    most: PARTED,
    isNoise: sameParts(/(?<=-----END [^-]+-----)\n/),
  },
  {
    name: 'noise:elf-build-id',
    path: /\.(?:so(?:\.[\d.]+)?|ko|o)$|(?:^|\/)(?:s?bin|libexec)\/[^/]+$|^(?:app|srv|opt\/[^/]+)\/[^/.]+$/,
    sameSize: true,
    most: MASKED,
    isNoise: masked(elfWithoutBuildId),
  },
]

const LOG = /^var\/log\//

/** The kind of noise that a path alone tells: a log is about its build. */
export function noiseOfPath(path: FilePath): NoiseName | undefined {
  return LOG.test(path) ? 'noise:log' : undefined
}

/** Whether contents of these sizes at the path could differ by noise only: without it they need not be read. */
export function mayBeNoise(path: FilePath, before: number, after: number): boolean {
  return ANY_PATH.test(path) && EXPLAINERS.some(each => each.path.test(path) && fits(each, before, after))
}

/** One look for all of them: most of a million paths are of no kind. */
const ANY_PATH = new RegExp(EXPLAINERS.map(({ path }) => path.source).join('|'))

/** The noise by which two contents of a path differ, where that is nothing the file is there for; undefined for everything else. */
export function explainNoise(path: FilePath, before: Buffer, after: Buffer): NoiseName | undefined {
  const isNoise = (each: Explainer) => fits(each, before.length, after.length) && each.isNoise(before, after)
  return EXPLAINERS.find(each => each.path.test(path) && isNoise(each))?.name
}

function fits({ sameSize, most }: Explainer, before: number, after: number): boolean {
  return Math.max(before, after) <= most && (before === after || !sameSize)
}

function masked(without: (bytes: Buffer) => Buffer | undefined): Explainer['isNoise'] {
  return (before, after) => {
    const [mine, theirs] = [without(before), without(after)]
    return mine !== undefined && theirs !== undefined && mine.equals(theirs)
  }
}

/** The same pieces of text in another order. */
function sameParts(border: RegExp): Explainer['isNoise'] {
  const parts = (bytes: Buffer) =>
    bytes
      .toString('latin1')
      .split(border)
      .map(each => each.trimEnd())
      .filter(each => each !== '')
      .sort()
      .join('\0')
  return (before, after) => parts(before) === parts(after)
}

/** RFC 1952: the time of the first member is in bytes 4 to 7. */
function withoutGzipTime(bytes: Buffer): Buffer | undefined {
  if (bytes.length < 18 || bytes[0] !== 0x1f || bytes[1] !== 0x8b) return undefined
  return Buffer.from(bytes).fill(0, 4, 8)
}

/** Magic numbers of Python from which on flags stand before the source's time (PEP 552, Python 3.7). */
const WITH_FLAGS = 3390
const PYTHON_2 = 20_000

/** The time of the source; undefined where the file is checked by a hash of it instead. */
function withoutSourceTime(bytes: Buffer): Buffer | undefined {
  if (bytes.length < 16 || bytes[2] !== 0x0d || bytes[3] !== 0x0a) return undefined
  const magic = bytes.readUInt16LE(0)
  const hasFlags = magic >= WITH_FLAGS && magic < PYTHON_2
  if (hasFlags && bytes.readUInt32LE(4) !== 0) return undefined
  const at = hasFlags ? 8 : 4
  return Buffer.from(bytes).fill(0, at, at + 4)
}

/** fontconfig's cache of one directory (fcint.h, `FcCache`, 64 bits): its time in whole seconds and in nanoseconds. */
function withoutFontTimes(bytes: Buffer): Buffer | undefined {
  if (bytes.length < 64 || (bytes.readUInt32LE(0) >>> 8) << 8 !== FONTCONFIG) return undefined
  return Buffer.from(bytes).fill(0, 48, 52).fill(0, 56, 64)
}

/** The last byte is the version of the format. */
const FONTCONFIG = 0xfc02fc00 | 0

/** The same members with the same contents, whatever their times and the compression around them. */
function isSameArchive(before: Buffer, after: Buffer): boolean {
  const [mine, theirs] = [unpacked(before), unpacked(after)]
  if (mine === undefined || theirs === undefined || mine.length !== theirs.length) return false
  return mine.every(({ entry, content }, index) => {
    const other = theirs[index]
    return other !== undefined && factsOf(entry) === factsOf(other.entry) && content.equals(other.content)
  })
}

function unpacked(bytes: Buffer): readonly ArchivedFile[] | undefined {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return tarMembers(bytes)
  const tar = inflateBounded('gzip', bytes, 4 * PARTED)
  return tar && tarMembers(tar)
}

function factsOf({ name, typeflag, mode, uid, gid, linkName, size }: ArchivedFile['entry']): string {
  return JSON.stringify([name, typeflag, mode, uid, gid, linkName, size])
}
