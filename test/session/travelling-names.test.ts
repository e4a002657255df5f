import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ImageNode } from '../../src/image/list.ts'
import { parseDestination, parseLocation } from '../../src/image/location.ts'
import type { Session } from '../../src/session/session.ts'
import { namesAt } from '../../src/session/write/open-goal.ts'

const nothing = () => false

test('the names of an image travel with it, a tag alone besides full names too; the tag of a full name is no name of its own', () => {
  const at = (destination: string, ...names: readonly string[]) =>
    namesAt(
      parseDestination(destination, nothing),
      { names } as unknown as ImageNode,
      {
        place: parseLocation('oci:in', nothing),
      } as unknown as Session,
    )
  assert.deepEqual(at('oci:out', '1', 'reg.io/app:2'), ['reg.io/app:2', '1'])
  assert.deepEqual(at('oci:out', '2', 'docker.io/library/app:2'), ['app:2'])
  assert.deepEqual(at('oci:out', '1', 'stable'), ['1', 'stable'])
  assert.deepEqual(at('docker-archive:out.tar', '1', 'reg.io/app:2'), ['reg.io/app:2'])
  assert.deepEqual(at('oci:out:3', '1', 'reg.io/app:2'), ['3'])
})
