import { ImageError } from '../error.ts'
import type { LayerReading } from '../layer/reading.ts'
import type { ProofAnswer, ProofTask } from './proof-worker.ts'
import { decodeReading } from './reading/reading-codec.ts'
import { RequestThread } from './request-thread.ts'
import type { SharedBlock } from './shared-block.ts'

/** Reads a tar in a thread of its own while it is written: the changeset that comes out must be the one that was meant. */
export class TarProof {
  readonly #thread = new RequestThread<ProofTask, ProofAnswer>({
    file: 'proof-worker',
    name: 'peel proof',
    youngGenerationMegabytes: 16,
    failure,
  })

  /** Takes the next block; it has been read when this resolves. */
  see(block: SharedBlock): Promise<unknown> {
    return this.#thread.ask({ block })
  }

  /** The tar as a layer that is not compressed. */
  async finish(): Promise<LayerReading> {
    const { encoded } = await this.#thread.ask({ block: undefined })
    const reading = encoded && decodeReading(encoded, 'trusted')
    if (reading === undefined) throw failure('the answer of its thread is damaged')
    return reading
  }

  close(): Promise<void> {
    return this.#thread.close()
  }
}

function failure(why: string): ImageError {
  return new ImageError('VERIFICATION_FAILED', `Cannot read back the layer that is written: ${why}`)
}
