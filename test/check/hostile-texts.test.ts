import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { recordedInstruction } from '../../src/check/dockerfile/read-record.ts'
import { commandLines } from '../../src/check/dockerfile/run-lines.ts'
import { parseApkInstalled } from '../../src/check/packages/apk.ts'
import { parseCopyright, parseDpkgStatus } from '../../src/check/packages/dpkg.ts'
import { parseGemspec } from '../../src/check/packages/gem.ts'
import { parsePythonMetadata, parsePythonRecord } from '../../src/check/packages/python.ts'
import { weakOwner } from '../../src/check/packages/weak-owner.ts'
import { callsOut, runsFetched } from '../../src/check/rules/hostile-lines.ts'
import { assignmentsOf, secretByName } from '../../src/check/secret/env-name.ts'
import { isPlaceholder, isPlaceholderPassword } from '../../src/check/secret/placeholder.ts'
import { SecretScanner } from '../../src/check/secret/secret-scanner.ts'
import { isSpdxExpression } from '../../src/check/spdx.ts'
import { hasGlob } from '../../src/filter/filter-text.ts'
import { cleanBinary } from '../../src/layer/file-path.ts'
import { cardOfFacts, installed } from '../../src/session/search/image-card.ts'

const LENGTH = 200_000
/** Linear work takes milliseconds; what begins anew at each character takes minutes, or does not end. */
const MOST_MILLISECONDS = 1500

const known = { env: new Set(['A']), labels: new Set(['A']), volumes: new Set<string>() }
const readers: Readonly<Record<string, (text: string) => unknown>> = {
  'a step of the history': text => recordedInstruction({ createdBy: text } as never, known, undefined),
  'a command of a step': text => [...commandLines('RUN', text)],
  'assignments of a step': assignmentsOf,
  'a variable': value => secretByName({ name: 'API_TOKEN', value }),
  'what stands for a secret': text => [isPlaceholder(text), isPlaceholderPassword(text)],
  'a line of a script': text => [runsFetched(text), callsOut(text)],
  'an SPDX expression': isSpdxExpression,
  'a path': text => weakOwner(cleanBinary(text)),
  "dpkg's status": text => [
    ...parseDpkgStatus(`Package: a\nStatus: install ok installed\nDepends: ${text}\nConffiles:\n ${text}\n`),
  ],
  "dpkg's copyright": text => parseCopyright(`Format: x\n${text}`),
  "apk's list": text => [...parseApkInstalled(`P:a\nV:1\nD:${text}\n${text}\n`)],
  "Python's metadata": text => [parsePythonMetadata(`Name: a\nVersion: ${text}\n${text}`), parsePythonRecord(text, 'a')],
  'a gem': text => parseGemspec(text, cleanBinary(`${text}.gemspec`)),
  'a filter': hasGlob,
  'a file': text => {
    const scanner = new SecretScanner()
    const bytes = Buffer.from(text)
    scanner.begin(cleanBinary('a/b'), bytes.length)
    scanner.data(bytes)
    return scanner.end()
  },
  'a card': text => [installed(text), cardOfFacts('a', [text], { exposedPorts: [text], labels: { title: text }, cmd: [text] })],
}

/** Beginnings, and what is repeated behind them. */
const HEADS = [
  '',
  'RUN ',
  'COPY ',
  'CMD [',
  'ENV A=',
  'ENV ',
  'HEALTHCHECK ',
  '#(nop) ',
  '|1 ',
  '/bin/sh -c #(nop) ',
  'your',
  'base64 -d ',
  '/',
]
const PUMPS = [
  ...[' ', 'a', '0', '/', '\n', '-', '"', "'", '.', '=', ':', '(', '[', '{', '<', '\\', '#', '|', ';', '&', '@', '$'],
  ...[
    '--a ',
    '"a" ',
    '"a",',
    ' /a',
    'sh ',
    ' -a',
    'A= ',
    'A=" ',
    '\\"',
    '{Test:[CMD ',
    '] Interval:',
    '\\\n',
    ' \\',
    '<<a ',
    '0 AND ',
    '(a OR ',
  ],
  ...[
    'curl ',
    'curl |',
    'nc -e',
    'nc -eeee ',
    'socat-exec:a',
    'bash -i ',
    'sh </dev/tcp/',
    'your',
    'your-',
    'pkg/mod/',
    'a/',
    '-0',
    '.0',
    'ADD --',
    'apt -',
    'xoxb-0-',
    'ops_eyJ=',
    '{,',
  ],
]

describe('texts of strangers are read in linear time', () => {
  for (const [name, read] of Object.entries(readers))
    test(name, () => {
      for (const head of name.includes('step') ? HEADS : ['', 'your'])
        for (const pump of PUMPS)
          for (const tail of ['', '\n!']) {
            const text = `${head}${pump.repeat(LENGTH / 50 / pump.length)}${tail}`
            const used = timeOf(() => read(text))
            // Only what takes noticeable time is tried on a long text.
            if (used < 4) continue
            const long = timeOf(() => read(`${head}${pump.repeat(LENGTH / pump.length)}${tail}`))
            assert.ok(long < MOST_MILLISECONDS, `${JSON.stringify([head, pump, tail])}: ${used}, then ${long} ms`)
          }
    })
})

/** Milliseconds of the processor. */
function timeOf(run: () => void): number {
  const before = process.cpuUsage()
  run()
  return process.cpuUsage(before).user / 1000
}
