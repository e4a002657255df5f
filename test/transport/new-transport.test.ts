import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { scratch } from '../kit/image/local-image.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The contract suite on the new transport, opened as the command line opens it. */
const SUITE = `
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseLocation } from '../src/image/location.ts'
import { openSource } from '../src/transport/open.ts'
import { sourceContract } from './contract/source.ts'
import { scratch } from './kit/image/local-image.ts'

sourceContract({
  name: 'flat',
  local: true,
  keepsBytes: true,
  async open(context, images) {
    const directory = join(scratch(context), 'flat')
    mkdirSync(directory)
    const manifests = Object.entries(images).map(([name, { descriptor }]) => ({
      ...descriptor,
      annotations: { 'org.opencontainers.image.ref.name': name },
    }))
    writeFileSync(join(directory, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }))
    for (const { blobs } of Object.values(images))
      for (const [digest, bytes] of blobs) writeFileSync(join(directory, digest.slice('sha256:'.length)), bytes)
    return openSource(parseLocation('flat:' + directory, existsSync))
  },
})
`

test('a transport is added by exactly the lines that CONTRIBUTING.md shows', context => {
  const copy = withTransport(context)
  const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'))
  writeFileSync(join(copy, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['src/session/remote.ts'] }))
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  assert.equal(spawnSync(process.execPath, [tsc, '--noEmit', '-p', '.'], { cwd: copy, encoding: 'utf8' }).stdout, '')
  writeFileSync(join(copy, 'test/flat.test.ts'), SUITE)
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const args = ['--test', '--test-isolation=none', 'test/flat.test.ts']
  const { stdout, status } = spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8', env })
  assert.equal(status, 0, stdout)
  assert.match(stdout, /source: flat/)
  assert.match(stdout, /fail 0/)
})

/** A copy of the sources with the transport in it. */
function withTransport(context: TestContext): string {
  const recipe = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').split('## A new transport')[1]?.split('\n## ')[0] ?? ''
  const blocks = [...recipe.matchAll(/```ts\n\/\/ (\S+)\n([\s\S]*?)```/g)].map(([, file = '', code = '']) => ({ file, code }))
  const [source, location, open, sink] = blocks
  assert.ok(source !== undefined && location !== undefined && open !== undefined && sink !== undefined)
  const copy = scratch(context)
  for (const part of ['src', 'test/kit', 'test/contract', 'package.json'])
    cpSync(join(root, part), join(copy, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  mkdirSync(dirname(join(copy, source.file)))
  writeFileSync(join(copy, source.file), source.code)
  const [type = '', ...cases] = location.code.split('\n')
  edit(copy, location.file, /export type FileTransport =/, type)
  edit(copy, location.file, /(?= {4}case 'oci':\n)/, cases.join('\n'))
  const [statement = '', ...lines] = open.code.split('\n')
  edit(copy, open.file, /^/, `${statement}\n`)
  edit(copy, open.file, /(?<=isDirectory\(\)\) \{\n)/, lines.join('\n'))
  edit(copy, sink.file, /(?= {4}default:\n)/, sink.code)
  return copy
}

function edit(copy: string, file: string, place: RegExp, text: string): void {
  const before = readFileSync(join(copy, file), 'utf8')
  const after = before.replace(place, () => text)
  assert.notEqual(after, before, `${file} has changed its shape`)
  writeFileSync(join(copy, file), after)
}
