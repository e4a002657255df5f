import { COPY_GUESSES } from './copy-guesses.ts'
import { EDIT_GUESSES } from './edit-guesses.ts'
import { LOOK_GUESSES } from './look-guesses.ts'
import { becomes, nothing, type OptionGuess, option } from './option-guess.ts'

const COMMON_GUESSES: readonly OptionGuess[] = [
  {
    options: ['--tls-verify', '--src-tls-verify', '--dest-tls-verify'],
    typed: 'copy --tls-verify=false SRC DEST',
    means: '--insecure',
    read: value => (value === 'false' ? ['--insecure'] : []),
  },
  {
    options: ['--creds', '--src-creds', '--dest-creds', '--username', '--password'],
    takes: true,
    typed: 'copy --creds USER:PASSWORD SRC DEST',
    means: 'Passwords are not typed: run `docker login HOST` once, or name a file with --authfile.',
  },
  {
    options: ['--override-arch', '--arch'],
    typed: 'inspect --override-arch arm64 IMAGE',
    means: '--platform linux/arm64',
    takes: true,
    read: value => ['--platform', `linux/${value}`],
  },
  {
    options: ['--override-os'],
    typed: 'inspect --override-os linux IMAGE',
    means: 'nothing, and no other system: --platform OS/ARCH names both.',
    takes: true,
    read: value => (value === 'linux' ? [] : undefined),
  },
  {
    options: ['--override-variant', '--variant'],
    takes: true,
    typed: 'inspect --override-variant v7 IMAGE',
    means: 'The platform has it: --platform linux/arm/v7.',
  },
  {
    options: ['--src-authfile', '--dest-authfile', '--registry-config'],
    typed: 'copy --src-authfile FILE SRC DEST',
    means: '--authfile FILE',
    ...option('--authfile'),
  },
  { options: ['--ca-file'], typed: 'inspect --ca-file FILE IMAGE', means: '--cacert FILE', ...option('--cacert') },
  {
    options: ['--cert-dir', '--src-cert-dir', '--dest-cert-dir'],
    takes: true,
    typed: 'copy --src-cert-dir DIR SRC DEST',
    means: 'Certificates lie in /etc/containers/certs.d/HOST, or --cacert FILE names one.',
  },
  {
    options: [
      '--plain-http',
      '--skip-tls-verify',
      '--insecure-skip-tls-verify',
      '--allow-insecure-registries',
      '--allow-insecure-registry',
      '--allow-http-registry',
      '-k',
    ],
    typed: 'copy --plain-http SRC DEST',
    means: '--insecure',
    ...becomes('--insecure'),
  },
  { options: ['--debug', '-d', '-D'], typed: 'inspect --debug IMAGE', means: '--verbose', ...becomes('--verbose') },
  {
    options: ['--log-level', '--loglevel'],
    typed: 'inspect --log-level debug IMAGE',
    means: '--verbose',
    takes: true,
    read: value => (/^(debug|trace)$/i.test(value) ? ['--verbose'] : []),
  },
  { options: ['--no-progress'], typed: 'copy --no-progress SRC DEST', means: '--quiet', ...becomes('--quiet') },
  {
    options: ['--retry', '--retries', '--retry-times', '--retry-delay'],
    typed: 'copy --retry-times 3 SRC DEST',
    means: 'nothing: a request that fails is sent again',
    takes: true,
    ...nothing,
  },
  { options: ['-p'], typed: 'inspect -p linux/arm64 IMAGE', means: '--platform linux/arm64', ...option('--platform') },
  {
    options: ['--no-trunc'],
    typed: 'history --no-trunc IMAGE',
    means: 'nothing: output into a pipe is whole',
    ...nothing,
  },
  { options: ['-j'], typed: 'inspect -j IMAGE', means: '--json', ...becomes('--json') },
  { options: ['--ci'], typed: '--ci IMAGE', means: '`peel check IMAGE` runs the gates of .dive-ci and more.' },
  {
    options: ['--source'],
    takes: true,
    typed: '--source docker IMAGE',
    means: 'The name says where the image is: docker-daemon:NAME, docker-archive:FILE, docker://NAME.',
  },
]

/** Options that people of other tools type (defects.md B1); the rows of a command stand before those of all. */
export const OPTION_GUESSES: readonly OptionGuess[] = [...COPY_GUESSES, ...EDIT_GUESSES, ...LOOK_GUESSES, ...COMMON_GUESSES]
