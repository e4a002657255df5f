import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSpdxExpression } from '../../src/check/spdx.ts'

test('license expressions of SPDX: ids in any case, references, exceptions, operators and parentheses', () => {
  for (const text of [
    'MIT',
    'mit',
    'GPL-2.0',
    'Apache-2.0+',
    'GPL-2.0-only WITH Classpath-exception-2.0',
    'MIT AND BSD-3-Clause or ISC',
    '(MIT OR Apache-2.0) AND (ISC)',
    'LicenseRef-own',
    'DocumentRef-spdx-1.2:LicenseRef-own',
    'NONE',
    'NOASSERTION',
    ` MIT${' OR MIT'.repeat(1428)}`,
  ])
    assert.ok(isSpdxExpression(text), text.slice(0, 80))
})

test('what is no expression: other words, operators without operands, parentheses that do not close', () => {
  for (const text of [
    '',
    ' ',
    'none',
    'GPLv2+',
    'MIT BSD-3-Clause',
    'MIT AND',
    'AND MIT',
    'MIT, ISC',
    'MIT WITH',
    'MIT WITH (x)',
    '(MIT',
    'MIT)',
    '()',
    'LicenseRef-',
    'xLicenseRef-own',
    ` MIT${' OR MIT'.repeat(1429)}`,
  ])
    assert.ok(!isSpdxExpression(text), text.slice(0, 80))
})

test('parentheses nest as deep as any license has them, and no deeper', () => {
  const nested = (depth: number) => `${'('.repeat(depth)}MIT${')'.repeat(depth)}`
  assert.deepEqual(
    [1, 51, 52, 4000].map(depth => isSpdxExpression(nested(depth))),
    [true, true, false, false],
  )
})
