import { sizeOfBlobs } from '../../blob/descriptor.ts'
import { formatSize } from '../../format/size.ts'
import type { DocumentsRule, LayersRule, Rule } from '../rule.ts'

/** How the image is cut into layers. */

const DESIGNED = /^(?:jib|ko build|apko|bazel build|Layer: |Buildpacks|Application (?:Layer|Slice)|Software Bill)/

/** Builders that make many layers on purpose, so that images share them. */
function isDesigned(image: {
  readonly steps: readonly { readonly history: { readonly createdBy?: string; readonly comment?: string } | undefined }[]
}): boolean {
  return image.steps.some(
    ({ history }) => DESIGNED.test(history?.createdBy ?? '') || /^store paths: \[/.test(history?.comment ?? ''),
  )
}

const tiny: DocumentsRule = {
  id: 'layer/tiny',
  severity: 'info',
  title: 'Many small layers lie on each other',
  matches: 'More than 10 adjacent layers of less than 32 KiB each',
  mustNotMatch: 'Images of nix, jib, ko, apko, Bazel and buildpacks, which share layers by design',
  fix: { other: 'Put steps that change together into one RUN or one COPY; peel squash --layers A..B does it on this image.' },
  references: ['DL3059'],
  needs: 'documents',
  *look({ image }) {
    if (isDesigned(image)) return
    let start = 0
    for (const [position, layer] of [...image.layers, undefined].entries()) {
      if (layer !== undefined && layer.blob.size < 32 * 1024) continue
      const run = image.layers.slice(start, position)
      if (run.length > 10) {
        const bytes = sizeOfBlobs(run)
        yield {
          layer: position - 1,
          detail: `Layers ${start + 1} to ${position} have ${formatSize(bytes)} together.`,
          key: 'run',
          edits: [{ type: 'squash', from: start, to: position - 1 }],
        }
      }
      start = position + 1
    }
  },
}

const many: DocumentsRule = {
  id: 'layer/many',
  severity: 'info',
  title: 'The image has very many layers',
  matches: 'More than 100 layers; docker stacks 127 at most',
  mustNotMatch: 'Images of nix, jib, ko, apko, Bazel and buildpacks below 120 layers',
  fix: { other: 'Merge steps, or squash ranges of layers: peel squash --layers A..B.' },
  references: [],
  needs: 'documents',
  *look({ image }) {
    const count = image.layers.length
    if (count > (isDesigned(image) ? 119 : 100))
      yield { detail: `It has ${count} layers; docker's overlay takes 127.`, key: 'many' }
  },
}

const empty: LayersRule = {
  id: 'layer/empty',
  severity: 'info',
  title: 'A layer changes nothing',
  matches: 'A layer without entries',
  mustNotMatch: 'Layers with a directory or a whiteout only',
  fix: { other: 'Drop the step that makes it, or peel squash --drop-layer N; an empty layer costs a request for each pull.' },
  references: [],
  needs: 'layers',
  *look({ stack }) {
    for (const [layer, { length }] of stack.changesets.entries())
      if (length === 0)
        yield {
          layer,
          detail: `Layer ${layer + 1} has no entries.`,
          key: 'empty',
          edits: [{ type: 'drop-layer', position: layer }],
        }
  },
}

export const LAYER_ROWS: readonly Rule[] = [tiny, many, empty]
