import { afterEach } from 'node:test'
import { RegistrySink, type RegistrySinkOptions } from '../../../src/transport/registry/registry-sink.ts'
import type { TestRegistry } from './test-registry.ts'

/** Nothing of this machine's settings; what is tried again is tried at once. */
export const QUICK = { environment: {}, retry: { base: 1 } }

/** Opens sinks into `team/app` of the suite's registry, and gives them up after each test: before a later `afterEach` closes it. */
export function sinksInto(registry: () => TestRegistry): (options?: RegistrySinkOptions) => RegistrySink {
  let sinks: RegistrySink[] = []
  afterEach(async () => {
    await Promise.all(sinks.map(sink => sink.abort()))
    sinks = []
  })
  return options => {
    const sink = new RegistrySink({ host: registry().host, path: 'team/app' }, { ...QUICK, ...options })
    sinks.push(sink)
    return sink
  }
}
