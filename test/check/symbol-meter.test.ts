import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SymbolMeter } from '../../src/check/symbol-meter.ts'
import { elfFixture, sectionedElf } from '../kit/samples/elf-fixture.ts'
import { fc } from '../kit/seeded-check.ts'

function measured(meter: SymbolMeter, bytes: Buffer, chunks: readonly number[]): number {
  meter.begin(bytes.length)
  let at = 0
  for (const size of [...chunks, bytes.length]) {
    if (at < bytes.length) meter.data(bytes.subarray(at, at + size))
    at += size
  }
  return meter.end()
}

describe('symbols of programs', () => {
  test('what strip takes out is counted, however the bytes come and wherever the table lies', () => {
    const meter = new SymbolMeter()
    fc.assert(
      fc.property(
        fc.record({
          symbols: fc.integer({ min: 0, max: 5000 }),
          debug: fc.integer({ min: 0, max: 200_000 }),
          text: fc.integer({ min: 0, max: 5000 }),
          isTableFirst: fc.boolean(),
        }),
        fc.array(fc.integer({ min: 1, max: 9000 }), { maxLength: 60 }),
        (elf, chunks) => {
          assert.equal(measured(meter, sectionedElf(elf), chunks), elf.symbols + elf.debug + 100)
        },
      ),
    )
  })

  test('objects to be linked, other files and broken tables count for nothing', () => {
    const meter = new SymbolMeter()
    const sound = sectionedElf({ symbols: 1000 })
    const far = Buffer.from(sound)
    far.writeBigUInt64LE(2n ** 63n, 40)
    const huge = Buffer.from(sound)
    // The size of .symtab.
    huge.writeBigUInt64LE(2n ** 62n, huge.length - 64 * 6 + 64 * 2 + 32)
    for (const bytes of [
      sectionedElf({ symbols: 1000, type: 1 }),
      elfFixture(),
      elfFixture({ bits: 32, sections: 0xffff }),
      Buffer.alloc(5000),
      sound.subarray(0, 70),
      far,
      huge,
    ])
      assert.equal(measured(meter, bytes, [7, 100]), 0)
    assert.equal(measured(meter, sound, []), 1100)
  })
})
