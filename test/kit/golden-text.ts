import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Holds a text against its golden file. It is written anew with PEEL_UPDATE=1; look at the difference before committing it. */
export function assertGolden(name: string, text: string): void {
  const file = fileURLToPath(new URL(`../golden/${name}`, import.meta.url))
  const whole = text.endsWith('\n') ? text : `${text}\n`
  if (process.env['PEEL_UPDATE'] === '1') writeFileSync(file, whole)
  assert.ok(existsSync(file), `${name} has no golden file: run with PEEL_UPDATE=1`)
  assert.equal(whole, readFileSync(file, 'utf8'), `${name}: look at the difference; PEEL_UPDATE=1 writes it anew`)
}
