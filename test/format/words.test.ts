import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { artifactWords } from '../../src/format/artifact-words.ts'
import { countOf } from '../../src/format/count.ts'
import { formatCountDelta, formatDelta } from '../../src/format/delta.ts'
import { CHANGE_ROLES, differencesOf, MARKS, modeText, oneLine } from '../../src/format/file-text.ts'
import { ageText, commandText } from '../../src/format/history-text.ts'
import { rangesText } from '../../src/format/ranges.ts'
import { formatSeconds, NO_PACE, paceWords, rateOf, secondsLeft, withMoment } from '../../src/format/transfer-rate.ts'
import type { TreeNode } from '../../src/overlay/tree.ts'

test('differences have a sign, nothing has none', () => {
  assert.deepEqual([1500, -1500, 0].map(formatDelta), ['+1.50 kB', '−1.50 kB', '0 B'])
  assert.deepEqual([1234, -5, 0].map(formatCountDelta), ['+1,234', '−5', '0'])
  assert.deepEqual(
    [0, 1, 2, 1000].map(count => countOf(count, 'error')),
    ['0 errors', '1 error', '2 errors', '1,000 errors'],
  )
})

test('runs of positions, a dozen at most', () => {
  assert.equal(rangesText([]), '')
  assert.equal(rangesText([0]), '1')
  assert.equal(rangesText([0, 1, 2, 3, 6, 8, 9]), '1–4, 7, 9–10')
  const even = Array.from({ length: 13 }, (_, index) => index * 2)
  assert.equal(rangesText(even.slice(0, 12)), '1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23')
  assert.equal(rangesText(even), '1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23 …')
})

test('an age is in the largest whole unit', () => {
  const now = Date.parse('2024-03-01T00:00:00Z')
  const age = (seconds: number) => ageText(new Date(now - seconds * 1000).toISOString(), now)
  const cases: readonly (readonly [seconds: number, text: string])[] = [
    [0, 'now'],
    [59, 'now'],
    [60, '1 minute'],
    [119, '1 minute'],
    [120, '2 minutes'],
    [3599, '59 minutes'],
    [3600, '1 hour'],
    [86_399, '23 hours'],
    [86_400, '1 day'],
    [2_629_745, '30 days'],
    [2_629_746, '1 month'],
    [31_556_951, '11 months'],
    [31_556_952, '1 year'],
    [63_113_904, '2 years'],
    [-1, 'future'],
  ]
  for (const [seconds, text] of cases) assert.equal(age(seconds), text, `${seconds}`)
  assert.deepEqual(
    [undefined, '', 'x'].map(each => ageText(each, now)),
    ['', '', ''],
  )
  assert.deepEqual(
    ['1970-01-01T00:00:00Z', '1960-01-01T00:00:00Z', '1970-01-01T00:00:01Z'].map(each => ageText(each, now)),
    ['epoch', 'epoch', '54 years'],
  )
})

test('a step of the history without what builders put around it', () => {
  const cases: readonly (readonly [createdBy: string | undefined, comment: string | undefined, text: string])[] = [
    ['/bin/sh -c #(nop)  CMD ["sh"]', undefined, 'CMD ["sh"]'],
    ['/bin/bash -c #(nop) CMD ["sh"]', undefined, 'CMD ["sh"]'],
    ['RUN /bin/sh -c make # buildkit', undefined, 'RUN make'],
    ['RUN make', undefined, 'RUN make'],
    ['|2 A=1 B= /bin/sh -c make', undefined, 'make'],
    ['|1 A=1 /bin/bash -c make', undefined, 'make'],
    ['/bin/sh -c make  all', undefined, 'make all'],
    ['/bin/bash -c make', undefined, 'make'],
    ['COPY a /b # buildkit', undefined, 'COPY a /b'],
    ['a\n\tb', undefined, 'a b'],
    [undefined, 'imported from -', 'imported from -'],
    ['', 'imported\nfrom', 'imported from'],
    ['', undefined, '—'],
    [undefined, undefined, '—'],
    ['a\u001b[2J', undefined, 'a\\e[2J'],
  ]
  for (const [createdBy, comment, text] of cases)
    assert.equal(
      commandText({ ...(createdBy !== undefined && { createdBy }), ...(comment !== undefined && { comment }) } as never),
      text,
    )
  assert.equal(commandText(undefined), 'no history')
})

test('kinds of artifacts by their types', () => {
  const cases: Readonly<Record<string, string>> = {
    'application/vnd.cyclonedx+json': 'SBOM (CycloneDX)',
    'https://spdx.dev/Document': 'SBOM (SPDX)',
    'text/spdx': 'SBOM (SPDX)',
    'application/vnd.syft+json': 'SBOM',
    'application/vnd.dev.cosign.sbom.v1': 'SBOM',
    'application/sbom': 'SBOM',
    'application/sbomb': 'sbomb',
    'https://slsa.dev/provenance/v1': 'provenance (SLSA)',
    'https://openvex.dev/ns': 'vulnerabilities (OpenVEX)',
    'https://cosign.sigstore.dev/attestation/vuln/v1': 'vulnerabilities',
    'application/vnd.dev.cosign.simplesigning.v1+json': 'signature (cosign)',
    'application/vnd.dev.cosign.artifact.sig.v1+json': 'signature (cosign)',
    'x/cosign.signature': 'signature (cosign)',
    'application/vnd.cncf.notary.signature': 'signature (Notary)',
    'application/vnd.dev.sigstore.bundle.v0.3+json': 'signature (Sigstore bundle)',
    'application/vnd.amazon.soci.index.v1+json': 'SOCI index',
    'application/vnd.in-toto+json': 'attestation (in-toto)',
    'application/vnd.dsse.envelope.v1+json': 'attestation (in-toto)',
    'application/vnd.other+json': 'other+json',
    'application/json': 'json',
    'text/plain': 'text/plain',
  }
  for (const [type, words] of Object.entries(cases)) assert.equal(artifactWords(type), words, type)
})

test('letters of types and marks of changes', () => {
  const types = [
    'file',
    'directory',
    'symlink',
    'hardlink',
    'character-device',
    'block-device',
    'fifo',
    'whiteout',
    'opaque',
  ] as const
  assert.equal(types.map(type => modeText(type, 0)[0]).join(''), '-dlhcbpwo')
  assert.deepEqual(MARKS, { added: '+', modified: '~', removed: '-', unchanged: ' ' })
  assert.deepEqual(CHANGE_ROLES, { added: 'added', modified: 'modified', removed: 'removed', unchanged: 'plain' })
  assert.equal(oneLine(' a\n b\tc\u001b '), 'a b c\\e')
})

test('each property of two versions that differs is named', () => {
  const node = {
    type: 'file',
    sha256: 'a',
    size: 1,
    target: undefined,
    mode: 0o644,
    uid: 0,
    gid: 0,
    device: undefined,
    mtime: undefined,
    xattrs: [],
  }
  const words = (before: object, after: object) =>
    differencesOf({ ...node, ...before } as unknown as TreeNode, { ...node, ...after } as unknown as TreeNode)
  const time = { seconds: 1, nanoseconds: 2 }
  const cases: readonly (readonly [before: object, after: object, words: readonly string[]])[] = [
    [{}, {}, []],
    [{ type: 'directory' }, {}, ['was directory']],
    [{}, { sha256: 'b' }, ['content']],
    [{}, { size: 2 }, ['content']],
    [{}, { target: 'x' }, ['target']],
    [{}, { mode: 0o600 }, ['mode']],
    [{}, { uid: 1 }, ['owner']],
    [{}, { gid: 1 }, ['owner']],
    [{ device: [1, 2] }, { device: [1, 3] }, ['device']],
    [{ device: [1, 2] }, { device: [1, 2] }, []],
    [{ mtime: time }, {}, ['time']],
    [{ mtime: time }, { mtime: { ...time } }, []],
    [{ mtime: time }, { mtime: { ...time, seconds: 2 } }, ['time']],
    [{ mtime: time }, { mtime: { ...time, nanoseconds: 3 } }, ['time']],
    [{}, { xattrs: [['user.x', Buffer.from('x')]] }, ['xattrs']],
    [
      {},
      { sha256: 'b', target: 'x', mode: 1, uid: 1, device: [1, 1], mtime: time },
      ['content', 'target', 'mode', 'owner', 'device', 'time'],
    ],
  ]
  for (const [before, after, expected] of cases) assert.deepEqual(words(before, after), expected)
})

describe('the pace of work', () => {
  test('is told after a second, over the last five, and begins again where the work does', () => {
    const pace = [0, 999, 1000].map((at, index) => ({ at, done: index * 500 }))
    assert.equal(rateOf(NO_PACE), undefined)
    assert.equal(rateOf(pace.slice(0, 2)), undefined)
    assert.equal(rateOf(pace), 1000)
    assert.deepEqual(paceWords(pace, 3500), ['1.00 kB/s', '4 s left'])
    assert.deepEqual([secondsLeft(pace, 0), secondsLeft(pace, -5), secondsLeft(NO_PACE, 5)], [0, 0, undefined])
    const still = [
      { at: 0, done: 5 },
      { at: 2000, done: 5 },
    ]
    assert.deepEqual([rateOf(still), secondsLeft(still, 5), paceWords(still, 5)], [0, undefined, ['0 B/s']])
    assert.deepEqual(withMoment(pace, 1100, 999), [{ at: 1100, done: 999 }])
    assert.equal(withMoment(pace, 1100, 1000).at(-1)?.done, 1000)
  })

  test('moments closer than a quarter of a second are one, and those before the last five seconds go', () => {
    const at = (...moments: readonly number[]) =>
      moments.reduce((pace, moment) => withMoment(pace, moment, moment), NO_PACE).map(each => each.at)
    assert.deepEqual(at(0, 249, 300), [0, 300])
    assert.deepEqual(at(0, 250, 300), [0, 250, 300])
    assert.deepEqual(at(0, 1000, 5000), [0, 1000, 5000])
    assert.deepEqual(at(0, 1000, 5999), [0, 1000, 5999])
    assert.deepEqual(at(0, 1000, 6000), [1000, 6000])
  })

  test('one unit is enough for waiting', () => {
    const cases = [
      [0.2, '1 s'],
      [8, '8 s'],
      [99.5, '100 s'],
      [100, '2 min'],
      [5999, '100 min'],
      [6000, '2 h'],
      [7201, '3 h'],
    ] as const
    for (const [seconds, text] of cases) assert.equal(formatSeconds(seconds), text)
  })
})
