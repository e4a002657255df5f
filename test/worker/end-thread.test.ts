import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'

test('a thread that is let go of while it ends is waited for all the same', async () => {
  const file = new URL('../../src/worker/request-thread.ts', import.meta.url).href
  const program = `
    import { Worker } from 'node:worker_threads'
    import { endThread } from ${JSON.stringify(file)}
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true })
    const ended = endThread(worker)
    worker.unref()
    ended.then(() => process.stdout.write('ended'))
  `
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
  assert.equal(stdout, 'ended')
})
