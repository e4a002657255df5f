import { imageFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { KIND_SAMPLES } from '../../kit/samples/kind-samples.ts'
import type { FindingCase } from './finding-case.ts'

/** Secrets in files that are seen, that a later layer deletes, and what only looks like one; the samples are those of the kinds. */
export const SECRET_CASES: readonly FindingCase[] = Object.entries(KIND_SAMPLES).flatMap(([id, { must, mustNot }]) => [
  ...must.map(([path, text], index) => ({
    id,
    name: `${path}${index % 2 === 1 ? ', deleted by a later layer' : ''}`,
    expected: true,
    path,
    image: () =>
      imageFixture([layerFixture({ [path]: text }), ...(index % 2 === 1 ? [layerFixture({ [whiteout(path)]: '' })] : [])]),
  })),
  ...mustNot.map(([path, text]) => ({
    id,
    name: path,
    expected: false,
    image: () => imageFixture([layerFixture({ [path]: text })]),
  })),
])

function whiteout(path: string): string {
  return path.replace(/([^/]+)$/, '.wh.$1')
}
