import { describe, test } from 'node:test'
import { LAWS, runLaw } from './laws.ts'

describe('a hundred thousand random images', () => {
  for (const [name, law] of Object.entries(LAWS)) test(name, { timeout: 3_600_000 }, () => runLaw(law, 100_000))
})
