import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Shown } from './fake-terminal.ts'

const frames = fileURLToPath(new URL('../../golden/frames/', import.meta.url))

/** Holds a screen against its golden frame. Frames are written anew with PEEL_UPDATE=1; look at the difference before committing it. */
export function assertFrame(name: string, screen: string): void {
  const file = `${frames}${name}.txt`
  if (process.env['PEEL_UPDATE'] === '1') {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${screen}\n`)
  }
  assert.ok(existsSync(file), `${name} has no golden frame: run with PEEL_UPDATE=1`)
  assert.equal(`${screen}\n`, readFileSync(file, 'utf8'))
}

/** One key at a time: an Escape is only one when nothing follows it at once. */
export async function press(terminal: Shown['terminal'], keys: string): Promise<void> {
  for (const key of keys) {
    terminal.type(key)
    if (key === '\u001b') await terminal.quiet(60)
  }
}
