import { readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import { ImageError, reasonOf } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { readNamedText } from '../text/pipe.ts'
import { candidateOrigins } from './endpoint.ts'
import type { Environment, RegistryOptions } from './registry-options.ts'

/** The TLS settings for one host; empty where nothing is configured. */
export type Certificates = { readonly ca?: readonly string[]; readonly cert?: string; readonly key?: string }

/**
 * The certificates configured for `host[:port]`: the first certs.d directory that exists wins (containers/image
 * dockerCertDir), `*.crt` are authorities, `*.cert` and `*.key` the client's pair; `--cacert` comes on top. The authorities of
 * `registry`, which is the host as it was typed, count for the hosts it leads to as well, as in docker and skopeo: a token
 * service beside it has its certificate from the same authority. A client pair is shown to the registry alone: not to hosts
 * it leads to, though a pair of theirs be configured.
 * @throws ImageError `CERTIFICATE_UNREADABLE`
 */
export async function certificatesFor(host: string, registry: string, options: RegistryOptions): Promise<Certificates> {
  const extra = options.caFile === undefined ? [] : [await readPem(options.caFile)]
  const own = candidateOrigins(registry, true).some(origin => origin.host === host)
  const known = await configuredFor(registry, options)
  const found = (own ? known : undefined) ?? (await configuredFor(host, options)) ?? {}
  const { ca: authorities = [], ...pair } = found
  // The system's authorities join Node's own (NODE_EXTRA_CA_CERTS included) as they do in every Go client: a company's is usually there.
  const usual = [...getCACertificates('default'), ...getCACertificates('system')]
  return { ...(own && pair), ca: [...new Set([...usual, ...extra, ...authorities, ...(known?.ca ?? [])])] }
}

/**
 * The certificates of `certificatesFor` in the form that all TLS connections to a host share: reading some hundred authorities takes as
 * long as a handshake.
 * @throws ImageError `CERTIFICATE_UNREADABLE`, and Node's own errors for a pair that does not fit together
 */
export async function tlsContextFor(host: string, registry: string, options: RegistryOptions): Promise<SecureContext> {
  const { ca, ...pair } = await certificatesFor(host, registry, options)
  return createSecureContext({ ...pair, ...(ca !== undefined && { ca: [...ca] }) })
}

async function configuredFor(
  host: string,
  { certificateDirectories, environment = process.env }: RegistryOptions,
): Promise<Certificates | undefined> {
  const usual = [join(configHome(environment), 'containers/certs.d'), '/etc/containers/certs.d', '/etc/docker/certs.d']
  for (const directory of certificateDirectories ?? usual) {
    const found = await readDirectory(join(directory, host))
    if (found !== undefined) return found
  }
  return undefined
}

function configHome(environment: Environment): string {
  const chosen = environment['XDG_CONFIG_HOME']
  return chosen === undefined || chosen === '' ? join(environment['HOME'] ?? homedir(), '.config') : chosen
}

async function readDirectory(directory: string): Promise<Certificates | undefined> {
  const names = await readdir(directory).catch(() => undefined)
  if (names === undefined) return undefined
  const ca = await Promise.all(names.filter(name => name.endsWith('.crt')).map(name => readPem(join(directory, name))))
  const certName = names.filter(name => name.endsWith('.cert')).sort()[0]
  if (certName === undefined) return { ca }
  const keyName = `${certName.slice(0, -'.cert'.length)}.key`
  if (!names.includes(keyName)) throw unreadable(join(directory, keyName), 'the client certificate beside it needs it')
  return { ca, cert: await readPem(join(directory, certName)), key: await readPem(join(directory, keyName)) }
}

async function readPem(file: string): Promise<string> {
  const text = await readNamedText(file).catch(error => {
    throw unreadable(file, reasonOf(error))
  })
  if (!text.includes('-----BEGIN ')) throw unreadable(file, 'it holds no PEM block')
  return text
}

function unreadable(file: string, why: string): ImageError {
  return new ImageError('CERTIFICATE_UNREADABLE', `Cannot use the certificates in ${escapeText(file)}: ${escapeText(why)}`, {
    hint: 'Certificates are PEM files: *.crt for authorities, NAME.cert and NAME.key for a client.',
  })
}
