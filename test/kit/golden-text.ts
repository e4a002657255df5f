import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Holds a text against its golden file. It is written anew with PEEL_UPDATE=1; look at the difference before committing it. */
export function assertGolden(name: string, text: string): void {
  const file = fileURLToPath(new URL(`../golden/${name}`, import.meta.url))
  const whole = text.endsWith('\n') ? text : `${text}\n`
  if (process.env['PEEL_UPDATE'] === '1') writeFileSync(file, whole)
  assert.ok(existsSync(file), `${name} has no golden file: run with PEEL_UPDATE=1`)
  const [now, golden] = [whole.split('\n'), readFileSync(file, 'utf8').split('\n')]
  const at = now.findIndex((line, index) => line !== golden[index])
  if (at === -1 && now.length === golden.length) return
  const difference = `${name}:${at + 1}\n- ${golden[at] ?? ''}\n+ ${now[at] ?? ''}`
  assert.fail(`${difference}\nWhere it is meant, PEEL_UPDATE=1 writes the file anew.`)
}
