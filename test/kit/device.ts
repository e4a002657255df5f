import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/**
 * A device that takes every byte: one of its own in `directory` for root, who could destroy the machine's by a fault that a test is there
 * to find; else the machine's, which other users cannot replace.
 */
export function deviceIn(directory: string): string {
  const own = join(directory, 'device')
  return spawnSync('mknod', [own, 'c', '1', '3']).status === 0 ? own : '/dev/null'
}
