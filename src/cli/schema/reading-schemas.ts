import { artifact } from './artifact-shape.ts'
import {
  any,
  count,
  delta,
  digest,
  type JsonSchema,
  list,
  map,
  object,
  oneOf,
  orNull,
  position,
  ratio,
  text,
  yes,
} from './json-schema.ts'
import { config, diagnostic, file, PATH, severity } from './shared-shapes.ts'

const layer = object({
  position,
  digest,
  diffId: orNull(digest),
  mediaType: text,
  compression: orNull(text),
  size: count,
  'tarSize?': orNull(count),
  'contentBytes?': orNull(count),
  'entries?': orNull(count),
  createdBy: orNull(text),
  created: orNull(text),
  'hiddenShipped?': orNull(count),
  'hiddenCaused?': orNull(count),
})

const inspect = object({
  reference: text,
  transport: text,
  digest,
  mediaType: orNull(text),
  imageId: digest,
  platform: orNull(text),
  created: orNull(text),
  size: object({ compressed: count, 'tar?': orNull(count), 'content?': orNull(count) }),
  layers: list(layer),
  index: orNull(
    object({
      digest,
      manifests: list(object({ digest, mediaType: text, platform: orNull(text), size: count, annotations: map(text) })),
    }),
  ),
  'artifact?': artifact,
  config,
  manifest: any,
  diagnostics: list(diagnostic),
})

const shared = object({
  images: list(object({ reference: text, digest, size: count, unique: count })),
  layers: list(object({ digest, diffId: orNull(digest), size: count, images: list(count) })),
  total: count,
  stored: count,
})

const waste = object({
  shipped: count,
  alive: count,
  hidden: count,
  efficiency: ratio,
  byCause: object({
    overwritten: count,
    'metadata-only': count,
    removed: count,
    opaque: count,
    'type-changed': count,
    repeated: count,
  }),
  files: list(object({ ...PATH, bytes: count, shippedBy: position, hiddenBy: position, cause: text })),
  'rest?': object({ files: count, bytes: count }),
  duplicates: list(object({ sha256: text, bytes: count, paths: list(text) })),
  'squash?': object({ tarSaved: delta, compressedSaved: delta }),
  dive: object({
    efficiency: orNull(ratio),
    sizeBytes: count,
    userSizeBytes: count,
    wastedBytes: count,
    userWastedPercent: orNull(ratio),
  }),
})

const side = object({ reference: text, digest: orNull(digest), size: count, content: orNull(count), entries: orNull(count) })
const classes = { content: count, owner: count, mode: count, time: count, xattr: count, target: count, links: count, type: count }

const diff = object({
  a: side,
  b: side,
  summary: object({
    identical: yes,
    recompressed: yes,
    semantic: yes,
    added: count,
    removed: count,
    changed: count,
    moved: count,
    classes: object(classes),
    ignored: map(count),
    delta: object({ compressed: delta, content: delta, entries: delta }),
    pull: object({ layers: count, bytes: count, bustedBytes: count }),
  }),
  config: list(object({ path: text, before: any, after: any })),
  layers: object({
    shared: list(digest),
    onlyA: list(digest),
    onlyB: list(digest),
    pairs: list(
      object({
        before: orNull(position),
        after: orNull(position),
        how: orNull(oneOf('digest', 'diffId', 'history', 'similar')),
        delta,
      }),
    ),
  }),
  packages: list(object({ name: text, type: text, before: orNull(text), after: orNull(text), delta, layer: orNull(position) })),
  'rest?': object({ rows: count, delta }),
  files: list(
    object({
      ...PATH,
      change: oneOf('added', 'removed', 'modified', 'moved'),
      classes: list(oneOf(...Object.keys(classes))),
      'from?': text,
      before: orNull(file),
      after: orNull(file),
      delta,
      layerBefore: orNull(position),
      layerAfter: orNull(position),
    }),
  ),
})

const history = object({
  history: list(
    object({
      position: orNull(position),
      created: orNull(text),
      createdBy: orNull(text),
      emptyLayer: yes,
      'digest?': digest,
      'size?': count,
      'author?': text,
      'comment?': text,
    }),
  ),
})

const verify = object({
  ok: yes,
  problems: list(object({ code: text, severity, message: text, digest: orNull(digest), layer: orNull(position) })),
})

const referrers = object({
  subject: object({ digest, mediaType: text, size: count }),
  referrers: list(
    object({ digest, mediaType: text, size: count, artifactType: orNull(text), annotations: map(text), via: text, 'tag?': text }),
  ),
})

/** The output of the commands that read, by the name `peel schema` knows it by. */
export const READING: Readonly<Record<string, JsonSchema>> = {
  inspect,
  'inspect-shared': shared,
  ls: file,
  waste,
  diff,
  history,
  verify,
  tags: object({ repository: text, tags: list(text) }),
  catalog: object({ host: text, repositories: list(text) }),
  referrers,
  search: list(object({ reference: text, score: ratio, why: list(text) })),
}
