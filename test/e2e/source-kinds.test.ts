import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { artifactFixture, TITLE } from '../kit/image/artifact-fixture.ts'
import { writeLayout } from '../kit/image/image-fixture.ts'
import { shownImage, shownLayout } from '../kit/image/shown-image.ts'
import { peel } from '../kit/program/peel-command.ts'
import { checkSaid, contentsOfArchive, placeContents, repositoryContents } from '../kit/registry/place-contents.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'

const shown = shownLayout({ latest: shownImage() })
const home = mkdtempSync(join(tmpdir(), 'peel-sources-'))
const at = (name: string) => join(home, name)
const artifact = artifactFixture([{ type: 'text/plain', bytes: 'hello', annotations: { [TITLE]: 'hello.txt' } }], {
  artifactType: 'application/vnd.example.greeting',
})
/** Every kind of place that an image is read from, as it is typed; each holds the image of the first. */
const SOURCES = [`oci:${at('layout')}:v1`, at('image.tar'), at('image.tar.gz'), at('image.tar.zst'), `dir:${at('dir')}`] as const
let registry: TestRegistry

before(async () => {
  registry = await TestRegistry.start()
  for (const typed of [...SOURCES, `docker-archive:${at('docker.tar')}:app:1`, `${registry.host}/team/app:1`])
    assert.equal((await peel(['copy', join(shown.directory, 'weather'), typed, '--insecure'])).status, 0, typed)
  writeLayout(at('artifact'), { v1: artifact })
})
after(async () => {
  await registry.close()
  shown.remove()
  rmSync(home, { recursive: true, force: true })
})

async function said(...args: readonly string[]) {
  const { status, stdout, stderr, bytes } = await peel([...args, '--json', '--insecure'])
  assert.equal(status, 0, `${args.join(' ')}: ${stderr}`)
  return { stdout, stderr, bytes }
}

describe('what is said of a result is there, whatever kind of place the image comes from', () => {
  test('the same image from places that keep its bytes gives the same result', async () => {
    const results = new Set<string>()
    for (const [index, source] of [...SOURCES, `${registry.host}/team/app:1`].entries()) {
      const [squashed, copied] = [at(`squashed-${index}`), at(`copied-${index}.tar`)]
      const written = JSON.parse((await said('squash', source, `dir:${squashed}`, '--layers', '2..3')).stdout)
      checkSaid(written, placeContents(squashed))
      results.add(written.result.digest)
      checkSaid(JSON.parse((await said('copy', source, copied)).stdout), placeContents(copied))
    }
    assert.equal(results.size, 1)
  })

  test('an image that docker saved', async () => {
    for (const [command, typed, path] of [
      ['copy', `dir:${at('from-docker')}`, at('from-docker')],
      ['squash', at('from-docker.tar.gz'), at('from-docker.tar.gz')],
      ['copy', `oci-archive:${at('from-docker.tar')}`, at('from-docker.tar')],
    ] as const)
      checkSaid(JSON.parse((await said(command, at('docker.tar'), typed)).stdout), placeContents(path))
  })

  test('an archive that is streamed, and what is said beside it', async () => {
    for (const typed of ['-', 'oci-archive:-', 'docker-archive:-']) {
      const { bytes, stderr } = await said('squash', SOURCES[0], typed)
      checkSaid(JSON.parse(stderr.slice(stderr.indexOf('{'), stderr.lastIndexOf('}') + 1)), contentsOfArchive(bytes))
    }
  })

  test('an artifact is copied to every place that has room for one', async () => {
    const source = `oci:${at('artifact')}:v1`
    for (const [typed, contents] of [
      [`oci:${at('artifact-copy')}:v1`, () => placeContents(at('artifact-copy'))],
      [at('artifact.tar'), () => placeContents(at('artifact.tar'))],
      [`dir:${at('artifact-dir')}`, () => placeContents(at('artifact-dir'))],
      [`${registry.host}/team/greeting:1`, () => repositoryContents(registry, 'team/greeting')],
    ] as const) {
      checkSaid(JSON.parse((await said('copy', source, typed)).stdout), contents())
      assert.equal((await peel(['cat', typed, 'hello.txt', '--insecure'])).stdout, 'hello', typed)
    }
    const refused = await peel(['copy', source, `docker-archive:${at('artifact-docker.tar')}`])
    assert.equal(refused.status, 3)
  })
})
