import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { escapeText } from '../../escape.ts'
import { parseListenAddress, staysOnMachine } from '../../serve/listen-address.ts'
import { openPlaces } from '../../serve/open-places.ts'
import { startRegistryServer } from '../../serve/registry-server.ts'
import { openWritablePlaces } from '../../serve/writable-places.ts'
import { quotePath, systemError } from '../../transport/local-file.ts'
import { requestLine, servingLines } from '../print/serve-text.ts'
import type { Context } from '../run/context.ts'
import { flag, textOption, type Values } from '../run/options.ts'
import { UsageError } from '../run/usage-error.ts'

export function define(command: Command, context: Context): void {
  command
    .argument('<path...>', 'layouts, archives, images of them (PATH:TAG), directories of layouts')
    .option('--listen <address>', 'HOST:PORT; port 0 takes one that is free (127.0.0.1:5000)')
    .option('--name <repository>', "the repository for tags; a path's own name otherwise")
    .option('--writable', 'take pushes: into layouts, and into new ones below other directories')
    .option('--allow-delete', 'with --writable: delete tags, manifests and blobs too')
    .option('--expose', 'listen beyond this machine: needs a user, a password and TLS')
    .option('--tls-cert <file>', 'serve https with this certificate, PEM')
    .option('--tls-key <file>', 'the key of the certificate, PEM')
    .addHelpText('after', HELP)
    .action((paths: string[], values: Values) => serve(paths, values, context))
}

const HELP = `
Answers the registry API of the OCI distribution specification for what lies on this machine. Nothing is copied or unpacked: blobs are
read where they lie. Without --writable pushes and deletes are refused. With PEEL_SERVE_USER and PEEL_SERVE_PASSWORD set, clients must log in.`

async function serve(paths: readonly string[], values: Values, context: Context): Promise<void> {
  const address = parseListenAddress(textOption(values, 'listen'))
  const login = loginOf(process.env)
  const tls = await readTls(textOption(values, 'tlsCert'), textOption(values, 'tlsKey'))
  if (!staysOnMachine(address)) {
    if (!flag(values, 'expose'))
      throw refused(address.host, 'it is not loopback: others could pull these images', 'Add --expose if that is meant.')
    if (login === undefined)
      throw refused(address.host, 'it needs a login', 'Set PEEL_SERVE_USER and PEEL_SERVE_PASSWORD for it.')
    if (tls === undefined && !context.common().insecure)
      throw refused(address.host, 'passwords would travel in the clear', 'Name --tls-cert and --tls-key, or say --insecure.')
  }
  const [writable, allowDelete] = [flag(values, 'writable'), flag(values, 'allowDelete')]
  if (allowDelete && !writable) throw new UsageError('USAGE', 'Cannot serve with --allow-delete alone: it belongs to --writable')
  const places = await (writable ? openWritablePlaces : openPlaces)(paths, context.asking(), textOption(values, 'name'))
  try {
    await context.warn(places.diagnostics)
    const { quiet } = context.common()
    const server = await startRegistryServer(places.repositories, {
      address,
      login,
      tls,
      allowDelete,
      ...(!quiet && { onRequest: request => void context.error.write(requestLine(request)) }),
    })
    try {
      await context.output.writeLines(
        await servingLines({ origin: server.origin, repositories: places.repositories, writable, signal: context.signal }),
      )
      await interrupted(context.signal)
    } finally {
      await server.close()
    }
  } finally {
    await places.close()
  }
}

/** Ends when a signal asks for it, as an error, so that the status says which. */
function interrupted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

function loginOf(environment: NodeJS.ProcessEnv): { user: string; password: string } | undefined {
  const [user, password] = [environment['PEEL_SERVE_USER'] ?? '', environment['PEEL_SERVE_PASSWORD'] ?? '']
  return user === '' || password === '' ? undefined : { user, password }
}

async function readTls(cert: string | undefined, key: string | undefined) {
  if (cert === undefined && key === undefined) return undefined
  if (cert === undefined || key === undefined)
    throw new UsageError('USAGE', 'Cannot serve https: --tls-cert and --tls-key are needed both')
  const read = (path: string) =>
    readFile(path).catch(thrown => {
      throw systemError(thrown, `read ${quotePath(path)}`)
    })
  return { cert: await read(cert), key: await read(key) }
}

function refused(host: string, why: string, hint: string): UsageError {
  return new UsageError('USAGE', { action: `listen at ${escapeText(host)}`, why }, { hint })
}
