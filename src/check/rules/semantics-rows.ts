import { displayPath, type FilePath, ROOT } from '../../layer/file-path.ts'
import { disagreementSteps } from '../../overlay/disagreement.ts'
import type { LayersRule, Rule } from '../rule.ts'

/** Paths told of; a hostile layer could differ in millions. */
const LIMIT = 1000

const differ: LayersRule = {
  id: 'semantics/differ',
  severity: 'warning',
  title: 'Runtimes show another tree than the specification describes',
  matches:
    'A path that differs between the layers stacked as docker, containerd and podman do it and as the specification applies them',
  mustNotMatch: 'Unusual layers whose two trees are the same',
  fix: { other: 'Rebuild the layer with a current tool, or squash it: peel squash writes what the chosen --semantics shows.' },
  references: ['image-spec layer.md'],
  needs: 'layers',
  *look({ stack }) {
    let count = 0
    for (const difference of disagreementSteps(stack)) {
      if (difference === undefined) {
        yield
        continue
      }
      // Whether a layer's own entry for the root counts is no question of what is in the image.
      if (difference.path === ROOT) continue
      if (++count > LIMIT) return
      const node = difference.upper ?? difference.lower
      if (node === undefined) continue
      const [shown, described] = [difference.lower?.type ?? 'nothing', difference.upper?.type ?? 'nothing']
      const how =
        shown === described
          ? `both have a ${shown}, with other attributes or content`
          : `runtimes show ${shown}, the specification ${described}`
      yield { path: node.path as FilePath, layer: node.layer, detail: `/${displayPath(node.path)}: ${how}.` }
    }
  },
}

export const SEMANTICS_ROWS: readonly Rule[] = [differ]
