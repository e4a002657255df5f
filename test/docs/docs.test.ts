import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { TOPICS } from '../../src/cli/help/topics.ts'
import { buildOnce, peel } from '../kit/program/peel-command.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'
import { generatedPages } from './pages.ts'
import { withSpeed } from './speed.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pages = globSync('{*.md,docs/**/*.md,.github/**/*.md}', { cwd: root }).sort()
const read = (name: string) => readFileSync(join(root, name), 'utf8')

describe('documentation', () => {
  test('says of keys, commands, findings, errors and shapes what the program says (npm run docs)', async () => {
    const generated = await generatedPages()
    for (const [name, content] of generated)
      assert.equal(firstDifference(read(`docs/${name}`), content), undefined, `docs/${name}`)
    assert.equal(firstDifference(read('README.md'), withSpeed(read('README.md'))), undefined, 'README.md')
    const there = globSync('docs/{reference,schemas}/*', { cwd: root }).map(name => name.replace('docs/', ''))
    assert.deepEqual(
      there.filter(name => !generated.has(name)),
      [],
    )
  })

  test('links to files and headings that exist', () => {
    assert.ok(pages.includes('README.md') && pages.includes('docs/recipes.md'), pages.join(' '))
    const broken = pages.flatMap(page =>
      [...read(page).matchAll(/\]\((?!https?:)([^)\s#]*)(#[^)\s]*)?\)/g)].flatMap(([link, path = '', heading = '']) => {
        const target = path === '' ? page : join(dirname(page), path)
        if (!existsSync(join(root, target))) return [`${page}: ${link}`]
        return heading === '' || headings(read(target)).has(heading) ? [] : [`${page}: ${link}`]
      }),
    )
    assert.deepEqual(broken, [])
  })

  test('gives a reason for every package', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json'))
    const reasons = read('docs/decisions.md').replace(/^.*^## Packages$/ms, '')
    const without = Object.keys({ ...dependencies, ...devDependencies }).filter(name => !reasons.includes(`\`${name}\``))
    assert.deepEqual(
      without.filter(name => !name.startsWith('@types/')),
      [],
    )
  })

  test('has a manual page that man reads without a complaint', () => {
    const page = read('docs/peel.1')
    assert.match(page, /^\.TH PEEL 1 /)
    const topics = TOPICS.map(({ name }) => name.toUpperCase())
    for (const section of ['NAME', 'SYNOPSIS', 'COMMANDS', ...topics, 'EXIT STATUS']) {
      assert.ok(page.includes(`\n.SH ${section}\n`), section)
    }
    // A line that begins with a dot or a quote is a request: only those that are used here.
    assert.deepEqual([...page.matchAll(/^[.'](?!(?:TH|SH|SS|TP|PP|B|br|nf|fi)\b).*/gm)].map(String), [])
  })
})

/** The first line of `there` that is not as it should be. */
function firstDifference(there: string, wanted: string): string | undefined {
  const lines = wanted.split('\n')
  const at = there.split('\n').findIndex((line, index) => line !== lines[index])
  return there === wanted ? undefined : `line ${at + 1} should be: ${lines[at]}`
}

function headings(text: string): ReadonlySet<string> {
  return new Set(
    [...text.matchAll(/^#+ (.+)$/gm)].map(
      ([, title = '']) =>
        `#${title
          .toLowerCase()
          .replace(/[^\p{L}\p{N} _-]/gu, '')
          .replaceAll(' ', '-')}`,
    ),
  )
}

describe('recipes', () => {
  const directory = mkdtempSync(join(tmpdir(), 'peel-recipes-'))
  let registry: TestRegistry | undefined
  const blocks = [...read('docs/recipes.md').matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block)

  before(async () => {
    buildOnce()
    registry = await TestRegistry.start()
    mkdirSync(join(directory, 'bin'))
    writeFileSync(join(directory, 'bin/peel'), `#!/bin/sh\nexec "${process.execPath}" "${root}bin/peel.js" "$@"\n`, {
      mode: 0o755,
    })
    const motd = join(directory, 'motd')
    const app = `oci:${join(directory, 'app')}`
    await peel([
      'build',
      `${app}:base`,
      '--from',
      'demo:',
      '--add',
      `${file(motd, 'one\n')}:/etc/motd`,
      '--platform',
      'linux/amd64',
    ])
    await peel(['copy', `${app}:base`, `${app}:1.0`])
    await peel(['build', `${app}:1.1`, '--from', `${app}:1.0`, '--add', `${file(motd, 'two\n')}:/etc/motd`])
  })
  after(async () => {
    await registry?.close()
    rmSync(directory, { recursive: true, force: true })
  })

  for (const block of blocks) {
    test(`run: ${block.split('\n')[0]}`, async () => {
      const { status, output } = await shell(block)
      assert.equal(status, 0, output)
    })
  }

  async function shell(script: string): Promise<{ status: number | null; output: string }> {
    const env = {
      ...process.env,
      PATH: `${join(directory, 'bin')}:${process.env['PATH']}`,
      REGISTRY: registry?.host,
      XDG_DATA_HOME: directory,
    }
    const child = spawn('bash', ['-euo', 'pipefail', '-c', script], { cwd: directory, env })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', data => (output += String(data)))
    return new Promise(resolve => child.on('close', status => resolve({ status, output })))
  }
})

function file(path: string, content: string): string {
  writeFileSync(path, content)
  return path
}
