import { describe, test } from 'node:test'
import { LAWS, runLaw } from './laws.ts'

describe('twenty thousand random pairs of images', () => {
  for (const [name, law] of Object.entries(LAWS)) test(name, { timeout: 3_600_000 }, () => runLaw(law, 20_000))
})
