import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ROWS } from '../../src/cli/commands.ts'
import { assertGolden } from '../kit/golden-text.ts'
import { besideLayout } from '../kit/image/beside-layout.ts'
import { shownImage } from '../kit/image/shown-image.ts'
import { type ProgramRun, programRuns } from '../kit/program/program-runs.ts'

besideLayout({ latest: shownImage() })

/** Command lines of one word each are cut at blanks. */
const runOf = (line: string, env: Readonly<Record<string, string>> = {}): ProgramRun => ({
  args: line.split(' ').filter(word => word !== ''),
  env,
})

/** The usage and the options of a help, without their descriptions, which are prose. */
const namesOf = (help: string) =>
  help.split('\n').flatMap(each => /^(?:Usage: .*|Commands:)|^ {2}(?=\S)(?:(?! {2}).)+/.exec(each)?.[0].trimEnd() ?? [])

test('names of commands, arguments and options are in scripts: each change is seen in their golden file', async () => {
  const lines = ['--help', ...ROWS.map(({ name }) => `${name} --help`)]
  const outputs = await programRuns(lines.map(line => runOf(line)))
  const text = lines.map((_, index) => namesOf(outputs[index]?.out ?? '').join('\n'))
  assertGolden('options.txt', text.join('\n\n'))
  for (const { status, err } of outputs) assert.deepEqual([status, err], [0, ''])
  const again = await programRuns([
    runOf('help'),
    runOf('help ls'),
    runOf('--version'),
    runOf('help destinations'),
    runOf('help nosuch'),
  ])
  assert.deepEqual([again[0]?.out, again[1]?.out], [outputs[0]?.out, outputs[lines.indexOf('ls --help')]?.out])
  assert.match(again[2]?.out ?? '', /^\d+\.\d+\.\d+\n$/)
  assert.match(again[3]?.out ?? '', /oci-archive:/)
  assert.deepEqual(
    again.map(({ status }) => status),
    [0, 0, 0, 0, 2],
  )
})

describe('how a run ends', () => {
  const IMAGE = './weather:latest'
  const CASES: readonly (readonly [run: ProgramRun, status: number, out: RegExp, err: RegExp])[] = [
    [runOf(`ls ${IMAGE} etc`), 0, /^etc\netc\/motd\netc\/passwd\n$/, /^$/],
    [runOf(`-q ls ${IMAGE} etc`), 0, /^etc\n/, /^$/],
    [runOf(`--semantics overlay ls ${IMAGE} etc`), 0, /^etc\n/, /^$/],
    [runOf(`--platform=linux/amd64 ls ${IMAGE} etc`), 0, /^etc\n/, /^$/],
    [runOf(`--platform linux/arm64 ls ${IMAGE}`), 3, /^$/, /^peel: Cannot .*linux\/arm64/],
    [runOf(`ls ${IMAGE}`, { PEEL_PLATFORM: 'linux/arm64' }), 3, /^$/, /^peel: Cannot .*linux\/arm64/],
    [runOf(`ls ${IMAGE} etc --platform linux/amd64`, { PEEL_PLATFORM: 'linux/arm64' }), 0, /^etc\n/, /^$/],
    [runOf(`ls ${IMAGE} etc`, { PEEL_LONG: '1' }), 0, /^drwxr-xr-x 0:0 .* etc\n/, /^$/],
    [runOf(`ls ${IMAGE} etc`, { PEEL_LONG: '0' }), 0, /^etc\n/, /^$/],
    [
      runOf(`ls ${IMAGE}`, { PEEL_LAYER: 'x' }),
      2,
      /^$/,
      /^peel: Cannot use PEEL_LAYER="x": Layers are counted from the base, 1 first\.\nIt is the default of --layer; "unset PEEL_LAYER" forgets it\./,
    ],
    [runOf(`ls ${IMAGE} etc`, { PEEL_JSON: '1' }), 0, /^\{"path":"etc"/, /^$/],
    [runOf(`ls ${IMAGE} etc`, { PEEL_JSON: 'no' }), 0, /^etc\n/, /^$/],
    [runOf(`ls ${IMAGE} no/such`), 3, /^$/, /^peel: Cannot find "no\/such"/],
    [
      runOf(`ls ${IMAGE} no/such --json`),
      3,
      /^\{"error":\{"code":"PATH_NOT_FOUND","message":"Cannot find .*","hint":".*"\}\}\n$/,
      /^peel: Cannot/,
    ],
    [runOf('ls'), 2, /^$/, /^peel: Cannot understand the command line: missing required argument 'image'\nRun "peel ls --help"/],
    [runOf(`ls ${IMAGE} --nosuch`), 2, /^$/, /unknown option '--nosuch'\nRun "peel ls --help"/],
    [runOf(`ls ${IMAGE} --filter size:nonsense`), 2, /^$/, /^peel: Cannot/],
    [runOf(`ls ${IMAGE} -- --json`), 3, /^$/, /^peel: Cannot find "--json"/],
    [runOf('ls oci:'), 2, /^$/, /^peel: Cannot use "oci:": the path is missing\nWrite oci:PATH or oci:PATH:TAG\./],
    [runOf('inspect ./weather:a:b@sha256:x'), 2, /^$/, /^peel: Cannot/],
    [runOf('ls ./nosuch'), 3, /^$/, /^peel: Cannot open "\.\/nosuch"|^peel: Cannot/],
    [runOf('nosuchcommand x y z'), 2, /^$/, /^peel: /],
    [runOf(`check ${IMAGE} --lowest-efficiency 0.99`), 1, /failed|not passed|efficiency/, /^$/],
    [runOf(`diff ${IMAGE} ${IMAGE} --exit-code`), 0, /The same image/, /^$/],
    [runOf(`diff ${IMAGE} 1..2 --exit-code`), 1, /added/, /^$/],
    [runOf('copy ./weather:latest user:secret@host.test/x:1'), 2, /^$/, /^(?!.*secret)peel: Cannot/s],
  ]
  test('status, standard output and standard error, with options from the command line and from the environment', async () => {
    const outputs = await programRuns(CASES.map(([each]) => each))
    for (const [index, [each, status, out, err]] of CASES.entries()) {
      const line = `${each.args.join(' ')} ${JSON.stringify(each.env)}`
      const output = outputs[index] ?? assert.fail(line)
      assert.match(output.out, out, line)
      assert.match(output.err, err, line)
      assert.equal(output.status, status, line)
    }
  })
})
