import { DOCKER_MANIFEST, isFilesystemLayer, layerType } from '../../blob/media-type.ts'
import { escapeText } from '../../escape.ts'
import type { Image } from '../../image/load.ts'
import type { DocumentsRule, Hit, LayersRule, Rule } from '../rule.ts'
import { isSpdxExpression } from '../spdx.ts'

/** Facts that the documents give about the image. */

/** Keys of annotations.md; others below the prefix are misspelt or made up. */
const KNOWN =
  `created authors url documentation source version revision vendor licenses ref.name title description base.digest base.name`.split(
    ' ',
  )
const PREFIX = 'org.opencontainers.image.'

/** Predecessors of the keys (label-schema.org) that people still write. */
const OLD: Readonly<Record<string, string>> = {
  source: 'org.label-schema.vcs-url',
  revision: 'org.label-schema.vcs-ref',
  title: 'org.label-schema.name',
  licenses: 'org.label-schema.license',
}

type Said = { readonly where: string; readonly key: string; readonly value: string }

function said(image: Image): readonly Said[] {
  const of = (where: string, map: Readonly<Record<string, string>>) =>
    Object.entries(map).flatMap(([key, value]) =>
      key.startsWith(PREFIX) ? [{ where, key: key.slice(PREFIX.length), value }] : [],
    )
  return [...of('annotation', image.manifest.value.annotations), ...of('label', image.config?.value.container.labels ?? {})]
}

const annotations: DocumentsRule = {
  id: 'meta/annotations',
  severity: 'info',
  title: 'Nothing says where the image comes from',
  matches: 'Annotations and labels have none of source, revision, licenses and title',
  mustNotMatch: 'Images with one of them, or with their predecessors of label-schema.org',
  fix: {
    other:
      'LABEL org.opencontainers.image.source=URL org.opencontainers.image.revision=COMMIT …, or peel squash --set annotation.KEY=VALUE.',
    buildkit: 'docker buildx build --annotation org.opencontainers.image.source=URL …, or LABEL.',
    buildah: 'buildah build --annotation org.opencontainers.image.source=URL …, or LABEL.',
  },
  references: ['annotations.md'],
  needs: 'documents',
  *look({ image }) {
    const keys = new Set(said(image).map(({ key }) => key))
    const labels = image.config?.value.container.labels ?? {}
    const has = (key: string) => keys.has(key) || (OLD[key] ?? '') in labels
    if (image.config === undefined || ['source', 'revision', 'licenses', 'title'].some(has)) return
    yield { detail: 'None of org.opencontainers.image.source, .revision, .licenses and .title is set.' }
  },
}

/** RFC 3339; `created` of the config has its own rule of documents. */
const DATE = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/

const TROUBLES: Readonly<Record<string, (value: string) => string | undefined>> = {
  created: value => (DATE.test(value) && !Number.isNaN(Date.parse(value)) ? undefined : 'is no date as RFC 3339 writes it'),
  licenses: value => (isSpdxExpression(value) ? undefined : 'is no SPDX expression'),
  url: urlTrouble,
  source: urlTrouble,
  documentation: urlTrouble,
  'base.digest': value => (/^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/.test(value) ? undefined : 'is no digest'),
  'base.name': value => (hasHost(value) ? undefined : 'has no registry host'),
}

function hasHost(name: string): boolean {
  const [host = '', rest] = name.split('/', 2)
  return rest !== undefined && (host === 'localhost' || (/[.:]/.test(host) && !/\s/.test(host)))
}

function urlTrouble(value: string): string | undefined {
  return URL.canParse(value) && /^[a-z][a-z0-9+.-]*:/i.test(value)
    ? undefined
    : /^[\w.-]+@[\w.-]+:\S+$/.test(value)
      ? undefined
      : 'is no URL'
}

const invalid: DocumentsRule = {
  id: 'meta/invalid',
  severity: 'warning',
  title: 'An annotation or label does not say what its key promises',
  matches:
    'created is not RFC 3339, licenses no SPDX expression, url, source or documentation no URL, base.digest no digest, base.name without a host; a key below org.opencontainers.image that the specification does not have',
  mustNotMatch: 'Keys of others; empty values, which builders write for what they do not know',
  fix: { other: 'Correct the LABEL or annotation, or set it on this image: peel squash --set label.KEY=VALUE.' },
  references: ['annotations.md', 'DL3051', 'DL3052', 'DL3053', 'DL3054', 'DL3055', 'DL3056'],
  needs: 'documents',
  *look({ image }) {
    for (const { where, key, value } of said(image)) {
      const shown = escapeText(`${where} ${PREFIX}${key}`).slice(0, 120)
      if (!KNOWN.includes(key)) yield { detail: `The ${shown} is not one of the specification's keys.`, key: `${where} ${key}` }
      else if (value !== '') {
        const trouble = TROUBLES[key]?.(value)
        // The value itself is not repeated: a label may hold anything.
        if (trouble !== undefined) yield { detail: `The ${shown} ${trouble}.`, key: `${where} ${key}` }
      }
    }
  },
}

const dates: DocumentsRule = {
  id: 'meta/dates',
  severity: 'info',
  title: "The image's date cannot be right",
  matches: 'created lies in the future, or before 2013, when there were no images',
  mustNotMatch: 'The epoch, 1980 and 0001: signs of a reproducible build; a clock that is a day off',
  fix: { other: 'Build with a right clock, or set SOURCE_DATE_EPOCH on purpose.' },
  references: [],
  needs: 'documents',
  *look({ image, now }) {
    const created = image.config?.value.created
    const time = created === undefined ? Number.NaN : Date.parse(created)
    if (Number.isNaN(time) || created === undefined) return
    const year = new Date(time).getUTCFullYear()
    if (time > now + DAY) yield { detail: `It was created ${escapeText(created)}, which has not come yet.`, key: 'future' }
    else if (year < 2013 && year > 1980)
      yield { detail: `It was created ${escapeText(created)}, before there were images.`, key: 'past' }
  },
}

const DAY = 86_400_000

const mediaTypes: LayersRule = {
  id: 'meta/media-type',
  severity: 'warning',
  title: 'A media type does not say what the bytes are',
  matches:
    "A layer's compression or a document's own type differs from what its descriptor says; docker's types in an OCI manifest; types of layers that must not be distributed",
  mustNotMatch: 'A whole docker manifest, in a layout too; types of artifacts',
  fix: { other: 'Write the image anew: peel copy SRC DEST --format oci, with --compress for the layers.' },
  references: ['media-types.md'],
  needs: 'layers',
  *look({ image, stack }) {
    for (const { code, message } of image.diagnostics)
      if (code === 'DOCUMENT_TYPE_MISMATCH') yield { detail: `${message}.`, key: code }
    for (const [layer, { diagnostics }] of stack.changesets.entries())
      for (const { code, message } of diagnostics)
        if (code === 'MEDIA_TYPE_MISMATCH') yield { layer, detail: `${message}.`, key: `${code} ${layer}` }
    yield* layerTypes(image)
  },
}

function* layerTypes({ manifest, layers }: Image): Generator<Hit> {
  const isDocker = manifest.value.mediaType === DOCKER_MANIFEST
  for (const { position, blob } of layers) {
    const shown = escapeText(blob.mediaType).slice(0, 100)
    if (/nondistributable|foreign/.test(blob.mediaType))
      yield {
        layer: position,
        detail: `Layer ${position + 1} is ${shown}: registries need not keep it, and the specification has deprecated it.`,
        key: shown,
      }
    else if (!isDocker && blob.mediaType.startsWith('application/vnd.docker.'))
      yield { layer: position, detail: `Layer ${position + 1} is ${shown} in an OCI manifest.`, key: shown }
    else if (layerType(blob.mediaType) === undefined && !isFilesystemLayer(blob.mediaType))
      yield { layer: position, detail: `Layer ${position + 1} is ${shown}, which is no type of a layer.`, key: shown }
  }
  const config = manifest.value.config.mediaType
  if (!isDocker && config.startsWith('application/vnd.docker.'))
    yield { detail: `The config is ${escapeText(config)} in an OCI manifest.`, key: 'config' }
}

const PORTS: Readonly<Record<string, string>> = { '22': 'ssh', '23': 'telnet', '3389': 'remote desktop' }

const ssh: DocumentsRule = {
  id: 'net/ssh',
  severity: 'info',
  title: 'The image announces a port for remote logins',
  matches: 'ExposedPorts has 22, 23 or 3389',
  mustNotMatch: 'Other ports; 22/udp',
  fix: { other: 'Drop EXPOSE, and use docker exec or kubectl exec to look inside.' },
  references: ['CIS 5.6', 'DS-0004'],
  needs: 'documents',
  *look({ image }) {
    for (const [port, name] of exposed(image))
      if (PORTS[port] !== undefined && name === 'tcp') yield { detail: `Port ${port} (${PORTS[port]}) is exposed.`, key: port }
  },
}

const dockerApi: DocumentsRule = {
  id: 'net/docker-api',
  severity: 'info',
  title: "The image announces docker's port",
  matches: 'ExposedPorts has 2375 or 2376',
  mustNotMatch: 'Other ports',
  fix: { other: 'Who reaches the port without TLS owns the host: give it a certificate, or use a socket.' },
  references: ['CIS 2.7'],
  needs: 'documents',
  *look({ image }) {
    for (const [port, name] of exposed(image))
      if (/^237[56]$/.test(port) && name === 'tcp') yield { detail: `Port ${port} is exposed.`, key: port }
  },
}

function exposed(image: Image): readonly (readonly [port: string, protocol: string])[] {
  return (image.config?.value.container.exposedPorts ?? []).map(each => {
    const [port = '', protocol = 'tcp'] = each.split('/')
    return [port, protocol] as const
  })
}

export const META_ROWS: readonly Rule[] = [annotations, invalid, dates, mediaTypes, ssh, dockerApi]
