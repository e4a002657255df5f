import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import type { Environment } from '../http/registry-options.ts'

/** Where a container engine answers HTTP: a socket of this machine or, where somebody chose so, a host. */
export type EngineAddress = { readonly shown: string } & ({ readonly socketPath: string } | { readonly origin: string })

/**
 * The engines of this machine, best first: what DOCKER_HOST or CONTAINER_HOST names and nothing else, else the sockets
 * that are there, docker's before podman's, root's before the user's own.
 * @throws ImageError `ENGINE_UNSUPPORTED`
 */
export function engineAddresses(environment: Environment, exists = existsSync): readonly EngineAddress[] {
  const chosen = environment['DOCKER_HOST'] || environment['CONTAINER_HOST']
  if (chosen !== undefined && chosen !== '') return [parseHost(chosen)]
  const home = environment['HOME'] ?? homedir()
  const runtime = environment['XDG_RUNTIME_DIR'] || `/run/user/${process.getuid?.() ?? 0}`
  const sockets = [
    '/var/run/docker.sock',
    join(runtime, 'docker.sock'),
    join(home, '.docker/run/docker.sock'),
    join(home, '.docker/desktop/docker.sock'),
    '/run/podman/podman.sock',
    join(runtime, 'podman/podman.sock'),
  ]
  return sockets.filter(path => exists(path)).map(socketPath => ({ socketPath, shown: socketPath }))
}

function parseHost(text: string): EngineAddress {
  const shown = escapeText(text)
  if (text.startsWith('unix://')) return { socketPath: text.slice('unix://'.length), shown }
  const origin = text.replace(/^tcp:\/\//, 'http://')
  if (/^http:\/\//.test(origin) && URL.canParse(origin)) return { origin: new URL(origin).origin, shown }
  throw new ImageError(
    'ENGINE_UNSUPPORTED',
    `Cannot reach the engine at "${shown}": only unix:// and tcp:// addresses are understood`,
    {
      hint: 'Save the image there (docker save) and open the archive, or set DOCKER_HOST to a socket.',
    },
  )
}
