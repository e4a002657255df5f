import { describe, test } from 'node:test'
import { runRebuildLaw, runRemovalLaw } from './laws.ts'

describe('many random images', () => {
  test('every range, squashed, equals what it replaces', { timeout: 3_600_000 }, () => runRebuildLaw(20_000))
  test('removals and clamped times', { timeout: 3_600_000 }, () => runRemovalLaw(20_000))
})
