import { describe, test } from 'node:test'
import { runRebuildLaw, runRemovalLaw } from './laws.ts'

describe('random images', () => {
  test('every range, squashed, equals what it replaces', () => runRebuildLaw(80))
  test('removals and clamped times', () => runRemovalLaw(120))
})
