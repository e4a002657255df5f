import type { TestContext } from 'node:test'
import { openPlaces } from '../../../src/serve/open-places.ts'
import { startRegistryServer } from '../../../src/serve/registry-server.ts'
import { openWritablePlaces } from '../../../src/serve/writable-places.ts'
import { asking } from '../../../src/session/asking.ts'
import { RegistryApi } from './registry-api.ts'

/** Serves a directory in this process, for pushes unless told otherwise, until the test ends. */
export async function serveDirectory(
  context: Pick<TestContext, 'after'>,
  directory: string,
  { allowDelete = true, writable = true }: { readonly allowDelete?: boolean; readonly writable?: boolean } = {},
): Promise<RegistryApi> {
  const places = await (writable ? openWritablePlaces : openPlaces)([directory], asking({ cache: false }))
  const server = await startRegistryServer(places.repositories, { address: { host: '127.0.0.1', port: 0 }, allowDelete })
  context.after(async () => {
    await server.close()
    await places.close()
  })
  return new RegistryApi(server.origin)
}
