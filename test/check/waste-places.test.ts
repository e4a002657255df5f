import { test } from 'node:test'
import { WASTE_PLACES } from '../../src/check/waste-places.ts'
import { assertGolden } from '../kit/golden-text.ts'

test('places whose bytes are waste, each with its use, its tool and the target of a cache mount: a change is seen in their golden file', () => {
  const rows = WASTE_PLACES.map(({ path, kind: { use, tool, target } }) => `${use} ${path} ${tool} ${target}`.trimEnd())
  assertGolden('waste-places.txt', rows.join('\n'))
})
