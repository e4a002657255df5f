import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Digest, isDigest, isVerifiable } from '../blob/digest.ts'
import { RegistryError } from './registry-error.ts'
import type { Repositories, RepositoryChanges, ServedRepository } from './served-repository.ts'
import type { Uploads } from './uploads.ts'

/** The options of a server, as far as answers depend on it. */
export type Service = {
  readonly repositories: Repositories
  readonly uploads: Uploads
  /** Whether DELETE is answered; of uploads it always is. */
  readonly allowDelete: boolean
  readonly signal: AbortSignal
}

/** One request on its way, and where the answer goes. */
export type Exchange = Service & { readonly request: IncomingMessage; readonly response: ServerResponse; readonly url: URL }

/** @throws RegistryError `NAME_UNKNOWN` */
export async function repositoryOf({ repositories, signal }: Exchange, name: string): Promise<ServedRepository> {
  return (await repositories.find(name, signal)) ?? unknownName()
}

/**
 * The changes to the repository that a push names, which need not be there yet.
 * @throws RegistryError `DENIED` where it is only read, `NAME_UNKNOWN` where no push makes it
 */
export async function changesOf({ repositories, signal }: Exchange, name: string): Promise<RepositoryChanges> {
  if (repositories.open === undefined) onlyRead()
  const repository = (await repositories.open(name, signal)) ?? unknownName()
  return repository.changes ?? onlyRead()
}

function onlyRead(): never {
  throw new RegistryError(403, 'DENIED', 'this repository is only read')
}

function unknownName(): never {
  throw new RegistryError(404, 'NAME_UNKNOWN', 'there is no such repository')
}

/** @throws RegistryError `DIGEST_INVALID` */
export function checkedDigest(text: string | null): Digest {
  if (text !== null && isDigest(text)) return text
  throw new RegistryError(400, 'DIGEST_INVALID', 'the digest is not one')
}

/** A digest that content can be held against. @throws RegistryError `DIGEST_INVALID` */
export function verifiableDigest(text: string | null): Digest {
  const digest = checkedDigest(text)
  if (isVerifiable(digest)) return digest
  throw new RegistryError(400, 'DIGEST_INVALID', 'this registry cannot compute digests of this algorithm')
}

/** The body of a request. A reader that has enough leaves the connection open, for the answer. */
export function bodyOf(request: IncomingMessage): AsyncIterable<Uint8Array> {
  return request.iterator({ destroyOnReturn: false })
}

/** An answer without a body. */
export function sendEmpty(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string | string[]>> = {},
): void {
  response.writeHead(status, { ...headers, ...(status !== 204 && { 'content-length': 0 }) }).end()
}
