import { Closing } from '../../closing.ts'
import { ImageError } from '../../error.ts'
import type { ListenAddress } from '../../serve/listen-address.ts'
import { openPlaces } from '../../serve/open-places.ts'
import { type RegistryServer, type ServerOptions, startRegistryServer } from '../../serve/registry-server.ts'
import type { Asking } from '../../session/asking.ts'
import type { World } from '../../state/perform/world.ts'
import { pullCommands, servedNames } from '../print/serve-text.ts'

const USUAL: ListenAddress = { host: '127.0.0.1', port: 5000 }

/** Serves a place for the interface: on loopback, read-only, at docker-registry's port or another that is free. As `World.serve`. */
export async function servePlace(
  asking: Asking,
  reference: string,
  onRequest: NonNullable<ServerOptions['onRequest']>,
): ReturnType<World['serve']> {
  await using opening = new Closing()
  const { repositories, diagnostics } = opening.use(await openPlaces([reference], asking))
  const server = opening.use(await startSomewhere(repositories, onRequest))
  const { names, example } = await servedNames(repositories, asking.signal)
  const serving = opening.handOver()
  return {
    origin: server.origin,
    names,
    pulls: example === undefined ? [] : pullCommands(server.origin, example),
    warnings: diagnostics.filter(({ severity }) => severity !== 'info').map(({ message }) => message),
    close: () => serving[Symbol.asyncDispose](),
  }
}

async function startSomewhere(
  repositories: Parameters<typeof startRegistryServer>[0],
  onRequest: NonNullable<ServerOptions['onRequest']>,
): Promise<RegistryServer> {
  try {
    return await startRegistryServer(repositories, { address: USUAL, onRequest })
  } catch (thrown) {
    if (!(thrown instanceof ImageError) || thrown.code !== 'SERVE_ADDRESS_REFUSED') throw thrown
    return startRegistryServer(repositories, { address: { ...USUAL, port: 0 }, onRequest })
  }
}
