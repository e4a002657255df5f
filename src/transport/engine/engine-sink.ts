import { createReadStream } from 'node:fs'
import type { Descriptor } from '../../blob/descriptor.ts'
import type { BlobSink } from '../../blob/source.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { fileTarget } from '../archive-target.ts'
import { openDockerArchiveSink } from '../docker-archive-sink.ts'
import type { Environment } from '../http/registry-options.ts'
import { removeTemporary, temporaryPath } from '../temporary.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import { EngineClient, engineMessage } from './engine-client.ts'
import { hasImage } from './engine-image.ts'

export type EngineSinkOptions = {
  readonly environment?: Environment
  /** Take the name from an image that has it. */
  readonly force?: boolean
}

/**
 * Loads an image into a container engine: a docker-archive is written first, and given to the engine as a whole by the
 * commit, so that nothing is there before.
 * @throws ImageError `ENGINE_UNREACHABLE`, `DESTINATION_EXISTS`, `REFERENCE_INVALID` and those of the archive
 */
export async function openEngineSink(name: string, { environment, force = false }: EngineSinkOptions = {}): Promise<BlobSink> {
  // Asked first: a missing engine or a taken name is told before minutes of compressing.
  await using client = await EngineClient.connect(environment)
  if (!force && (await hasImage(client, name))) throw taken(name)
  const file = temporaryPath(temporaryDirectory())
  const archive = await openDockerArchiveSink(fileTarget('docker-archive', file, true, true), name)
  const abort = async () => {
    await archive.abort()
    await removeTemporary(file)
  }
  return {
    name: `docker-daemon:${escapeText(name)}`,
    has: (blob, signal) => archive.has(blob, signal),
    put: (blob, bytes, signal) => archive.put(blob, bytes, signal),
    inPlace: blob => archive.inPlace?.(blob) ?? blob,
    async commit(root: Descriptor, _name?: string, signal?: AbortSignal) {
      await archive.commit(root, name, signal)
      await load(file, name, environment, signal)
    },
    abort,
    [Symbol.asyncDispose]: abort,
  }
}

async function load(
  file: string,
  name: string,
  environment: Environment | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  await using client = await EngineClient.connect(environment, signal)
  const headers = { 'content-type': 'application/x-tar' }
  const answer = await client.request('POST', '/images/load?quiet=1', { body: createReadStream(file), headers, signal })
  if (answer.status !== 200) throw refused(name, await engineMessage(answer))
  let said = ''
  for await (const chunk of answer.body) said = (said + Buffer.from(chunk).toString('utf8')).slice(-8192)
  // Docker answers 200 and tells of failures in the stream.
  const error = /"error":"((?:[^"\\]|\\.){1,300})/.exec(said)
  if (error !== null) throw refused(name, escapeText(error[1] ?? ''))
}

function taken(name: string): ImageError {
  return new ImageError(
    'DESTINATION_EXISTS',
    `Cannot load docker-daemon:${escapeText(name)}: the engine has an image of that name`,
    {
      hint: 'Choose another name, or replace it with --force.',
    },
  )
}

function refused(name: string, why: string): ImageError {
  return new ImageError('ENGINE_REFUSED', `Cannot load docker-daemon:${escapeText(name)}: ${why}`, {
    hint: 'The engine’s log may say more.',
  })
}
