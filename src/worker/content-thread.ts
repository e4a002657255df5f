import { abortable } from '../blob/abortable.ts'
import { type ContentAnswer, type ContentLooker, type ContentQuestion, lookInto, ONE_STEP } from '../compare/look-into.ts'
import { ImageError } from '../error.ts'
import { nextTurn } from '../overlay/in-slices.ts'
import { RequestThread } from './request-thread.ts'

/** Takes small contents apart here, larger ones in a thread, which starts with the first of them and ends when the looker is closed. */
export function contentLooker(signal: AbortSignal | undefined): ContentLooker {
  let thread: RequestThread<ContentQuestion, ContentAnswer> | undefined
  const ask = async (question: ContentQuestion): Promise<ContentAnswer> => {
    await nextTurn(signal)
    if (question.before.byteLength + question.after.byteLength <= ONE_STEP) return lookInto(question)
    thread ??= new RequestThread({
      file: 'content-worker',
      name: 'peel contents',
      youngGenerationMegabytes: 16,
      failure: why => new ImageError('LAYER_READ_FAILED', `Cannot look into a file: ${why}`),
    })
    return await abortable(thread.ask({ ...question, before: alone(question.before), after: alone(question.after) }), signal)
  }
  return {
    parts: async (before, after) => (await ask({ before, after, path: undefined })).facts,
    noise: async (path, before, after) => (await ask({ before, after, path })).noise,
    close: async () => await thread?.close(),
  }
}

/** Closes the looker when `use` ends, in whatever way. */
export async function withLooker<Result>(
  signal: AbortSignal | undefined,
  use: (looker: ContentLooker) => Promise<Result>,
): Promise<Result> {
  const looker = contentLooker(signal)
  try {
    return await use(looker)
  } finally {
    await looker.close()
  }
}

/** Bytes that share their memory with others would take all of it along into the message. */
function alone(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice()
}
