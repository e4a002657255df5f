import { ImageError } from '../../../src/error.ts'
import type { StartItem } from '../../../src/state/model/start.ts'
import type { OutsideWorld } from '../../../src/tui/run.tsx'
import { contentLooker } from '../../../src/worker/content-thread.ts'

/** A world with nothing in it but `candidates` on its start screen; tests override what they need. */
export function fakeWorld(candidates: readonly StartItem[] = [], own: Partial<OutsideWorld> = {}): OutsideWorld {
  return {
    open: () => Promise.reject(new ImageError('NOT_FOUND', 'Cannot open it: nothing is there', { hint: 'Try another.' })),
    async *find() {
      yield candidates
    },
    async *search() {
      yield { hits: [], images: 0, isReading: false }
    },
    serve: async () => ({ origin: 'http://127.0.0.1:5000', names: [], pulls: [], warnings: [], close: async () => undefined }),
    looker: contentLooker,
    loadSet: () => Promise.resolve([]),
    complete: () => Promise.resolve([]),
    async *list() {
      yield { names: [], notices: [] }
    },
    describe: () => Promise.resolve({}),
    page: () => Promise.resolve(),
    saveSettings: () => Promise.resolve(),
    ...own,
  }
}

export function manyCandidates(count: number): readonly StartItem[] {
  return Array.from({ length: count }, (_, index) => ({
    reference: `oci:image-${index}`,
    label: `image-${index}`,
    detail: 'OCI layout',
    group: 'here',
    size: index * 1000,
  }))
}
