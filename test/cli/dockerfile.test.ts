import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dockerfile } from '../../src/cli/print/dockerfile.ts'

/** What a tool records for one step, as an instruction. */
function instruction(createdBy: string | undefined): string[] {
  const history = { emptyLayer: true, ...(createdBy !== undefined && { createdBy }) }
  return [...dockerfile({ steps: [{ layer: undefined, history, aligned: true }], layers: [] })].slice(2)
}

test('records of classic docker, buildkit and buildah become instructions again', () => {
  const cases: readonly [string, ...string[]][] = [
    ['/bin/sh -c #(nop)  CMD ["bash"]', 'CMD ["bash"]'],
    ['/bin/sh -c #(nop) ADD file:1d3a in / ', 'ADD file:1d3a /'],
    ['/bin/sh -c apt-get update', 'RUN apt-get update'],
    ['RUN /bin/sh -c make # buildkit', 'RUN make'],
    ['|2 A=1 B=x y /bin/sh -c make A', '# with build arguments: A=1 B=x y', 'RUN make A'],
    ['RUN |1 A=1 /bin/sh -c make # buildkit', '# with build arguments: A=1', 'RUN make'],
    ['COPY . /app # buildkit', 'COPY . /app'],
    ['EXPOSE map[443/tcp:{} 80/tcp:{}]', 'EXPOSE 443/tcp 80/tcp'],
    ['ENTRYPOINT ["/x"]', 'ENTRYPOINT ["/x"]'],
    ['bazel build //app', '# bazel build //app'],
    ['/bin/sh -c set -e;\tmake \\\n  && install', 'RUN set -e;    make \\', '      && install'],
    ['/bin/sh -c true\u001b[2J', 'RUN true\\e[2J'],
  ]
  for (const [recorded, ...expected] of cases) assert.deepEqual(instruction(recorded), expected)
  assert.deepEqual(instruction(undefined), ['# (nothing recorded)'])
})
