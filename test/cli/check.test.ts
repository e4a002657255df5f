import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { peel } from '../kit/program/peel-command.ts'
import { modelServer } from '../kit/server/model-server.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-check-'))
const env = { XDG_CACHE_HOME: join(directory, 'cache') }
after(() => rmSync(directory, { recursive: true, force: true }))

const layout = writeLayout(join(directory, 'layout'), {
  good: imageFixture([layerFixture({ 'app/server': { content: '\x7fELF', mode: 0o755 } })], {
    config: {
      config: { Cmd: ['/app/server'], User: '65532', Labels: { 'org.opencontainers.image.source': 'https://example.com/x' } },
    },
  }),
  bad: imageFixture(
    [
      layerFixture({ 'etc/passwd': 'root:x:0:0::/root:/bin/sh\n' }),
      layerFixture({ 'etc/x\u001b[2J': { content: 'x', mode: 0o666 } }),
    ],
    {
      config: { config: { Cmd: ['/gone'] } },
    },
  ),
})

async function check(...args: string[]) {
  return await checkWith({}, ...args)
}

async function checkWith(more: NodeJS.ProcessEnv, ...args: string[]) {
  const { status, stdout, stderr } = await peel(['check', ...args], { env: { ...env, ...more }, cwd: directory })
  return { status, stdout, stderr }
}

describe('peel check', () => {
  test('an image without faults passes with status 0', async () => {
    const { status, stdout } = await check(`${layout}:good`, '--json')
    const report = JSON.parse(stdout)
    assert.deepEqual(
      [status, report.passed, report.findings, report.suppressed, report.summary],
      [0, true, [], [], { error: 0, warning: 0, info: 0 }],
    )
    assert.deepEqual(report.base, { layers: 0, decidedBy: 'none', name: null, digest: null })
    assert.deepEqual([report.platform, report.gates], ['linux/amd64', []])
  })

  test('annotations for GitHub come with a page of the job, as Markdown behind what is there', async () => {
    const summary = join(directory, 'summary.md')
    writeFileSync(summary, '# before\n')
    const there = { GITHUB_STEP_SUMMARY: summary }
    const { stdout } = await checkWith(there, `${layout}:bad`, '--format', 'github')
    assert.match(stdout, /^::error /m)
    const page = readFileSync(summary, 'utf8')
    assert.equal(page, `# before\n${(await check(`${layout}:bad`, '--format', 'markdown')).stdout}`)
    assert.match(page, /run\/missing-entrypoint/)
    // Other formats leave it alone, and so does an empty name.
    await checkWith(there, `${layout}:bad`, '--format', 'markdown')
    assert.equal((await checkWith({ GITHUB_STEP_SUMMARY: '' }, `${layout}:bad`, '--format', 'github')).stdout, stdout)
    assert.equal(readFileSync(summary, 'utf8'), page)
  })

  test('a finding of severity error fails with status 1, in the shape of the contract', async () => {
    const { status, stdout } = await check(`${layout}:bad`, '--json')
    const report = JSON.parse(stdout)
    assert.deepEqual([status, report.passed, report.summary.error], [1, false, 1])
    const [first] = report.findings
    assert.deepEqual(Object.keys(first), [
      'id',
      'severity',
      'layer',
      'hiddenBy',
      'path',
      'bytes',
      'title',
      'detail',
      'fix',
      'inBase',
      'fingerprint',
      'evidence',
    ])
    assert.deepEqual([first.id, first.severity, first.layer, first.path], ['run/missing-entrypoint', 'error', null, null])
    const file = report.findings.find(({ id }: { id: string }) => id === 'file/world-writable')
    assert.deepEqual([file.layer, file.hiddenBy, file.path], [1, null, 'etc/x\u001b[2J'])
  })

  test('several images make an array, and one that fails is enough', async () => {
    const { status, stdout } = await check(`${layout}:good`, `${layout}:bad`, '--json')
    assert.equal(status, 1)
    assert.deepEqual(
      JSON.parse(stdout).map(({ passed }: { passed: boolean }) => passed),
      [true, false],
    )
  })

  test('the text names place and fix and lets no control character through', async () => {
    const { stdout } = await check(`${layout}:bad`)
    assert.match(stdout, /^error {4}The program that the image starts is not in it {2}run\/missing-entrypoint$/m)
    assert.match(stdout, /\/etc\/x\\e\[2J · layer 2/)
    assert.match(stdout, /^not passed: 1 error, /m)
    assert.ok(!stdout.includes('\u001b'))
  })

  test('--list names every rule and --explain tells one; an unknown one is wrong usage', async () => {
    const { stdout } = await check('--list')
    assert.match(stdout, /^run\/missing-entrypoint +error /m)
    const explained = await check('--explain', 'file/setuid')
    assert.match(explained.stdout, /leaves alone:/)
    assert.match(explained.stdout, /CIS 4\.8/)
    assert.match((await check('--explain', 'dl3009')).stdout, /^waste\/package-cache /)
    assert.match((await check('--explain', 'CIS-DI-0006')).stdout, /peel deliberately has no such rule/)
    assert.equal((await check('--explain', 'file/gone')).status, 2)
    assert.equal((await check()).status, 2)
  })
})

describe('what is asked for besides', () => {
  test('secrets are shown in text alone; findings point at a Dockerfile below the working directory alone', async () => {
    const token = 'whsec_Zt7Qm2Xc9Lp4Rw8Kd3Vn6Hs1Jf5Yb0Gq'
    const own = writeLayout(join(directory, 'secrets'), {
      t: imageFixture([layerFixture({ 'app/.env.local': `STRIPE=${token}\n` })], {
        config: { config: { Cmd: ['/x'] }, history: [{ created_by: 'COPY . /app # buildkit' }] },
      }),
    })
    writeFileSync(join(directory, 'Dockerfile'), '# syntax\nFROM scratch\nCOPY . /app\nCMD ["/x"]\n')
    const shown = await check(`${own}:t`, '--show-secrets')
    assert.match(shown.stdout, new RegExp(`^ +secret: ${token}$`, 'm'))
    assert.ok(!(await check(`${own}:t`)).stdout.includes(token))
    assert.equal((await check(`${own}:t`, '--show-secrets', '--json')).status, 2)
    assert.equal((await check(`${own}:t`, '--show-secrets', '--output', join(directory, 'secrets.txt'))).status, 2)
    const { stdout, stderr } = await check(`${own}:t`, '--format', 'github', '--sarif-location', 'dockerfile=Dockerfile')
    assert.match(stdout, /^::error file=Dockerfile,line=3,title=secret\/stripe/m)
    assert.equal(stderr, '')
    const { pull } = JSON.parse((await check(`${own}:t`, '--json', '--bandwidth', '100Mbit')).stdout)
    assert.deepEqual([pull.bandwidth, pull.unpackRate, pull.waitsFor], [12_500_000, 150_000_000, 0])
    assert.equal((await check(`${own}:t`, '--bandwidth', 'fast')).status, 2)
    const outside = await check(`${own}:t`, '--format', 'sarif', '--sarif-location', 'dockerfile=../Dockerfile')
    assert.equal(outside.status, 2)
    assert.match(outside.stderr, /not below the working directory/)
  })
})

describe('gates of peel check', () => {
  const inDirectory = async (files: Readonly<Record<string, string>>, ...args: string[]) => {
    const own = mkdtempSync(join(directory, 'gates-'))
    for (const [name, content] of Object.entries(files)) writeFileSync(join(own, name), content)
    return await peel(['check', `${layout}:good`, '--json', ...args], { env, cwd: own })
  }

  test('a .dive-ci of the working directory is held, and replaces what flags say', async () => {
    const { status, stdout } = await inDirectory(
      { '.dive-ci': 'rules:\n  lowestEfficiency: 1\n  highestWastedBytes: 1B\n' },
      '--highest-wasted-bytes',
      '0',
    )
    const { gates, passed } = JSON.parse(stdout)
    assert.deepEqual([status, passed], [0, true])
    assert.deepEqual(gates.slice(1), [
      { name: 'highestWastedBytes', source: '.dive-ci', limit: 1, actual: 0, passed: true },
      { name: 'lowestEfficiency', source: '.dive-ci', limit: 1, actual: 1, passed: true },
    ])
    // One layer has no bytes of the user: 0/0 passes, and is null.
    assert.deepEqual(gates[0], { name: 'highestUserWastedPercent', source: '.dive-ci', limit: 0.1, actual: null, passed: true })
  })

  test('a gate of .peel.yaml that says no is status 1', async () => {
    const { status, stdout } = await inDirectory({ '.peel.yaml': 'gates: {size: {content: 3}, layers: 1}' })
    const { gates, passed } = JSON.parse(stdout)
    assert.deepEqual([status, passed], [1, false])
    assert.deepEqual(gates, [
      { name: 'size.content', source: '.peel.yaml', limit: 3, actual: 4, passed: false },
      { name: 'layers', source: '.peel.yaml', limit: 1, actual: 1, passed: true },
    ])
  })

  test('a file that is wrong or missing is wrong usage, with its line', async () => {
    const wrong = await inDirectory({ '.peel.yaml': 'gates:\n  sise: 3' })
    assert.equal(wrong.status, 2)
    assert.match(wrong.stderr, /line 2: unknown key "sise" in gates\nDid you mean "size"\?/)
    assert.equal((await inDirectory({}, '--ci-config', 'gone')).status, 2)
    assert.equal((await inDirectory({ '.dive-ci': 'rules: {lowestEfficiency: 2}' })).status, 2)
    assert.equal((await inDirectory({ b: '{}' }, '--baseline', 'b')).status, 2)
  })

  test('growth is measured against the other build', async () => {
    const { status, stdout } = await inDirectory({ '.peel.yaml': 'gates: {growth: {size: 10B}}' }, '--against', `${layout}:good`)
    assert.equal(status, 0)
    assert.deepEqual(JSON.parse(stdout).gates, [{ name: 'growth', source: '.peel.yaml', limit: 10, actual: 0, passed: true }])
    assert.equal((await inDirectory({ '.peel.yaml': 'gates: {growth: {size: 10B}}' })).status, 2)
  })

  test('--fail-on, --ignore and a baseline decide the status', async () => {
    const bad = async (...args: string[]) => (await peel(['check', `${layout}:bad`, ...args], { env, cwd: directory })).status
    assert.equal(await bad(), 1)
    assert.equal(await bad('--fail-on', 'none'), 0)
    assert.equal(await bad('--ignore', 'run/missing-entrypoint'), 0)
    assert.equal(await bad('--ignore', 'run/missing-entrypoint', '--fail-on', 'warning'), 1)
    assert.equal(await bad('--ignore', 'run/missing'), 2)
    const baseline = join(directory, 'baseline.json')
    assert.equal(await bad('--update-baseline', baseline, '--output', join(directory, 'out.txt')), 0)
    assert.equal(await bad('--baseline', baseline, '--fail-on', 'info'), 0)
  })
})

describe('peel check --explain-with', () => {
  test('findings, verdict and status are the same with and without; the answer is marked and escaped', async context => {
    const { url, requests } = await modelServer(context, 'bytes')
    const explain = ['--explain-with', url, '--model', 'stand-in']
    const plain = await check(`${layout}:bad`, '--json')
    const explained = await check(`${layout}:bad`, '--json', ...explain)
    const { explanation, ...rest } = JSON.parse(explained.stdout)
    assert.deepEqual([explained.status, rest], [plain.status, JSON.parse(plain.stdout)])
    assert.equal(explanation.generated.model, 'stand-in')
    assert.match(explained.stderr, /^peel: Sending [\d.]+ k?B to 127\.0\.0\.1:\d+\.$/m)
    const { stdout } = await check(`${layout}:bad`, ...explain)
    assert.match(stdout, /explanation \(generated by stand-in at 127\.0\.0\.1:\d+; not verified\)/)
    assert.ok(!stdout.includes('\u001b'))
    const shown = await check(`${layout}:bad`, '--show-prompt')
    assert.equal(JSON.stringify(JSON.parse(requests[0]?.body ?? '{}').messages), shown.stdout.trim())
    assert.equal(requests.length, 2)
  })

  test('a model that fails changes no status; one without a name is wrong usage', async context => {
    const { url } = await modelServer(context, 'html')
    const { status, stdout } = await check(`${layout}:good`, '--json', '--explain-with', url, '--model', 'x')
    assert.deepEqual([status, JSON.parse(stdout).explanation.error.code], [0, 'MODEL_FAILED'])
    assert.equal((await check(`${layout}:good`, '--explain-with', url)).status, 2)
    const { url: answers } = await modelServer(context, 'json')
    const failed = await check('docker://127.0.0.1:1/gone', '--insecure', '--explain-with', answers, '--model', 'stand-in')
    assert.equal(failed.status, 3)
    assert.match(
      failed.stderr,
      /^peel: Cannot .*\n[\s\S]*explanation \(generated by stand-in at 127\.0\.0\.1:\d+; not verified\)\n/,
    )
    assert.equal((await check(`${layout}:good`, '--explain-with', 'http://a.example', '--model', 'x')).status, 2)
  })
})
