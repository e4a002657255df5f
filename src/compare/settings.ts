import { isRecord } from '../blob/descriptor.ts'
import { parseJsonObject } from '../blob/json.ts'
import type { Image } from '../image/load.ts'
import { commonSubsequence } from './align.ts'
import type { ComparedImage } from './compared-image.ts'
import { type FieldDifference, fieldDifferences } from './content/field-differences.ts'

/** Fields of a config that are compared as layers and as steps, not as settings. */
const COMPARED_ELSEWHERE = new Set(['rootfs', 'history'])

/** The documents of one side: an image's, and an artifact's own config where it has one. */
type Documents = Pick<ComparedImage, 'image' | 'settings'>

/**
 * Differences of two images' documents: the config field by field, lists whole (`config.Env`), the manifest's `annotations`, and the
 * build steps as `history.N`, where N counts the steps of both once aligned by their instructions.
 */
export function settingDifferences(a: Documents, b: Documents): readonly FieldDifference[] {
  const [before, after] = [documentOf(a), documentOf(b)]
  const { config, annotations, history } = {
    config: fieldDifferences(before, after, COMPARED_ELSEWHERE),
    annotations: fieldDifferences({ annotations: annotationsOf(a.image) }, { annotations: annotationsOf(b.image) }),
    history: stepDifferences(stepsOf(before), stepsOf(after)),
  }
  return [...config, ...annotations, ...history]
}

/** Whether a rebuild changes the field by itself: dates, history, and names that an index gives. */
export function isSemantic({ path }: FieldDifference): boolean {
  return path !== 'created' && !path.startsWith('history.') && !IGNORED_ANNOTATIONS.has(path)
}

const IGNORED_ANNOTATIONS = new Set([
  'annotations.org.opencontainers.image.created',
  'annotations.org.opencontainers.image.ref.name',
])

function stepDifferences(before: readonly unknown[], after: readonly unknown[]): readonly FieldDifference[] {
  const differences: FieldDifference[] = []
  let step = 0
  const take = (a: unknown, b: unknown) => {
    const found = fieldDifferences({ [step]: a }, { [step]: b })
    differences.push(...found.map(each => ({ ...each, path: `history.${each.path}` })))
    step++
  }
  const matches = commonSubsequence(before.map(instructionOf), after.map(instructionOf))
  let [left, right] = [0, 0]
  const alone = (toLeft: number, toRight: number) => {
    // Between two instructions that both have, steps are compared in their order.
    while (left < toLeft || right < toRight)
      take(left < toLeft ? before[left++] : undefined, right < toRight ? after[right++] : undefined)
  }
  for (const [one, other] of matches) {
    alone(one, other)
    take(before[left++], after[right++])
  }
  alone(before.length, after.length)
  return differences
}

function instructionOf(step: unknown): string | undefined {
  const made = isRecord(step) ? step['created_by'] : undefined
  return typeof made === 'string' && made !== '' ? made : undefined
}

function documentOf({ image: { config }, settings = {} }: Documents): unknown {
  return config === undefined ? settings : parseJsonObject(config.raw, 'the config').value
}

function stepsOf(document: unknown): readonly unknown[] {
  const history = isRecord(document) ? document['history'] : undefined
  return Array.isArray(history) ? history : []
}

function annotationsOf({ manifest }: Image): unknown {
  return manifest.value.annotations ?? {}
}
