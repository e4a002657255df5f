import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { squarify } from '../../../src/line/squarify.ts'
import { fc } from '../../kit/seeded-check.ts'

const weights = fc.array(fc.oneof(fc.nat({ max: 1000 }), fc.nat({ max: 1_000_000_000 })), { minLength: 1, maxLength: 60 })
const areas = fc.record({
  x: fc.nat({ max: 9 }),
  y: fc.nat({ max: 4 }).map(row => row * 2),
  width: fc.integer({ min: 1, max: 120 }),
  height: fc.integer({ min: 1, max: 50 }).map(rows => rows * 2),
})

describe('squarify', () => {
  test('the rectangles tile the area: every unit belongs to exactly one of them', () => {
    fc.assert(
      fc.property(weights, areas, fc.constantFrom(1, 2), (values, area, step) => {
        const covered = new Uint8Array(area.width * area.height)
        for (const { x, y, width, height } of squarify(values, area, step)) {
          assert.ok(width >= 0 && height >= 0 && (y - area.y) % step === 0 && height % step === 0)
          for (let row = y; row < y + height; row++)
            for (let column = x; column < x + width; column++) {
              const at = (row - area.y) * area.width + column - area.x
              covered[at] = (covered[at] ?? 9) + 1
            }
        }
        assert.ok(covered.every(count => count === 1))
      }),
    )
  })

  test('each is as large as its weight, but for the rounding of its edges', () => {
    fc.assert(
      fc.property(weights, areas, fc.constantFrom(1, 2), (values, area, step) => {
        const total = values.reduce((sum, value) => sum + value, 0)
        if (total === 0) return
        squarify(values, area, step).forEach(({ width, height }, index) => {
          const exact = ((values[index] ?? 0) / total) * area.width * area.height
          // An edge is at most half a unit off across, half a step down.
          const most = (width + 1) * (height + step)
          const least = Math.max(0, width - 1) * Math.max(0, height - step)
          assert.ok(exact <= most + 1e-6 && exact >= least - 1e-6, `${width}x${height} for ${exact}`)
        })
      }),
    )
  })

  test('rectangles of equal weights are near to squares', () => {
    for (const { width, height } of squarify(
      Array.from({ length: 12 }, () => 5),
      { x: 0, y: 0, width: 120, height: 90 },
    ))
      assert.ok(Math.max(width / height, height / width) <= 1.5, `${width}x${height}`)
  })
})
