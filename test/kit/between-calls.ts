import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/** Calls of the file system between which another process can act. */
const CALLS = [
  'lstatSync',
  'statSync',
  'openSync',
  'fstatSync',
  'readdirSync',
  'mkdirSync',
  'unlinkSync',
  'rmdirSync',
  'renameSync',
] as const

/**
 * Runs `run` with `act` right before its call number `moment` of the file system, as another process would; `act` itself is not interrupted.
 * @returns whether there were that many calls
 */
export async function beforeCall(moment: number, act: () => void, run: () => unknown): Promise<boolean> {
  const own = Object.fromEntries(CALLS.map(name => [name, fs[name]]))
  let calls = 0
  const restore = () => {
    Object.assign(fs, own)
    syncBuiltinESMExports()
  }
  for (const name of CALLS) {
    const call = fs[name] as (...args: readonly unknown[]) => unknown
    Object.assign(fs, {
      [name]: (...args: readonly unknown[]) => {
        if (++calls === moment) {
          restore()
          act()
        }
        return call(...args)
      },
    })
  }
  syncBuiltinESMExports()
  try {
    await run()
  } finally {
    restore()
  }
  return calls >= moment
}
