import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { parseDestination } from '../../../src/image/location.ts'
import { copyImage } from '../../../src/session/write/copy-image.ts'
import { openSink } from '../../../src/transport/sink.ts'
import { type ImageFixture, memorySource } from '../image/image-fixture.ts'
import { scratch } from '../image/local-image.ts'

export type FakeEngine = {
  readonly socket: string
  readonly environment: Record<string, string>
  /** Archives that were sent to it. */
  readonly loaded: readonly Buffer[]
  /** `METHOD path` of every request so far. */
  readonly asked: readonly string[]
}

const IMAGES = [
  { Id: 'sha256:aa', RepoTags: ['app:1'], Size: 9_000_000, Created: 1_704_164_645 },
  { Id: `sha256:${'c'.repeat(64)}`, RepoTags: ['<none>:<none>'], Size: 5, Created: 0 },
]

/** Its description of app:1, beside the documents. */
const INSPECTED = {
  Config: {
    Entrypoint: ['/usr/bin/redis-server'],
    Cmd: null,
    ExposedPorts: { '6379/tcp': {} },
    Labels: { 'org.opencontainers.image.title': 'Held \u001b[31m' },
  },
}

export type FakeEngineOptions = {
  /** As the engine gives it with every answer, `1.48`. */
  readonly apiVersion?: string
  /** Bodies of answers by their whole address, before those that every such engine gives. */
  readonly answers?: Readonly<Record<string, string | Buffer>>
}

/** An engine that answers as docker does, on a socket of its own. `saved` is the archive of the one image it has, app:1. */
export async function fakeEngine(
  context: TestContext,
  saved?: string,
  { apiVersion, answers = {} }: FakeEngineOptions = {},
): Promise<FakeEngine> {
  const loaded: Buffer[] = []
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      if (apiVersion !== undefined) response.setHeader('api-version', apiVersion)
      const answer = answers[request.url ?? '']
      if (answer !== undefined) return response.end(answer)
      if (request.url === '/_ping') return response.end('OK')
      if (request.url === '/images/json') return response.end(JSON.stringify(IMAGES))
      if (request.url === '/images/app:1/json' && saved !== undefined) return response.end(JSON.stringify(INSPECTED))
      if (request.url === '/images/app:1/get' && saved !== undefined) return response.end(readFileSync(saved))
      if (request.url?.startsWith('/images/load') === true) {
        loaded.push(Buffer.concat(chunks))
        return response.end('{"stream":"Loaded image: app:1"}\n')
      }
      response.writeHead(404)
      return response.end('{"message":"No such image: \\u001b[31m"}')
    })
  })
  const socket = join(scratch(context), 'engine.sock')
  await new Promise<void>(resolve => server.listen(socket, resolve))
  context.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { socket, environment: { DOCKER_HOST: `unix://${socket}` }, loaded, asked }
}

/** The image as app:1 in an archive that docker would save. */
export async function savedImage(context: TestContext, image: ImageFixture): Promise<string> {
  const { signal } = new AbortController()
  const file = join(scratch(context), 'app.tar')
  const sink = await openSink(parseDestination(`docker-archive:${file}:app:1`, existsSync))
  await copyImage(memorySource(image), image.descriptor, sink, 'app:1', { signal })
  await sink.abort()
  return file
}
