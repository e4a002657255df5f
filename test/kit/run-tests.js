// Runs the test files: TypeScript and JSX as test/kit/typescript.js loads them, a fixed size for Ink's layout, a clean colour environment.
// `node test/kit/run-tests.js [--soak] [path or pattern…]`
import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const args = process.argv.slice(2)
const soak = args.includes('--soak')
const wanted = args.filter(argument => !argument.startsWith('--'))
const pattern = soak ? 'test/**/*.soak.{ts,tsx}' : 'test/**/*.test.{ts,tsx}'
const files = globSync(pattern)
  .filter(file => wanted.length === 0 || wanted.some(part => file.includes(part)))
  .sort()

if (files.length === 0) {
  // Without a file node would look for tests itself, and run all of them.
  console.error(`run-tests: no test file has ${wanted.map(part => JSON.stringify(part)).join(' or ')} in its path`)
  process.exit(1)
}

const environment = { ...process.env, COLUMNS: '100', LINES: '30', PEEL_TEST: '1' }
// Variables that tell a program how to look, where to connect and what to run: tests that mean such a variable set it.
const telling =
  /^(?:NO_COLOR|FORCE_COLOR|CLICOLOR_FORCE|.*_proxy|DOCKER_.*|CONTAINER_HOST|REGISTRY_AUTH_FILE|PAGER|SOURCE_DATE_EPOCH|TMUX|STY|SSH_.*|XDG_.*)$/i
for (const name of Object.keys(environment)) if (telling.test(name)) delete environment[name]
process.umask(0o022)

// Everything that the tests open, learn and set stays out of the user's own recent images, cache and settings.
const home = mkdtempSync(join(tmpdir(), 'peel-test-home-'))
environment['HOME'] = home
for (const name of ['CACHE', 'CONFIG', 'DATA', 'STATE']) environment[`XDG_${name}_HOME`] = join(home, name.toLowerCase())

const { status } = spawnSync(
  process.execPath,
  [
    '--import',
    new URL('typescript.js', import.meta.url).href,
    '--test',
    '--test-concurrency=2',
    ...(args.some(argument => argument.startsWith('--test-reporter')) ? [] : ['--test-reporter=spec']),
    ...args.filter(argument => argument.startsWith('--test-')),
    ...files,
  ],
  { stdio: 'inherit', env: environment },
)
rmSync(home, { recursive: true, force: true })
process.exit(status ?? 1)
