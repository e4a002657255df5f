import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dockerfileLines } from '../../../src/check/dockerfile/dockerfile-lines.ts'

/** The instruction that a tool's record of one step comes from. */
function instruction(createdBy: string | undefined): string[] {
  const history = { emptyLayer: true, ...(createdBy !== undefined && { createdBy }) }
  return [...dockerfileLines({ steps: [{ layer: undefined, history, aligned: true }], layers: [], config: undefined })].slice(2)
}

test('records of classic docker, buildkit, buildah, kaniko and others become instructions again', () => {
  const cases: readonly [string, ...string[]][] = [
    ['/bin/sh -c #(nop)  CMD ["bash"]', 'CMD ["bash"]'],
    ['CMD ["nginx" "-g" "daemon off;"]', 'CMD ["nginx", "-g", "daemon off;"]'],
    ['ENTRYPOINT ["/bin/sh" "-c" "echo \\"x\\""]', 'ENTRYPOINT ["/bin/sh", "-c", "echo \\"x\\""]'],
    ['/bin/sh -c #(nop) ADD file:1d3a in / ', 'ADD file:1d3a /'],
    ['/bin/sh -c #(nop) COPY --chown=1:1 dir:ab in /a|force-mtime=5', 'COPY --chown=1:1 dir:ab /a'],
    ['/bin/sh -c apt-get update', 'RUN apt-get update'],
    ['RUN /bin/sh -c make # buildkit', 'RUN make'],
    ['|2 A=1 B=x y /bin/sh -c make A', '# with build arguments: A=1 B=x y', 'RUN make A'],
    ['RUN |1 A=1 /bin/sh -c make # buildkit', '# with build arguments: A=1', 'RUN make'],
    ['RUN /bin/bash -o pipefail -c apt-get update # buildkit', "RUN /bin/bash -o pipefail -c 'apt-get update'"],
    ["RUN /bin/ash -eo pipefail -c echo 'x' # buildkit", "RUN /bin/ash -eo pipefail -c 'echo '\\''x'\\'''"],
    ['COPY --chmod=0755 a b /app/ # buildkit', 'COPY --chmod=0755 a b /app/'],
    ['EXPOSE map[443/tcp:{} 80/tcp:{}]', 'EXPOSE 443/tcp 80/tcp'],
    ['EXPOSE [80/tcp]', 'EXPOSE 80/tcp'],
    ['VOLUME [/data /logs]', 'VOLUME ["/data", "/logs"]'],
    ['ENV TEST=foo bar', 'ENV TEST="foo bar"'],
    ['ENV PATH=/a:$PATH', 'ENV PATH="/a:\\$PATH"'],
    ['LABEL note=it\'s "here"', 'LABEL note="it\'s \\"here\\""'],
    ['SHELL [/bin/bash -o pipefail -c]', 'SHELL ["/bin/bash", "-o", "pipefail", "-c"]'],
    ['WORKDIR /app', 'WORKDIR /app'],
    ['USER $APP', 'USER \\$APP'],
    ['/bin/sh -c #(nop)  ARG A B', 'ARG A B'],
    ['HEALTHCHECK &{["CMD-SHELL" "curl -f x || exit 1"] "30s" "3s" "0s" "0s" \'\\x03\'}', 'HEALTHCHECK CMD curl -f x || exit 1'],
    // BuildKit writes it so since April 2026.
    [
      'HEALTHCHECK {Test:[CMD-SHELL curl -f x || exit 1] Interval:30s Timeout:3s StartPeriod:0s StartInterval:0s Retries:3}',
      'HEALTHCHECK CMD curl -f x || exit 1',
    ],
    ['HEALTHCHECK NONE', 'HEALTHCHECK NONE'],
    ['ARG K=a b', 'ARG K="a b"'],
    ["COPY a <<a' /x", "# COPY a <<a' /x"],
    ['ARG K=a$b L= M', 'ARG K="a\\$b" L=" M"'],
    ["COPY --link a$b /it's # buildkit", "COPY --link a\\$b /it\\'s"],
    [
      'RUN --mount=type=cache,target=/c --network=none /bin/sh -c make all',
      'RUN --mount=type=cache,target=/c --network=none make all',
    ],
    ['RUN --mount=type=bind,target=/x make all', 'RUN --mount=type=bind,target=/x make all'],
    ['RUN mkdir -p /x', 'RUN mkdir -p /x'],
    ['bazel build //app', '# bazel build //app'],
    ["Layer: 'jre', Created by buildpack: x@1", "# Layer: 'jre', Created by buildpack: x@1"],
    ['cmd /S /C #(nop)  ENV A=1', 'ENV A=1'],
    ['/bin/sh -c set -e;\tmake \\\n  && install', 'RUN set -e; \\', '    make \\', '    && install'],
    ['/bin/sh -c true\u001b[2J', 'RUN true\\e[2J'],
    ['CMD ["a\u202eb"]', 'CMD ["a\\u202eb"]'],
  ]
  for (const [recorded, ...expected] of cases) assert.deepEqual(instruction(recorded), expected, recorded)
  assert.deepEqual(instruction(undefined), ['# (nothing recorded)'])
})

test('a long command is folded at && and ; outside of quotes only, and a short one not at all', () => {
  const word = (letter: string) => letter.repeat(60)
  const long = `echo "${word('a')} && it's" && echo '${word('b')}; "x" && \\' ; echo ${word('c')}`
  assert.deepEqual(instruction(`RUN /bin/sh -c ${long} # buildkit`), [
    `RUN echo "${word('a')} && it's" \\`,
    `    && echo '${word('b')}; "x" && \\' ; \\`,
    `    echo ${word('c')}`,
  ])
  assert.deepEqual(instruction('RUN /bin/sh -c echo a && echo b # buildkit'), ['RUN echo a && echo b'])
})

test('heredocs are verbatim up to the closing word, a command of several lines gets one', () => {
  assert.deepEqual(instruction("RUN /bin/sh -c cat <<'EOF' > /script.sh\n#!/bin/sh\n\techo hi\nEOF # buildkit"), [
    "RUN cat <<'EOF' > /script.sh",
    '#!/bin/sh',
    '\techo hi',
    'EOF',
  ])
  assert.deepEqual(instruction('RUN /bin/sh -c <<EOF\nset -e\n  make install\nEOF # buildkit'), [
    'RUN <<EOF',
    'set -e',
    '  make install',
    'EOF',
  ])
  assert.deepEqual(instruction('RUN /bin/sh -c set -e\nmake\n # buildkit'), ['RUN <<EOF', 'set -e', 'make', 'EOF'])
  assert.deepEqual(instruction('RUN /bin/sh -c echo EOF\nEOF\nx # buildkit'), ['RUN <<EOF_', 'echo EOF', 'EOF', 'x', 'EOF_'])
  // Lines of a heredoc are as they are: a backslash at their end continues nothing.
  assert.deepEqual(instruction('RUN /bin/sh -c cat <<EOF > /x\na \\\n  b\n\\\nEOF # buildkit'), [
    'RUN cat <<EOF > /x',
    'a \\',
    '  b',
    '\\',
    'EOF',
  ])
  assert.deepEqual(instruction('RUN /bin/sh -c make a\\\nb # buildkit'), ['RUN <<EOF', 'make a\\', 'b', 'EOF'])
  assert.deepEqual(instruction('RUN /bin/sh -c cat <<EOF # buildkit'), ['RUN <<EOF', 'cat <<EOF', 'EOF'])
  assert.deepEqual(instruction('RUN /bin/sh -c echo x\\ # buildkit'), ['RUN <<EOF', 'echo x\\', 'EOF'])
})
