import { any, count, delta, digest, type JsonSchema, list, object, orNull, ratio, text, yes } from './json-schema.ts'
import { diagnostic, MADE, PATH, pointer, result, resultLayer, severity } from './shared-shapes.ts'

const saved = object({ tar: delta, compressed: delta })

const squash = object({
  source: pointer,
  result,
  layers: list(resultLayer),
  saved,
  'removed?': any,
  lostSharing: count,
  verified: yes,
  'images?': list(object({ source: pointer, result: pointer, layers: list(resultLayer), saved, lostSharing: count })),
  'kept?': list(object({ digest, size: count, platform: orNull(text) })),
  'alreadyThere?': yes,
  diagnostics: list(diagnostic),
  'plan?': object({ peelPlan: count, edits: list(any) }),
})

const finding = object({
  id: text,
  severity,
  layer: orNull(count),
  hiddenBy: orNull(count),
  ...PATH,
  path: orNull(text),
  bytes: orNull(count),
  title: text,
  detail: text,
  fix: text,
  inBase: yes,
  fingerprint: text,
  evidence: object({ 'line?': count, 'offset?': count, 'sha256?': text, 'name?': text }),
  'others?': any,
})

const check = object({
  reference: text,
  digest,
  platform: orNull(text),
  passed: yes,
  base: object({ layers: count, decidedBy: text, name: orNull(text), digest: orNull(digest) }),
  gates: list(object({ name: text, source: text, limit: any, actual: any, passed: yes })),
  findings: list(finding),
  'advice?': list(
    object({
      id: text,
      title: text,
      layers: list(count),
      saves: object({ content: orNull(count), compressed: orNull(delta) }),
      proof: orNull(text),
      dockerfile: orNull(text),
      command: orNull(text),
    }),
  ),
  'together?': orNull(object({ content: delta, compressed: delta })),
  suppressed: list(
    object({ id: text, ...PATH, path: orNull(text), layer: orNull(count), reason: text, by: text, fingerprint: text }),
  ),
  summary: object({ error: count, warning: count, info: count }),
  'pull?': object({
    bandwidth: ratio,
    unpackRate: ratio,
    downloads: count,
    cold: ratio,
    withBase: orNull(ratio),
    update: orNull(ratio),
    waitsFor: orNull(count),
  }),
  'explanation?': any,
})

const summary = object({
  size_optimization: object({ current_size_mb: ratio, potential_savings_mb: ratio, suggestions: list(text) }),
  security_issues: list(object({ severity: text, layer: orNull(count), issue: text, fix: text })),
  best_practices: list(text),
})

const usage = {
  bytes: count,
  blobs: count,
  tags: list(object({ name: text, digest, created: orNull(text), bytes: count, exclusive: count })),
  selected: object({ tags: list(text), freed: count, exclusiveSum: count }),
  unreachable: orNull(object({ blobs: count, bytes: count })),
  growth: list(object({ time: text, bytes: count })),
}

/** The output of the commands that judge and write, and of errors. */
export const WRITING: Readonly<Record<string, JsonSchema>> = {
  squash,
  copy: squash,
  check: { anyOf: [check, list(check)] },
  'check-summary': summary,
  build: object(MADE),
  index: object({
    ...MADE,
    manifests: list(object({ digest, platform: orNull(text), attestations: list(digest) })),
  }),
  rebase: object({ ...MADE, 'images?': any }),
  usage: object(usage),
  prune: object({ ...usage, deleted: yes }),
  cache: object({ directory: text, bytes: count, files: count }),
  error: object({ error: object({ code: text, message: text, 'hint?': text }) }),
}
