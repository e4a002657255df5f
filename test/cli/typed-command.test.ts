import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Command } from 'commander'
import { argumentChoice, choice, typed, type ValuesOf } from '../../src/cli/run/typed-command.ts'

function declared(command: Command) {
  return typed(command)
    .argument('<image>', 'one word')
    .addArgument(argumentChoice('<action>', 'one of two', ['size', 'clear']))
    .argument('[more...]', 'any number of words')
    .option('-l, --long', 'a flag')
    .option('--dry-run', 'a flag of two words')
    .option('--no-cache', 'a flag that turns off')
    .option('--filter <text>', 'a text')
    .option('--language <code>', 'a text with a default', 'en')
    .option('--drop-layer <n>', 'numbers', (each: string, all: readonly number[] = []) => [...all, Number(each)])
    .addOption(choice('--sort <key>', 'one of two', ['size', 'path']))
}

type Values = ValuesOf<typeof declared>

async function given(...args: readonly string[]) {
  const command = new Command()
  const got: unknown[] = []
  declared(command).action((image, action, more, values) => {
    // Each has the type of its declaration: another one would not compile.
    const types: readonly [string, 'size' | 'clear', readonly string[], Values] = [image, action, more, values]
    got.push(...types)
  })
  await command.parseAsync(args, { from: 'user' })
  return got
}

test('an action gets its arguments, then the options under the names that their type has', async () => {
  const values: Partial<Values> = {
    cache: false,
    dropLayer: [2, 3],
    dryRun: true,
    filter: '*.so',
    language: 'zh',
    long: true,
    sort: 'path',
  }
  const args = '-l --dry-run --no-cache --filter *.so --language zh --drop-layer 2 --drop-layer 3 --sort path a size b c'
  assert.deepEqual(await given(...args.split(' ')), ['a', 'size', ['b', 'c'], values])
  assert.deepEqual(await given('a', 'clear'), ['a', 'clear', [], { cache: true, language: 'en' }])
})

test('a name that no option declares, or a value of another type, does not compile', () => {
  // The compiler reports an expected error that is none: `npm run check` is the test of these lines.
  const wrong = (values: Values) => [
    // @ts-expect-error: the option is dryRun
    values.dryrun,
    // @ts-expect-error: no option is called that
    values.force,
    // @ts-expect-error: sort is size or path
    values.sort === 'mtime',
    // @ts-expect-error: a flag is no text
    values.long === 'yes',
  ]
  assert.deepEqual(wrong({ sort: 'size', long: true } as Values), [undefined, undefined, false, false])
})
