import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { LayerScanner } from '../../src/check/packages/layer-scanner.ts'
import type { FilePath } from '../../src/layer/file-path.ts'
import { noise } from '../kit/noise.ts'
import { elfFixture } from '../kit/samples/elf-fixture.ts'
import { fc } from '../kit/seeded-check.ts'

/** The marks that a scan sets on a file whose bytes come in pieces of these lengths, the rest in one. */
function marksOf(bytes: Buffer, pieces: readonly number[]): readonly string[] {
  const scanner = new LayerScanner()
  scanner.begin('usr/bin/program' as FilePath, 0o755, bytes.length)
  let at = 0
  for (const size of [...pieces, bytes.length]) {
    if (at < bytes.length) scanner.data(bytes.subarray(at, at + size))
    at += size
  }
  scanner.end(0)
  return scanner.finish().marks.map(([, mark]) => mark)
}

const elf = (sections: number, ...body: readonly (string | Buffer)[]) =>
  Buffer.concat([elfFixture({ sections }), ...body.map(each => (typeof each === 'string' ? Buffer.from(each) : each))])
const gap = (length: number) => '.'.repeat(length)

describe('marks of programs', () => {
  const programs: readonly (readonly [Buffer, readonly string[]])[] = [
    [elf(5, gap(9000), 'xmrig/6.21', gap(70_000), '--donate-level'), ['miner']],
    [elf(5, 'stratum+tcp://', gap(200), 'randomx'), ['miner']],
    [elf(0, 'UPX!', gap(5000)), ['packed']],
    [elf(0, gap(80_000), 'UPX!', gap(20)), ['packed']],
    [elf(5, 'UPX!', noise(66_000)), ['packed']],
    [elf(0, 'UPX!xmrig', gap(5000), 'donate-level'), ['miner', 'packed']],
    [elf(5, 'xmrig', gap(9000), 'stratum+tcp'), []],
    [elf(5, 'UPX!', gap(66_000)), []],
    [elf(0, gap(5000), 'UPX!', gap(100)), []],
    [Buffer.from(`#!/bin/sh\nxmrig --donate-level 1 UPX!${gap(50)}`), []],
    [Buffer.from('\x7fEL'), []],
  ]

  test('are the same however the bytes come', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...programs),
        fc.array(fc.integer({ min: 1, max: 9000 }), { maxLength: 40 }),
        ([bytes, marks], pieces) => {
          assert.deepEqual(marksOf(bytes, pieces), marks)
        },
      ),
    )
  })
})
