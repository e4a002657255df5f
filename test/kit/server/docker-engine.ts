import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { run } from '../peer.ts'

const START_MILLISECONDS = 120_000

/** Starts a docker engine of its own under `directory`, without networks; needs root and dockerd. Gives a runner of `docker`. */
export async function dockerEngine(context: TestContext, directory: string): Promise<(...args: readonly string[]) => string> {
  const socket = join(directory, 'sock')
  const at = (name: string) => join(directory, name)
  const network = ['--bridge=none', '--iptables=false', '--ip6tables=false']
  const places = ['--data-root', at('data'), '--exec-root', at('exec'), '-p', at('pid'), '-H', `unix://${socket}`]
  const engine = spawn('dockerd', [...network, ...places, '--storage-driver', 'vfs'], { stdio: 'ignore' })
  const ended = new Promise(resolve => engine.once('exit', resolve))
  context.after(async () => {
    engine.kill('SIGTERM')
    await ended
  })
  const host = ['-H', `unix://${socket}`]
  for (const end = Date.now() + START_MILLISECONDS; Date.now() < end && engine.exitCode === null; await wait(200)) {
    if (spawnSync('docker', [...host, 'version'], { stdio: 'ignore' }).status === 0)
      return (...args) => run('docker', [...host, ...args]).toString()
  }
  throw new Error('dockerd did not start')
}
