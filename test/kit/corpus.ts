import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'

/** The fixtures that lie beside the repository, or where `PEEL_CORPUS` says; never copied into it. */
const corpus = process.env['PEEL_CORPUS'] ?? fileURLToPath(new URL('../../../shared/corpus', import.meta.url))

export const hasCorpus = existsSync(join(corpus, 'MANIFEST.tsv'))

export function corpusPath(...parts: readonly string[]): string {
  return join(corpus, ...parts)
}

export function corpusJson(...parts: readonly string[]): unknown {
  return JSON.parse(readFileSync(corpusPath(...parts), 'utf8'))
}

/** A test over the corpus; skips loudly where there is none. */
export function corpusTest(name: string, body: (context: TestContext) => void | Promise<void>): void {
  test(name, { skip: hasCorpus ? false : 'NO CORPUS: set PEEL_CORPUS to the directory of fixtures' }, body)
}
