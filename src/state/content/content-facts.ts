import type { CertificateFacts } from '../../blob/certificate.ts'
import type { ElfHeader } from '../../blob/elf.ts'
import { escapeText } from '../../escape.ts'
import { formatCount } from '../../format/count.ts'
import { modeText, targetText } from '../../format/file-text.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath } from '../../layer/file-path.ts'
import { type Fact, fact, heading } from '../../line/facts.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import type { Content } from '../model/content.ts'

/** The facts of a content besides its bytes. */
export function contentFacts({ source, node, elf, certificates, bytes, summary }: Content): readonly Fact[] {
  const sized = node?.type === 'file' || source.kind === 'blob'
  return [
    ...summary,
    ...(node === undefined ? [] : nodeFacts(node)),
    ...(source.kind === 'blob' && summary.length === 0 ? blobFacts(source.blob) : []),
    ...(sized && summary.length === 0 ? [fact('size', `${formatSize(bytes.size)} (${formatCount(bytes.size)} bytes)`)] : []),
    ...(elf === undefined ? [] : [heading('ELF'), ...elfFacts(elf)]),
    ...certificates.flatMap((each, index) => [
      heading(`Certificate ${index + 1} of ${certificates.length}`),
      ...certificateFacts(each),
    ]),
  ]
}

function nodeFacts(node: TreeNode): readonly Fact[] {
  const time = node.mtime
  return [
    fact('path', `/${displayPath(node.path)}`),
    fact('type', node.type),
    ...(node.target === undefined ? [] : [fact('target', targetText(node.target))]),
    ...(node.device === undefined ? [] : [fact('device', `major ${node.device[0]}, minor ${node.device[1]}`)]),
    fact('mode', `${modeText(node.type, node.mode)} (${node.mode.toString(8).padStart(4, '0')})`),
    fact('owner', `${node.uid}:${node.gid}`),
    ...(time === undefined ? [] : [fact('modified', exactTime(time.seconds, time.nanoseconds))]),
    fact('layer', `${node.layer + 1}`),
    ...(node.sha256 === undefined ? [] : [fact('sha256', node.sha256)]),
    ...(node.links > 1 && node.type === 'file' ? [fact('names', `${node.links} hard links`)] : []),
    ...node.xattrs.map(([name, value]) => fact('xattr', `${displayPath(name)} = ${xattrText(value)}`)),
  ]
}

function blobFacts(blob: { readonly mediaType: string; readonly digest: string }): readonly Fact[] {
  return [fact('digest', blob.digest), fact('media type', escapeText(blob.mediaType))]
}

function elfFacts(elf: ElfHeader): readonly Fact[] {
  return [
    fact('kind', elf.kind),
    fact('machine', `${elf.machine}, ${elf.bits} bits, ${elf.byteOrder}`),
    fact('system', elf.system),
    fact('linking', elf.linking),
    ...(elf.interpreter === undefined ? [] : [fact('interpreter', displayPath(elf.interpreter))]),
    fact('entry point', elf.entryPoint),
  ]
}

function certificateFacts(certificate: CertificateFacts): readonly Fact[] {
  return [
    fact('subject', escapeText(certificate.subject)),
    fact('issuer', escapeText(certificate.issuer)),
    fact('valid', `${certificate.validFrom} until ${certificate.validTo}`),
    ...(certificate.alternativeNames === undefined ? [] : [fact('names', escapeText(certificate.alternativeNames))]),
    fact('authority', certificate.authority ? 'yes' : 'no'),
    fact('serial', certificate.serialNumber),
    fact('sha256', certificate.fingerprint256),
  ]
}

function xattrText(value: Uint8Array): string {
  const text = Buffer.from(value).toString('latin1')
  return /^[\x20-\x7e]*$/.test(text) ? `"${text}"` : `0x${Buffer.from(value).toString('hex')}`
}

function exactTime(seconds: number, nanoseconds: number): string {
  const date = new Date(seconds * 1000)
  if (Number.isNaN(date.getTime())) return `${seconds} seconds after 1970`
  const fraction = nanoseconds === 0 ? '' : `.${String(nanoseconds).padStart(9, '0')}`
  return `${date.toISOString().slice(0, 19).replace('T', ' ')}${fraction} UTC`
}
