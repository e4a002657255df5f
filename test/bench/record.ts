import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Row } from './bench-kit.ts'

/** The committed result of the bench: the README shows its figures, and a test holds it to them. */
export type BenchRecord = {
  readonly modules: Readonly<Record<string, { readonly commit: string; readonly machine: string; readonly rows: readonly Row[] }>>
}

const FILE = fileURLToPath(new URL('result.json', import.meta.url))

export function readRecord(): BenchRecord {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as BenchRecord) : { modules: {} }
}

/** Replaces what was recorded of one module; the others stay as they were measured. */
export function recordModule(name: string, measured: BenchRecord['modules'][string]): void {
  const { modules } = readRecord()
  const rounded = measured.rows.map(row => ({ ...row, actual: Number(row.actual.toPrecision(3)) }))
  const next: BenchRecord = { modules: { ...modules, [name]: { ...measured, rows: rounded } } }
  writeFileSync(FILE, `${JSON.stringify(next, undefined, 2)}\n`)
}

/** Figures of one row as a table shows them. */
export function figure({ actual, unit }: Pick<Row, 'actual' | 'unit'>): string {
  const digits = unit === 'MB' || unit === 'ms' || unit === 'requests' ? 0 : 2
  return `${actual.toFixed(digits)} ${unit}`
}
