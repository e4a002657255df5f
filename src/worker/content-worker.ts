import { parentPort } from 'node:worker_threads'
import { type ContentQuestion, lookInto } from '../compare/look-into.ts'
import { reasonOf } from '../error.ts'

/** A thread that takes contents apart, two a message. */
parentPort?.on('message', (question: ContentQuestion) => {
  try {
    parentPort?.postMessage(lookInto(question))
  } catch (thrown) {
    parentPort?.postMessage({ error: reasonOf(thrown) })
  }
})
