import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type GrowthPoint, projectGrowth } from '../../src/session/usage/growth.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { peel } from '../kit/program/peel-command.ts'
import { fc } from '../kit/seeded-check.ts'

const DAY = 24 * 3_600_000
const point = (day: number, bytes: number): GrowthPoint => ({ time: Date.UTC(2026, 0, 1) + day * DAY, bytes, blobs: 1, tags: 1 })

describe('growth of a place', () => {
  test('points on a line give that line, and the day the capacity is reached', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(1000), { minLength: 5, maxLength: 20 }),
        fc.integer({ min: 1, max: 1e9 }),
        (days, rate) => {
          const points = days.sort((a, b) => a - b).map(day => point(day, 1e9 + day * rate))
          const projection = projectGrowth(points, 1e9 + 2000 * rate)
          assert.ok(projection?.full !== undefined)
          assert.ok(Math.abs(projection.bytesPerDay - rate) <= rate * 1e-3)
          assert.ok(Math.abs(projection.full.time - point(2000, 0).time) <= 3 * DAY)
          assert.ok(projection.full.days < 3)
        },
      ),
    )
    const scattered = [0, 1, 2, 3, 4, 5].map(day => point(day, 1000 + day * 100 + (day % 2 === 0 ? 30 : -30)))
    const wide = projectGrowth(scattered, 2000)
    assert.ok((wide?.full?.days ?? 0) > 0.2)
    assert.equal(projectGrowth(scattered.slice(0, 4), 2000), undefined)
    assert.equal(projectGrowth([0, 0, 0, 0, 0].map(day => point(day, day))), undefined)
    assert.equal(
      projectGrowth(
        [5, 4, 3, 2, 1].map((bytes, day) => point(day, bytes)),
        10,
      )?.full,
      undefined,
    )
  })

  test('--record appends a line and tells the growth; --matrix shows which tags share what', async context => {
    const directory = scratch(context)
    const base = layerFixture({ base: 'x'.repeat(10_000) }, { compression: 'none' })
    const images = ['one', 'two'].map(name => imageFixture([base, layerFixture({ [name]: name }, { compression: 'none' })]))
    const alone = imageFixture([layerFixture({ alone: 'y' }, { compression: 'none' })])
    const [one, two] = images
    assert.ok(one !== undefined && two !== undefined)
    const layout = writeLayout(join(directory, 'layout'), { one, two, alone })
    const file = join(directory, 'growth.jsonl')
    const lines = [1, 2, 3, 4].map(day =>
      JSON.stringify({ time: new Date(Date.UTC(2026, 0, day)).toISOString(), bytes: 1000 * day, blobs: day, tags: 1 }),
    )
    writeFileSync(file, `${lines.join('\n')}\n`)
    const { stdout, status } = await peel(['usage', layout, '--record', file, '--json'])
    assert.equal(status, 0)
    const { growth, bytes } = JSON.parse(stdout)
    assert.equal(growth.length, 5)
    assert.deepEqual(growth[0], { time: '2026-01-01T00:00:00.000Z', bytes: 1000 })
    assert.equal(growth[4].bytes, bytes)
    assert.equal(readFileSync(file, 'utf8').trim().split('\n').length, 5)
    const text = await peel(['usage', layout, '--record', file, '--capacity', '1T', '--matrix'])
    assert.match(text.stdout, /Growth: .* a day, from 6 records/)
    assert.match(text.stdout, /80 % of 1\.00 TB/)
    // Rows and columns are tags: nearly all of `one` is in `two`, and nothing of `alone`.
    assert.match(text.stdout, /^ *1 one +██ +\d\d +·$/m)
    assert.match(text.stdout, /^ *3 alone +· +· +██$/m)
    writeFileSync(file, 'not a record\n')
    const wrong = await peel(['usage', layout, '--record', file])
    assert.equal(wrong.status, 2)
    assert.match(wrong.stderr, /line 1 is none/)
    assert.equal(readFileSync(file, 'utf8'), 'not a record\n')
    assert.equal((await peel(['usage', layout, '--capacity', '1T'])).status, 2)
  })
})
