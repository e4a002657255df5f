import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Command } from 'commander'
import { ROWS } from '../../src/cli/commands.ts'
import type { Context } from '../../src/cli/run/context.ts'
import { UsageError } from '../../src/cli/run/usage-error.ts'
import { ImageError } from '../../src/error.ts'

/** The words that a command line is refused with; undefined where the command goes on to open something. */
async function refusal(line: string): Promise<string | undefined> {
  const [name, ...words] = line.split(' ').map(word => word.replaceAll('_', ' '))
  const args = words.filter(word => !word.startsWith('--platform'))
  const goesOn = () => {
    throw new Error('goes on')
  }
  const context = {
    json: args.includes('--json'),
    common: () => ({ platform: words.length > args.length ? 'linux/arm64' : undefined }),
    signal: new AbortController().signal,
    afterDashes: [],
    asking: () => new Proxy({}, { get: goesOn, ownKeys: goesOn }),
    output: { isTerminal: false, writeLines: goesOn, write: goesOn },
    warn: goesOn,
  }
  const command = new Command(name).exitOverride().configureOutput({ writeErr: () => {} })
  const row = ROWS.find(each => each.name === name) ?? assert.fail(name)
  ;(await row.load()).define(command, context as unknown as Context)
  try {
    await command.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (error instanceof UsageError) return `${error.message}${error.hint === undefined ? '' : `. ${error.hint}`}`
    assert.ok(error instanceof ImageError || /goes on/.test(String(error)), `${line}: ${error}`)
  }
  return undefined
}

/** Command lines that are refused before anything is opened, by what they are told; then the like that are not. */
const REFUSED: readonly (readonly [told: RegExp, refused: readonly string[], allowed: readonly string[]])[] = [
  [
    /^Cannot combine --all with --platform/,
    ['copy a oci:b --all --platform=x'],
    ['copy a oci:b --all', 'copy a oci:b --platform=x'],
  ],
  [
    /^Cannot combine --tags or --referrers with --compress or --format/,
    ['copy a oci:b --tags * --compress zstd', 'copy a oci:b --referrers --format oci', 'copy a oci:b --tags * --format oci'],
    ['copy a oci:b --compress zstd', 'copy a oci:b --referrers'],
  ],
  [
    /^Cannot unpack: --compress, --dry-run and --force are for --repack\. Write peel unpack IMAGE BUNDLE, change/,
    ['unpack a b --compress zstd', 'unpack a b --dry-run', 'unpack a b --force'],
    ['unpack a b', 'unpack a b --rootless', 'unpack a b --repack oci:c --compress zstd --dry-run --force'],
  ],
  [
    /^Cannot print a Dockerfile: --optimised and --whole go with --dockerfile$/,
    ['history a --optimised', 'history a --whole'],
    ['history a --dockerfile --optimised', 'history a --dockerfile --whole', 'history a'],
  ],
  [/^Cannot combine --dockerfile with --json/, ['history a --dockerfile --json'], ['history a --json']],
  [/^Cannot check: no image is named/, ['check'], ['check a']],
  [
    /^Cannot combine --json with --format sarif/,
    ['check a --json --format sarif'],
    ['check a --json --format json', 'check a --format sarif'],
  ],
  [/^Cannot show secrets in json: /, ['check a --show-secrets --json'], ['check a --show-secrets']],
  [/^Cannot write secrets to a file: /, ['check a --show-secrets --output f'], ['check a --output f']],
  [
    /^Cannot explain: --explain-with URL and --model NAME belong together/,
    ['check a --explain-with http://x', 'check a --model m'],
    [],
  ],
  [/^Cannot use --unpack-rate: --bandwidth RATE/, ['check a --unpack-rate 1MB'], ['check a --unpack-rate 1MB --bandwidth 1Mbit']],
  [/^Cannot read --bandwidth "0MB": it is no rate/, ['check a --bandwidth 0MB'], ['check a --bandwidth 12MB']],
  [
    /^Cannot point at "image=x"/,
    ['check a --format sarif --sarif-location image=x'],
    ['check a --format sarif --sarif-location image'],
  ],
  [/^Cannot use --key alone: --show says which/, ['referrers a --key k'], []],
  [
    /^Cannot compare: diff takes two images, or one image and layers/,
    ['diff a', 'diff a b c', 'diff a b --layer 2'],
    ['diff a b', 'diff a --layer 2'],
  ],
  [/^Cannot compare layers 4\.\.2: the first one comes after the last$/, ['diff a 4..2'], ['diff a 2..4', 'diff a 2..2']],
  [
    /^Cannot combine --\w+ and --\w+: each is a result of its own$/,
    [
      'diff a b --files --packages',
      'diff a b --content etc/passwd --files',
      'diff a b --markdown --json',
      'diff a b --markdown --files',
    ],
    ['diff a b --markdown', 'diff a b --files --json'],
  ],
  [/^Cannot search for nothing: say what the image is for/, ['search _'], []],
  [
    /^Cannot search by meaning: --embed-with URL and --model NAME belong/,
    ['search x --model m', 'search x --embed-with http://x'],
    ['search x'],
  ],
  [/^Cannot squash: the destination is missing/, ['squash a'], ['squash a --dry-run', 'squash a oci:b']],
  [
    /^Cannot use --layers "(?:0\.\.1|x|1-2|1\.\.0)": it is not A\.\.B/,
    ['0..1', 'x', '1-2', '1..0'].map(range => `squash a oci:b --layers ${range}`),
    [],
  ],
  [
    /^Cannot serve with --allow-delete alone: it belongs to --writable$/,
    ['serve a --allow-delete'],
    ['serve a --writable --allow-delete'],
  ],
  [/^Cannot serve nothing: name a layout, an archive or --proxy/, ['serve'], ['serve a']],
  [/^Cannot serve with --proxy and --writable: pushes go to the registry/, ['serve --proxy r.test --writable'], []],
  [/^Cannot serve https: --tls-cert and --tls-key are needed both$/, ['serve a --tls-cert c', 'serve a --tls-key k'], []],
  [
    /^Cannot combine --raw with --json or --layers: raw is the document/,
    ['inspect a --raw --json', 'inspect a --raw --layers'],
    ['inspect a --raw', 'inspect a --json --layers'],
  ],
  [/^Cannot inspect several images one beside the other/, ['inspect a b'], ['inspect a']],
  [
    /^Cannot combine --shared with --raw or --layers/,
    ['inspect a b --shared --raw', 'inspect a b --shared --layers'],
    ['inspect a b --shared'],
  ],
  [
    /^Cannot foretell with --capacity alone: it belongs to --record/,
    ['usage a --capacity 1GB'],
    ['usage a', 'usage a --record f --capacity 1GB'],
  ],
  [/^Cannot list the tags of "(?:localhost:5000|h\.test:443)": it is a registry/, ['tags localhost:5000', 'tags h.test:443'], []],
  [/^Cannot list "(?:a\/b|\*\*\*@h\/b)": it is not a host/, ['catalog a/b', 'catalog user:secret@h/b'], []],
  [
    /^Cannot rebase the image: the new base is missing\. Name it: --new-base IMAGE\.$/,
    ['rebase a oci:b'],
    ['rebase a oci:b --new-base c'],
  ],
  [/^Cannot rebase the image: the destination is missing/, ['rebase a --new-base c'], ['rebase a --new-base c --dry-run']],
  [/^Cannot make an index: "list" is no action\. It is create, add, remove or annotate/, ['index list oci:a'], []],
  [/^Cannot make an index: it has no destination\. Name it: peel index add /, ['index add'], []],
  [
    /^Cannot make an index: there is nothing to remove\. Name platforms or digests\.$/,
    ['index remove oci:a'],
    ['index remove oci:a linux/arm64'],
  ],
  [
    /^Cannot make an index: there is nothing to (?:add|create)\. Name images\.$/,
    ['index add oci:a', 'index create oci:a'],
    ['index add oci:a b'],
  ],
  [
    /^Cannot make an index: an index has annotations only/,
    ['index annotate oci:a', 'index annotate oci:a --set env.A=1', 'index annotate oci:a --set annotation.a=1 --set env.A=1'],
    ['index annotate oci:a --set annotation.a=1'],
  ],
  [/^Cannot build an image: the destination is missing/, ['build --from a'], ['build --from a --dry-run']],
  [
    /^Cannot build an image: there is nothing to put into it/,
    ['build oci:a', 'build oci:a --history x'],
    ['build oci:a --from b', 'build oci:a --layer tar=f'],
  ],
  [/^Cannot print the schema "x": there is none of that name/, ['schema x'], ['schema']],
]

for (const [told, refused, allowed] of REFUSED) {
  test(`${String(told).slice(2, 70)}…`, async () => {
    for (const line of refused) assert.match((await refusal(line)) ?? 'not refused', told, line)
    for (const line of allowed) assert.equal(await refusal(line), undefined, line)
  })
}

test('a name that is refused does not repeat the password in it', async () => {
  assert.ok(!(await refusal('catalog user:secret@h/b'))?.includes('secret'))
})
