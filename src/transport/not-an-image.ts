import { ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'
import type { ArchiveIndex } from './archive-index.ts'
import { quotePath } from './local-file.ts'

/** Whether the archive has what makes it an image; a lone `index.json` or `manifest.json` of a web page does not. */
export function looksLikeImage(archive: ArchiveIndex): boolean {
  const has = (name: string) => archive.find(name) !== undefined
  return (
    has('manifest.json') || (has('index.json') && (has('oci-layout') || archive.names.some(name => name.startsWith('blobs/'))))
  )
}

/** Says what a tar file is that holds no image, and what to do with it. */
export function notAnImageArchive(archive: ArchiveIndex, file: string): ImageError {
  const { names } = archive
  const refuse = (why: string, hint: string) => new ImageError('NOT_AN_IMAGE', `Cannot open ${quotePath(file)}: ${why}`, { hint })
  // Damage of the archive explains everything that is missing.
  const explains = (code: string) =>
    code === 'ARCHIVE_TRUNCATED' || code === 'ARCHIVE_DAMAGED' || (code === 'ARCHIVE_NO_END' && names.some(isPartOfImage))
  const broken = archive.diagnostics.find(({ code }) => explains(code))
  if (broken !== undefined) {
    const why = `${broken.message.charAt(0).toLowerCase()}${broken.message.slice(1).replace(/; what .*$/, '')}`
    const cut = broken.code === 'ARCHIVE_DAMAGED' ? '' : ': it was cut short'
    return new ImageError(broken.code, `Cannot open ${quotePath(file)}: ${why}${cut}`, { hint: 'Fetch or save it again.' })
  }
  if (names.includes('repositories') || names.some(name => /^[0-9a-f]{64}\/(?:json|layer\.tar)$/.test(name))) {
    return new ImageError(
      'DOCKER_ARCHIVE_TOO_OLD',
      `Cannot open ${quotePath(file)}: it is a docker archive from before docker 1.10 (no manifest.json)`,
      {
        hint: 'Load it with "docker load" and save it again with "docker save".',
      },
    )
  }
  const inner = names.map(name => /^(.+)\/(?:index|manifest)\.json$/.exec(name)?.[1]).find(prefix => prefix !== undefined)
  const isLayout = inner !== undefined && names.some(name => name.startsWith(`${inner}/blobs/`) || name === `${inner}/oci-layout`)
  if (isLayout) {
    return refuse(`it has an image layout in its folder ${quotePath(inner)}, not at its top`, 'Unpack it and open that folder.')
  }
  if (names.some(name => /^(?:sha256:)?[0-9a-f]{64}\.tar(?:\.gz)?$/.test(name))) {
    return refuse(
      'it has image layers but no manifest.json, so their order is unknown',
      'The archive is incomplete; save the image again.',
    )
  }
  if (names.length === 0) return refuse('it is an empty tar file', 'Name an OCI layout, an oci-archive or a docker-archive.')
  if (names.some(name => /(?:^|\/)\.wh\./.test(name))) {
    return refuse(
      'it is a single image layer (it has whiteouts), not an image',
      'Save the whole image: docker save IMAGE -o image.tar',
    )
  }
  if (ROOT_DIRECTORIES.filter(name => names.some(each => each === name || each.startsWith(`${name}/`))).length >= 3) {
    return refuse(
      'it is a tar of a root file system (a "docker export" or a layer), not an image',
      `Import it first (docker import ${escapeText(file)} name), or save the image: docker save IMAGE -o image.tar`,
    )
  }
  return refuse(
    'it is a tar file without an image in it',
    'Name an OCI layout, an oci-archive or a docker-archive (docker save).',
  )
}

/** Names of an OCI layout, of docker's archives and of skopeo's. */
function isPartOfImage(name: string): boolean {
  return /^(?:blobs\/|oci-layout$|(?:sha256:)?[0-9a-f]{64}(?:\/|\.(?:json|tar)))/.test(name)
}

const ROOT_DIRECTORIES = [
  'bin',
  'dev',
  'etc',
  'home',
  'lib',
  'opt',
  'proc',
  'root',
  'sbin',
  'sys',
  'tmp',
  'usr',
  'var',
  '.dockerenv',
]

const OTHER_FORMATS: readonly (readonly [hex: RegExp, what: string, hint: string])[] = [
  [/^504b0304/, 'it is a zip file', 'Unpack it and open the layout or archive inside.'],
  [/^377abcaf271c/, 'it is a 7z file', 'Unpack it and open the layout or archive inside.'],
  [/^04224d18/, 'it is compressed with lz4', 'Unpack it first: lz4 -d FILE'],
  [/^5d0000/, 'it is compressed with lzma', 'Unpack it first: unlzma FILE'],
  [/^68737173/, 'it is a squashfs image', 'peel reads OCI and docker images only.'],
  [/^7f454c46/, 'it is a program (ELF)', 'Name an OCI layout or an archive.'],
  [/^2321/, 'it is a script', 'Name an OCI layout or an archive.'],
  [/^(?:efbbbf)?\s*(?:7b|5b)/, 'it is a JSON document', 'Name the directory of the layout it belongs to.'],
]

/** Says what a file is that is neither tar nor compressed tar, from its first bytes. */
export function notAnArchive(file: string, first: Uint8Array, unpacked = false): ImageError {
  const hex = Buffer.from(first.subarray(0, 16)).toString('hex')
  const known = OTHER_FORMATS.find(([pattern]) => pattern.test(hex))
  const [why, hint] =
    known === undefined
      ? ['it is not a tar file', 'Name an OCI layout, an oci-archive or a docker-archive.']
      : [known[1], known[2]]
  const where = unpacked ? ' unpacked' : ''
  const text = first.byteLength === 0 ? 'it is empty' : why
  return new ImageError('NOT_AN_IMAGE', `Cannot open ${quotePath(file)}${where}: ${text}`, { hint })
}
