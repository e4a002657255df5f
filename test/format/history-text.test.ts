import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandText } from '../../src/format/history-text.ts'

test('ports read as they are written in a Dockerfile', () => {
  for (const [createdBy, shown] of [
    ['EXPOSE map[8080/tcp:{}]', 'EXPOSE 8080/tcp'],
    ['/bin/sh -c #(nop)  EXPOSE map[443/tcp:{} 80/tcp:{}]', 'EXPOSE 443/tcp 80/tcp'],
    ['EXPOSE [80/tcp]', 'EXPOSE 80/tcp'],
    ['RUN echo map[a:{}]', 'RUN echo map[a:{}]'],
  ] as const)
    assert.equal(commandText({ createdBy } as Parameters<typeof commandText>[0]), shown)
})
