import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { ImageError } from '../../../src/error.ts'
import { RegistryClient } from '../../../src/transport/registry/client.ts'
import { RegistrySink } from '../../../src/transport/registry/registry-sink.ts'
import { RegistrySource } from '../../../src/transport/registry/registry-source.ts'
import { listRepositories, listTags } from '../../../src/transport/registry/tags.ts'
import { imageFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { QUICK } from '../../kit/registry/registry-sinks.ts'
import { TestRegistry } from '../../kit/registry/test-registry.ts'

const image = imageFixture([layerFixture({ a: 'a' })])
const config = JSON.parse(image.blobs.get(image.descriptor.digest)?.toString() ?? '{}').config

async function serve(context: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  context.after(() => server.close().closeAllConnections())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The first questions that commands ask a server. */
const ASKED: Readonly<Record<string, (host: string) => Promise<unknown>>> = {
  'an image by its tag': host => used(new RegistrySource({ host, path: 'team/app', tag: '1' }, QUICK), each => each.roots()),
  'an image by its digest': host =>
    used(new RegistrySource({ host, path: 'team/app', digest: image.descriptor.digest }, QUICK), each => each.roots()),
  tags: host =>
    used(new RegistryClient({ host, path: 'team/app' }, QUICK), each => all(listTags(each, { host, path: 'team/app' }))),
  repositories: host => used(new RegistryClient({ host, path: '' }, QUICK), each => all(listRepositories(each))),
  'whether a blob is there': host => used(new RegistrySink({ host, path: 'team/app' }, QUICK), each => each.has(config)),
  'whether a tag is free': host =>
    used(
      new RegistrySink(
        { host, path: 'team/app' },
        { ...QUICK, refuseTaken: () => new ImageError('DESTINATION_EXISTS', 'Cannot push: the tag is taken') },
      ),
      each => each.commit(image.descriptor, '1'),
    ),
  'whether a forced tag is the same': host =>
    used(new RegistrySink({ host, path: 'team/app' }, QUICK), each => each.commit(image.descriptor, '1')),
}

async function used<T extends AsyncDisposable | { close(): Promise<void> }>(subject: T, use: (subject: T) => Promise<unknown>) {
  try {
    return await use(subject)
  } finally {
    await ('close' in subject ? subject.close() : subject[Symbol.asyncDispose]())
  }
}

async function all(pages: AsyncIterable<readonly string[]>): Promise<string[]> {
  const names: string[] = []
  for await (const page of pages) names.push(...page)
  return names
}

const SERVERS: Readonly<Record<string, RequestListener>> = {
  'a web page': (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>log in</html>'),
  'a JSON document': (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}'),
  'JSON that is no object': (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('"ok"'),
  'an empty object': (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
  nothing: (_, response) => response.writeHead(200).end(),
  'as much as was asked for': (request, response) =>
    request.method === 'HEAD' ? response.writeHead(200, { 'content-length': config.size }).end() : response.end('a page'),
  'a redirect to a login page': (request, response) =>
    request.url === '/login' ? response.end('<html>') : response.writeHead(302, { location: '/login' }).end(),
}

for (const [name, listener] of Object.entries(SERVERS)) {
  test(`a server that answers everything with ${name} is told to be no registry, whatever is asked`, async context => {
    const host = await serve(context, listener)
    for (const [asked, ask] of Object.entries(ASKED)) {
      await assert.rejects(
        ask(host),
        (error: unknown) => {
          assert.ok(error instanceof ImageError, `${asked}: ${error}`)
          assert.equal(error.code, 'NOT_A_REGISTRY', `${asked}: ${error.message}`)
          return error.message.includes(`${host} is no registry, it answers 200 whatever it is asked for`)
        },
        asked,
      )
    }
  })
}

test('a registry that names no digests is asked once for one that nothing has, and is one', async context => {
  const registry = await TestRegistry.start({ withoutHeadDigest: true })
  context.after(() => registry.close())
  registry.store.add('team/app', '1', image)
  for (const [asked, ask] of Object.entries(ASKED)) if (asked !== 'whether a tag is free') await ask(registry.host)
  await assert.rejects(ASKED['whether a tag is free']?.(registry.host) ?? Promise.resolve(), { code: 'DESTINATION_EXISTS' })
})
