import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Holds every worker thread of a program, for as long as one wants: what it does can be interrupted however fast the machine is. */
export type Brake = {
  /** For the environment of the program. */
  readonly env: Readonly<Record<string, string>>
  pull(): void
  release(): void
}

/** A brake, released at first, that lies in `directory`. No code of the program knows of it. */
export function brakeIn(directory: string): Brake {
  const file = join(directory, 'brake')
  const code = `import { existsSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
const wait = () => {
  while (existsSync(${JSON.stringify(file)})) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
}
if (!isMainThread) {
  wait()
  setInterval(wait, 5).unref()
}`
  return {
    env: { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(code)}` },
    pull: () => writeFileSync(file, ''),
    release: () => existsSync(file) && rmSync(file),
  }
}
