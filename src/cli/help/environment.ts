import { Command } from 'commander'
import { environmentName } from '../run/environment-defaults.ts'
import { addCommonOptions } from '../run/options.ts'

/** Variables beside those of options, and their meaning. */
const OTHERS: readonly (readonly [name: string, means: string])[] = [
  ['PEEL_PRIVATE_HOSTS', 'hosts that a registry may redirect to though their addresses are private, with commas between'],
  ['PEEL_SERVE_USER', 'the name that clients of peel serve --expose give'],
  ['PEEL_SERVE_PASSWORD', 'their password'],
  ['PEEL_EXPLAIN_KEY', 'the key of the language model of --explain-with'],
  ['PEEL_EMBED_KEY', 'the key of the embeddings endpoint of --embed-with'],
  ['SOURCE_DATE_EPOCH', 'seconds since 1970: the time that is written where one is needed'],
  ['DOCKER_DEFAULT_PLATFORM', 'the platform where no --platform is given'],
  ['DOCKER_CONFIG, REGISTRY_AUTH_FILE', 'where credentials for registries lie'],
  ['DOCKER_HOST, DOCKER_CONTEXT, CONTAINER_HOST', 'the container engine that is asked'],
  ['XDG_RUNTIME_DIR, XDG_DATA_HOME', 'where sockets of rootless engines and of podman’s machine are looked for'],
  ['HTTP_PROXY, HTTPS_PROXY, NO_PROXY', 'the proxy that registries are reached by'],
  [
    'DOCKER_TLS_VERIFY, DOCKER_TLS, DOCKER_CERT_PATH',
    'TLS with an engine at a TCP address, and the directory of its certificates',
  ],
  ['XDG_CACHE_HOME, XDG_CONFIG_HOME, XDG_STATE_HOME', 'where the cache, the settings and the list of recent images are kept'],
  ['TMPDIR', 'where large layers are unpacked while they are read'],
  ['NO_COLOR, COLORTERM, COLORFGBG, TERM, LANG', 'the colours and characters a terminal is taken to show'],
  ['GITHUB_STEP_SUMMARY', 'the file that check --format github adds its summary to'],
  ['PAGER', 'the program that shows long output on a terminal'],
]

/** The variables that peel reads: one for each option of all commands, then the others. Options of one command have theirs by the same rule. */
export function environmentRows(): readonly { readonly name: string; readonly means: string }[] {
  const program = new Command()
  addCommonOptions(program)
  const options = program.options.flatMap(option => {
    const name = environmentName(option)
    return name === undefined ? [] : [{ name, means: `the default of ${option.long}: ${option.description}` }]
  })
  return [
    ...options,
    { name: 'PEEL_…', means: 'the same for the options of each command: PEEL_FAIL_ON for --fail-on' },
    ...OTHERS.map(([name, means]) => ({ name, means })),
  ]
}
