import { describe, test } from 'node:test'
import { LAWS, runLaw } from './laws.ts'

describe('a thousand random images', () => {
  for (const [name, law] of Object.entries(LAWS)) test(name, () => runLaw(law, 1000))
})
