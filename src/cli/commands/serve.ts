import { setFlagsFromString } from 'node:v8'
import type { Command } from 'commander'
import { Closing } from '../../closing.ts'
import { ImageError, reasonOf } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { parseListenAddress, staysOnMachine } from '../../serve/listen-address.ts'
import { openPlaces, type ServedPlaces } from '../../serve/open-places.ts'
import type { ProxyPlaces } from '../../serve/proxy/open-proxy.ts'
import { startRegistryServer } from '../../serve/registry-server.ts'
import { openWritablePlaces } from '../../serve/writable-places.ts'
import { quotePath } from '../../transport/local-file.ts'
import { readNamedText } from '../../transport/text/pipe.ts'
import { cacheLine, requestLine, servingLines } from '../print/serve-text.ts'
import type { Context } from '../run/context.ts'
import { readSize } from '../run/options.ts'
import { typed, type ValuesOf } from '../run/typed-command.ts'
import { UsageError } from '../run/usage-error.ts'

export function define(command: Command, context: Context): void {
  options(command).action((paths, values) => serve(paths, values, context))
}

function options(command: Command) {
  return typed(command)
    .argument('[path...]', 'layouts, archives, images of them (PATH:TAG), directories of layouts')
    .option('--listen <address>', 'HOST:PORT; port 0 takes one that is free (127.0.0.1:5000)')
    .option('--name <repository>', "the repository for tags; a path's own name otherwise")
    .option('--writable', 'take pushes: into layouts, and into new ones below other directories')
    .option('--allow-delete', 'with --writable: delete tags, manifests and blobs too')
    .option('--proxy <registry>', 'answer for this registry too, and keep the blobs it sends')
    .option('--proxy-cache <directory>', 'the directory for those blobs; peel’s own cache when left out')
    .option('--proxy-limit <size>', 'the most bytes of it to keep, such as 20G; the least recently used go first (4G)', readSize)
    .option('--expose', 'listen beyond this machine: needs a user, a password and TLS')
    .option('--tls-cert <file>', 'serve https with this certificate, PEM')
    .option('--tls-key <file>', 'the key of the certificate, PEM')
    .addHelpText('after', `\n${HELP}`)
}

type Values = ValuesOf<typeof options>

const HELP = [
  'Answers the registry API of the OCI distribution specification for what lies on this machine.',
  'Nothing is copied or unpacked: blobs are read where they lie.',
  'Without --writable pushes and deletes are refused.',
  'With PEEL_SERVE_USER and PEEL_SERVE_PASSWORD set, clients must log in.',
  'With --proxy blobs come from the registry once and are checked; its mirrors in registries.conf are asked first, and your credentials for it are used.',
  'Blobs that clients pull together again and again are fetched ahead; the end says how much came from the cache.',
].join(' ')

async function serve(paths: readonly string[], values: Values, context: Context): Promise<void> {
  staySmall()
  const address = parseListenAddress(values.listen)
  const login = loginOf(process.env)
  const tls = await readTls(values.tlsCert, values.tlsKey)
  if (!staysOnMachine(address)) {
    if (values.expose !== true)
      throw refused(address.host, 'it is not loopback: others could pull these images', 'Add --expose if that is meant.')
    if (login === undefined)
      throw refused(address.host, 'it needs a login', 'Set PEEL_SERVE_USER and PEEL_SERVE_PASSWORD for it.')
    if (tls === undefined && !context.common().insecure)
      throw refused(address.host, 'passwords would travel in the clear', 'Name --tls-cert and --tls-key, or say --insecure.')
  }
  const writable = values.writable === true
  await using places = await openServed(paths, values, context)
  await context.warn(places.diagnostics)
  const { quiet } = context.common()
  const { counts } = places
  await using _counts = {
    [Symbol.asyncDispose]: async () => {
      if (counts !== undefined && !quiet) await context.error.write(cacheLine(counts()))
    },
  }
  await using server = await startRegistryServer(places.repositories, {
    address,
    login,
    tls,
    allowDelete: values.allowDelete === true,
    onRequest: request => {
      places.note?.(request)
      if (!quiet) void context.error.write(requestLine(request))
    },
  })
  await context.output.writeLines(
    await servingLines({ origin: server.origin, repositories: places.repositories, writable, signal: context.signal }),
  )
  await interrupted(context.signal)
}

/**
 * A server waits for hours and copies bytes that no JavaScript looks at: the optimizing compilers, which are 6 MB of the program's text once
 * they have run, and a larger young generation would be of no use to it.
 */
function staySmall(): void {
  for (const flag of ['--no-opt', '--no-maglev', '--max-semi-space-size=1']) setFlagsFromString(flag)
}

/** @throws UsageError for options that do not go together */
async function openServed(paths: readonly string[], values: Values, context: Context): Promise<Served> {
  const [writable, proxy] = [values.writable === true, values.proxy]
  const refuse = (what: string) => new UsageError('USAGE', `Cannot serve ${what}`)
  if (values.allowDelete === true && !writable) throw refuse('with --allow-delete alone: it belongs to --writable')
  if (proxy === undefined && paths.length === 0) throw refuse('nothing: name a layout, an archive or --proxy REGISTRY')
  if (proxy !== undefined && writable) throw refuse('with --proxy and --writable: pushes go to the registry itself')
  const name = values.name
  if (proxy === undefined) return (writable ? openWritablePlaces : openPlaces)(paths, context.asking(), name)
  const { openProxy } = await import('../../serve/proxy/open-proxy.ts')
  await using opening = new Closing()
  const local = paths.length === 0 ? undefined : opening.use(await openPlaces(paths, context.asking(), name))
  const options = { host: proxy, directory: values.proxyCache, limit: values.proxyLimit }
  const served = openProxy(options, context.asking(), local)
  opening.handOver()
  return served
}

type Served = ServedPlaces & Partial<Pick<ProxyPlaces, 'note' | 'counts'>>

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
    readNamedText(path).catch(thrown => {
      throw new ImageError('CERTIFICATE_UNREADABLE', { action: `read ${quotePath(path)}`, why: escapeText(reasonOf(thrown)) })
    })
  return { cert: await read(cert), key: await read(key) }
}

function refused(host: string, why: string, hint: string): UsageError {
  return new UsageError('USAGE', { action: `listen at ${escapeText(host)}`, why }, { hint })
}
