import { describe, test } from 'node:test'
import { LAWS, runLaw } from './laws.ts'

describe('two hundred random pairs of images', () => {
  for (const [name, law] of Object.entries(LAWS)) test(name, () => runLaw(law, 80))
})
