import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hasRun, type RanFile } from './ran-lines.ts'

/** One run of a test file without a mutant: its time, and the lines of each file of `src` that it ran. */
export type TestRun = { readonly seconds: number; readonly files: Readonly<Record<string, RanFile>> }

/** Kept beside other temporary files: it is learnt anew on another machine. */
export const RUNS_FILE = join(tmpdir(), 'peel-mutate-runs.json')

export function knownRuns(): Map<string, TestRun> {
  try {
    return new Map(Object.entries<TestRun>(JSON.parse(readFileSync(RUNS_FILE, 'utf8'))))
  } catch {
    return new Map()
  }
}

/**
 * Whether a test runs a line, as far as its run is known: undefined where it is not, where the file was changed since, and for JSX, whose
 * lines are not learnt. Through the bundle a line of JSX may be known.
 */
export function runsLine(run: TestRun | undefined, file: string, text: string, line: number): boolean | undefined {
  const lines = run?.files[file]
  if (run === undefined) return undefined
  return lines === undefined && file.endsWith('.tsx') ? undefined : hasRun(lines, text, line)
}
