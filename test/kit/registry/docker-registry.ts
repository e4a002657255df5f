import { type ChildProcess, spawn } from 'node:child_process'
import { createPrivateKey, createSign, randomUUID, X509Certificate } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { run } from '../peer.ts'
import { startTokenService, type TokenGrant, type TokenService } from './token-service.ts'

export type RegistryKind = 'plain' | 'basic' | 'tls' | 'mtls' | 'token'

/** Debian's docker-registry on a free port of this machine, with all it needs in one temporary directory. */
export type DockerRegistry = {
  readonly kind: RegistryKind
  readonly host: string
  readonly directory: string
  /** Credentials user:pass for it, as docker and containers read them. */
  readonly authFile: string
  /** A directory with `HOST/{ca.crt,client.cert,client.key}`. */
  readonly certificates: string
  readonly caFile: string
  readonly tokens: TokenService | undefined
  close(): Promise<void>
}

const START_ATTEMPTS = 5
const START_MILLISECONDS = 60_000

/** Programs that `startDockerRegistry` runs. */
export const REGISTRY_PROGRAMS = ['docker-registry', 'openssl', 'htpasswd']

export async function startDockerRegistry(kind: RegistryKind): Promise<DockerRegistry> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnPort(kind, await freePort())
    } catch (thrown) {
      // Another process may have taken the port meanwhile.
      if (attempt === START_ATTEMPTS) throw thrown
    }
  }
}

async function startOnPort(kind: RegistryKind, port: number): Promise<DockerRegistry> {
  const directory = mkdtempSync(join(tmpdir(), 'peel-docker-registry-'))
  const host = `127.0.0.1:${port}`
  if (kind === 'tls' || kind === 'mtls') makeCertificates(directory, host)
  if (kind === 'basic') writeFileSync(join(directory, 'htpasswd'), run('htpasswd', ['-Bbn', 'user', 'pass']))
  const tokens = kind === 'token' ? await signingTokenService(directory) : undefined
  writeFileSync(join(directory, 'config.yml'), configOf(kind, host, directory, tokens))
  const authFile = join(directory, 'auth.json')
  writeFileSync(authFile, JSON.stringify({ auths: { [host]: { auth: Buffer.from('user:pass').toString('base64') } } }))
  const child = spawn('docker-registry', ['serve', 'config.yml'], {
    cwd: directory,
    stdio: 'ignore',
    env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' },
  })
  await listening(child, host)
  return {
    kind,
    host,
    directory,
    authFile,
    certificates: join(directory, 'certs'),
    caFile: join(directory, 'ca.crt'),
    tokens,
    async close() {
      child.kill('SIGKILL')
      await tokens?.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function configOf(kind: RegistryKind, host: string, directory: string, tokens: TokenService | undefined): string {
  const lines = [
    'version: 0.1',
    'log: {level: error}',
    'storage:',
    `  filesystem: {rootdirectory: ${directory}/data}`,
    '  delete: {enabled: true}',
    'http:',
    `  addr: ${host}`,
    '  secret: not-a-secret',
  ]
  const pair = `certificate: ${directory}/server.crt, key: ${directory}/server.key`
  if (kind === 'tls') lines.push(`  tls: {${pair}}`)
  if (kind === 'mtls') lines.push(`  tls: {${pair}, clientcas: [${directory}/ca.crt]}`)
  if (kind === 'basic') lines.push(`auth: {htpasswd: {realm: basic-realm, path: ${directory}/htpasswd}}`)
  if (tokens !== undefined) {
    const token = `realm: '${tokens.realm}', service: test-registry, issuer: test-issuer, rootcertbundle: ${directory}/token.crt`
    lines.push(`auth: {token: {${token}}}`)
  }
  return `${lines.join('\n')}\n`
}

/** One authority (`ca.crt`), one server (`server.crt`, `server.key`) for this machine's names, one client. */
export function makeCertificates(directory: string, host: string): void {
  const openssl = (...args: string[]) => run('openssl', args, { cwd: directory })
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=test CA',
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
  )
  for (const [name, extensions] of [
    ['server', 'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth'],
    ['client', 'extendedKeyUsage=clientAuth'],
  ] as const) {
    writeFileSync(join(directory, `${name}.ext`), extensions)
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`)
    const signing = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', `${name}.ext`]
    openssl('x509', '-req', '-in', `${name}.csr`, ...signing, '-out', `${name}.crt`)
  }
  const place = join(directory, 'certs', host)
  mkdirSync(place, { recursive: true })
  for (const [from, to] of [
    ['ca.crt', 'ca.crt'],
    ['client.crt', 'client.cert'],
    ['client.key', 'client.key'],
  ] as const) {
    writeFileSync(join(place, to), readFileSync(join(directory, from)))
  }
}

/** A token service whose tokens the registry can check: JWTs signed with a key whose certificate it trusts. */
async function signingTokenService(directory: string): Promise<TokenService> {
  const subject = ['-subj', '/CN=token signer', '-keyout', 'token.key', '-out', 'token.crt']
  run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject], { cwd: directory })
  const key = createPrivateKey(readFileSync(join(directory, 'token.key')))
  const x5c = [new X509Certificate(readFileSync(join(directory, 'token.crt'))).raw.toString('base64')]
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const mint = ({ scopes, user }: TokenGrant) => {
    const now = Math.floor(Date.now() / 1000)
    const access = scopes.map(scope => {
      const [type = '', rest = ''] = [scope.slice(0, scope.indexOf(':')), scope.slice(scope.indexOf(':') + 1)]
      return { type, name: rest.slice(0, rest.lastIndexOf(':')), actions: rest.slice(rest.lastIndexOf(':') + 1).split(',') }
    })
    const claims = {
      iss: 'test-issuer',
      sub: user,
      aud: 'test-registry',
      exp: now + 300,
      nbf: now - 10,
      iat: now,
      jti: randomUUID(),
      access,
    }
    const signed = `${part({ typ: 'JWT', alg: 'RS256', x5c })}.${part(claims)}`
    return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key).toString('base64url')}`
  }
  return startTokenService({ mint })
}

async function listening(child: ChildProcess, host: string): Promise<void> {
  const { connect } = await import('node:net')
  const [address = '', port = ''] = host.split(':')
  for (const end = performance.now() + START_MILLISECONDS; performance.now() < end && isRunning(child); await delay(50)) {
    const up = await new Promise<boolean>(resolve => {
      const socket = connect(Number(port), address)
      socket.on('connect', () => {
        socket.destroy()
        resolve(true)
      })
      socket.on('error', () => resolve(false))
    })
    if (up && isRunning(child)) return
  }
  child.kill('SIGKILL')
  throw new Error(`docker-registry did not come up at ${host}`)
}

const isRunning = ({ exitCode, signalCode }: ChildProcess) => exitCode === null && signalCode === null

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}
