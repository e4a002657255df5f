import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { settleAdvice } from '../../../src/check/advice/settle-advice.ts'
import type { UnmeasuredAdvice } from '../../../src/check/advice.ts'
import type { Edit } from '../../../src/rebuild/edit.ts'

const advice = (id: string, change: Partial<UnmeasuredAdvice> = {}): UnmeasuredAdvice =>
  ({
    ...{ id, title: id, layers: [0], content: 0, proof: 'dry-run', dockerfile: '', edits: [], chosen: true },
    ...change,
  }) as UnmeasuredAdvice
const removing = (path: string): Edit => ({ type: 'remove', path }) as Edit

/** The settled advice of an image of 1,000,000 bytes; a dry run saves what `saves` has for the words of its edits, else 500. */
async function settled(candidates: readonly UnmeasuredAdvice[], saves: Readonly<Record<string, number>> = {}, reference = 'app') {
  const runs: string[] = []
  const measure = async (edits: readonly Edit[]) => {
    const words = edits.map(each => ('path' in each ? String(each.path) : each.type)).join(' ')
    runs.push(words)
    return { compressed: saves[words] ?? 500 }
  }
  return { runs, ...(await settleAdvice(candidates, { reference, compressed: 1_000_000 }, measure as never)) }
}

describe('settled advice', () => {
  test('comes by what is pulled less; content that was not tried counts a third, advice without a proof last', async () => {
    const { advice: sorted } = await settled(
      [
        advice('none', { proof: null as never, content: 9_000_000 }),
        advice('known', { proof: 'ledger' as never, compressed: 350 } as never),
        advice('tried', { edits: [removing('a')] }),
        advice('content', { proof: 'ledger' as never, content: 1200 }),
        advice('little', { proof: 'ledger' as never, content: 900 }),
      ],
      { a: 380 },
    )
    assert.deepEqual(
      sorted.map(({ id, saves, proof }) => [id, saves.content, saves.compressed, proof]),
      [
        ['content', 1200, null, 'ledger'],
        ['tried', 0, 380, 'dry-run'],
        ['known', 0, 350, 'ledger'],
        ['little', 900, null, 'ledger'],
        ['none', 9_000_000, null, null],
      ],
    )
  })

  test('the largest twelve are tried, then all that are chosen together; one that was not tried promises its content alone', async () => {
    const many = Array.from({ length: 13 }, (_, index) =>
      advice(`A${20 + index}`, { content: 1000 + index, edits: [removing(`p${index}`)] }),
    )
    const { runs, advice: found, together } = await settled([...many, advice('B', { chosen: false, content: 7, edits: [] })])
    assert.deepEqual(
      runs.slice(0, 12),
      Array.from({ length: 12 }, (_, index) => `p${12 - index}`),
    )
    assert.equal(runs.length, 13)
    assert.deepEqual(together, { content: many.reduce((sum, { content }) => sum + (content ?? 0), 0), compressed: 500 })
    const untried = found.find(({ id }) => id === 'A20')
    assert.deepEqual([untried?.proof, untried?.saves], ['ledger', { content: 1000, compressed: null }])
    const [unknown] = (await settled([advice('C', { content: null as never })])).advice
    assert.deepEqual([unknown?.proof, unknown?.command], [null, null])
    assert.deepEqual((await settled([advice('C')])).together, { content: 0, compressed: 0 })
  })

  test('merging small layers is worth it from one percent and 256 kB on', async () => {
    const merge = advice('A3', { title: 'Merge', edits: [{ type: 'squash', from: 1, to: 2 } as Edit] })
    const worth = async (compressed: number) =>
      (await settled([merge], { squash: compressed })).advice.map(({ title, command }) => [title, command])
    assert.deepEqual(await worth(256_000), [['Merge: 256 kB less to pull', 'peel squash app DEST --layers 2..3']])
    assert.deepEqual(await worth(255_999), [['Merge saves 256 kB: leave them', null]])
    assert.deepEqual(await worth(-5), [['Merge saves 0 B: leave them', null]])
    const recompress = advice('A10', { edits: [{ type: 'compress', compression: 'zstd' } as Edit] })
    const kept = async (compressed: number) =>
      (await settled([recompress], { compress: compressed })).advice.map(({ command }) => command)
    assert.deepEqual(await kept(10_000), ['peel copy app DEST --compress zstd'])
    assert.deepEqual(await kept(9999), [])
  })

  test('commands are words that a shell takes as they are', async () => {
    const command = async (path: string, reference?: string) =>
      (await settled([advice('A1', { edits: [removing(path)] })], {}, reference)).advice[0]?.command
    assert.equal(await command('var/cache'), 'peel squash app DEST --remove /var/cache')
    assert.equal(await command("it's a"), "peel squash app DEST --remove '/it'\\''s a'")
    assert.equal(await command('a;b', './a b:1'), "peel squash './a b:1' DEST --remove '/a;b'")
  })
})
