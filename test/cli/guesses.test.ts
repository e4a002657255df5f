import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ROWS } from '../../src/cli/commands.ts'
import { COMMAND_GUESSES } from '../../src/cli/run/command-guesses.ts'
import { environmentName } from '../../src/cli/run/environment-defaults.ts'
import { OPTION_GUESSES } from '../../src/cli/run/option-guesses.ts'
import { understand, understandOptions } from '../../src/cli/run/understand.ts'
import { UsageError } from '../../src/cli/run/usage-error.ts'
import { peel } from '../kit/program/peel-command.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'

const commands = ROWS.map(({ name }) => name)
const vocabulary = { commands, valued: new Set(['--platform']), exists: (path: string) => path === 'here' }
const meant = (...args: readonly string[]) => understand(args, vocabulary)
const refused = (...args: readonly string[]) => {
  try {
    return `not refused: ${meant(...args).join(' ')}`
  } catch (thrown) {
    assert.ok(thrown instanceof UsageError)
    return `${thrown.code} ${thrown.message} ${thrown.hint}`
  }
}

/** The images, files and hosts in an example. */
function placesIn(line: string): readonly string[] {
  return line.split(' ').filter(word => /^(?:IMAGE|SRC|DEST|FILE\.tar)$/.test(word))
}

describe('words that are no command', () => {
  test('a mistyped command is named with the nearest one, whatever follows it', () => {
    for (const args of [['inspct', 'X'], ['inspct'], ['inspct', 'X', '--json'], ['INSPECT'], ['inpsect'], ['sqash'], ['wast']])
      assert.match(refused(...args), /^UNKNOWN_COMMAND .*Did you mean "peel (inspect|squash|waste)"/)
  })

  test('and so is one that is a letter off a long word of another tool', () => {
    for (const [word, near] of [
      ['vrsion', 'version'],
      ['flaten', 'flatten'],
      ['manifst', 'manifest'],
    ] as const)
      assert.match(refused(word), new RegExp(`^UNKNOWN_COMMAND .*Did you mean "peel ${near}"`))
  })

  test('a short word that is two letters off stays an image, and so does a name with a tag, a path or a host', () => {
    for (const word of ['lua', 'nginx', 'redis', 'busybox', 'inspct:1', 'a/inspct', 'docker://inspct', 'here'])
      assert.deepEqual(meant(word), [word])
  })

  test('two words are a comparison only where the first is on disk or has a tag, a slash or a digest', () => {
    assert.deepEqual(meant('nginx:1', 'nginx:2'), ['diff', 'nginx:1', 'nginx:2'])
    assert.deepEqual(meant('here', 'there'), ['diff', 'here', 'there'])
    assert.match(refused('nginx', 'redis'), /UNKNOWN_COMMAND .*docker:\/\/nginx names an image/)
  })

  test('an image that is asked for JSON is inspected', () => {
    assert.deepEqual(meant('nginx:1', '--json'), ['inspect', 'nginx:1', '--json'])
    assert.deepEqual(meant('--platform', 'linux/arm64', 'nginx:1', '--json'), [
      'inspect',
      '--platform',
      'linux/arm64',
      'nginx:1',
      '--json',
    ])
  })

  test('help for what is neither a command nor a topic is refused', () => {
    assert.match(refused('help', 'bogus'), /UNKNOWN_COMMAND/)
    assert.match(refused('help', 'sqash'), /Did you mean "peel squash"/)
    assert.deepEqual(meant('help', 'squash'), ['help', 'squash'])
    // Two letters of three are another word.
    assert.doesNotMatch(refused('man', 'x'), /Did you mean/)
  })
})

describe('words of other tools', () => {
  test('an export without a file is a tar on standard output; a name of an archive does not become a directory', () => {
    assert.deepEqual(meant('export', 'here'), ['extract', 'here', '/', '-'])
    assert.deepEqual(meant('export', 'here', '-'), ['extract', 'here', '/', '-'])
    assert.match(refused('export', 'here', 'tree.tar'), /peel extract IMAGE \/ - > FILE\.tar/)
  })

  for (const { words, typed, read, means } of COMMAND_GUESSES) {
    test(`${words.join(', ')}: ${means}`, () => {
      const rest = typed.split(' ').slice(1)
      for (const word of words) {
        const own = read?.(rest)
        if (own === undefined) assert.match(refused(word, ...rest), /^UNKNOWN_COMMAND .*it is no command of peel/)
        else {
          assert.deepEqual(meant(word, ...rest), own)
          const [first] = own
          assert.ok(
            first === undefined || first === '--version' || means === 'peel IMAGE' || commands.includes(first),
            `${first} is a command`,
          )
        }
      }
    })
  }

  test('what is typed becomes the command that the table names, but for the kind of place', () => {
    for (const { typed, means, read } of COMMAND_GUESSES) {
      if (read === undefined || !means.startsWith('peel ') || means.includes(', ')) continue
      const named = means.replaceAll(/docker-daemon:|docker:\/\/|\.tar$/g, '')
      assert.equal(`peel ${meant(...typed.split(' ')).join(' ')}`, named)
    }
  })

  test('all words that are known', () => {
    const known =
      'version -V pull push save load cp convert tag manifest config digest info show layers list files export flatten validate ' +
      'ls-tags list-tags repositories repos compare scan lint audit analyze secrets discover sbom attestations images login logout ' +
      'mutate rmi rm delete run exec labels env size platforms tree dir dive open view explore docker-squash sync mirror optimize ' +
      'optimise slim minify shrink append insert import create mount sign attest cosign attach gc df du'
    assert.deepEqual(COMMAND_GUESSES.flatMap(row => row.words).sort(), known.split(' ').sort())
  })

  test('a word that groups commands elsewhere is passed over; a name on disk is none', () => {
    assert.deepEqual(meant('image', 'inspect', 'a:1'), ['inspect', 'a:1'])
    assert.deepEqual(meant('--quiet', 'buildx', 'imagetools', 'inspect', 'a:1'), ['--quiet', 'inspect', 'a:1'])
    assert.deepEqual(meant('manifest', 'inspect', 'a:1'), ['inspect', '--raw', 'a:1'])
    assert.deepEqual(meant('tag', 'ls', 'h:1/a'), ['tags', 'h:1/a'])
    assert.deepEqual(meant('repo', 'list', 'h:1'), ['catalog', 'h:1'])
    assert.deepEqual(meant('image', 'ls'), [])
    assert.match(refused('image', 'rm', 'a:1'), /^UNKNOWN_COMMAND .*deletes no single image/)
    assert.match(refused('image', 'bogus', 'a:1'), /^UNKNOWN_COMMAND .*no such command/)
    assert.deepEqual(understand(['image', 'inspect'], { ...vocabulary, exists: path => path === 'image' }), [
      'diff',
      'image',
      'inspect',
    ])
  })

  test('a file that JSON is to be written to is no image that is asked for', () => {
    assert.match(refused('a:1', '-j', 'out.json'), /^USAGE .*standard output Write: peel inspect --json IMAGE > out\.json/)
    assert.match(refused('--json', 'out.json', 'a:1'), /^USAGE /)
    assert.deepEqual(meant('a:1', '--json'), ['inspect', 'a:1', '--json'])
  })

  test('help with a letter too many is no image', () => {
    assert.match(refused('helpp'), /^UNKNOWN_COMMAND .*Did you mean "peel help"/)
  })

  test('none of them is a command, and none is listed twice', () => {
    const words = COMMAND_GUESSES.flatMap(row => row.words)
    assert.deepEqual(
      words.filter(word => commands.includes(word)),
      [],
    )
    assert.equal(new Set(words).size, words.length)
  })
})

describe('options of other tools', () => {
  for (const row of OPTION_GUESSES) {
    test(`${row.options.join(', ')}: ${row.means}`, () => {
      for (const option of row.options)
        for (const command of row.commands ?? ['inspect']) {
          for (const value of ['false', '3', 'all', 'json', 'linux']) {
            const own = row.read?.(row.takes === true || option.includes('tls') ? value : '')
            const args = option.includes('tls')
              ? [command, `${option}=${value}`, 'X']
              : [command, option, ...(row.takes ? [value] : []), 'X']
            if (own === undefined) assert.throws(() => understandOptions(command, args, new Set()), UsageError)
            else assert.deepEqual(understandOptions(command, args, new Set()), [command, ...own, 'X'])
          }
          // An option of the command itself is its own, and text after -- is no option.
          assert.deepEqual(understandOptions(command, [command, option], new Set([option])), [command, option])
          assert.deepEqual(understandOptions(command, [command, '--', option], new Set()), [command, '--', option])
        }
    })
  }

  test('what is typed becomes the options that the table names', () => {
    for (const { typed, means, read, options } of OPTION_GUESSES) {
      const words = typed.split(' ')
      const [command = ''] = words
      if (read === undefined || means.includes('jq')) continue
      const made = understandOptions(command, words, new Set()).join(' ')
      const [wanted = ''] = means.split('; ')
      assert.ok(!words.some(word => options.includes(word) && made.split(' ').includes(word)), `${typed}: ${made}`)
      if (means.includes('peel ')) assert.equal(`peel ${made}`, means.replace(/^.*(?=peel )/, ''))
      else if (means.startsWith('nothing')) assert.ok(typed.startsWith(command) && !made.includes(' -'), `${typed}: ${made}`)
      else assert.ok(` ${made} `.includes(` ${wanted} `), `${typed}: ${made} has ${wanted}`)
      // The names of places stay, and nothing else does.
      assert.deepEqual(placesIn(made), placesIn(typed))
    }
  })

  test('are of commands that there are, and none is answered twice (the golden file of understand has them all)', () => {
    const answered = new Set<string>()
    for (const { options, commands: of } of OPTION_GUESSES)
      for (const command of of ?? ['']) {
        assert.ok(command === '' || commands.includes(command), command)
        for (const name of options) {
          assert.ok(!answered.has(`${command} ${name}`), `${command} ${name}`)
          answered.add(`${command} ${name}`)
        }
      }
  })

  test('a file of steps is no word that forces a build', () => {
    assert.throws(() => understandOptions('build', ['build', '-f', 'Dockerfile', 'oci:x'], new Set()), /no such option/)
  })

  test('a password that was typed is not repeated', () => {
    assert.throws(
      () => understandOptions('copy', ['copy', '--creds=me:hunter2'], new Set()),
      error => error instanceof UsageError && !`${error.message}${error.hint}`.includes('hunter2'),
    )
  })
})

describe('the command line as people type it', () => {
  test('a mistyped command asks no registry and ends with status 2', async context => {
    const registry = await TestRegistry.start()
    context.after(() => registry.close())
    const env = { HTTPS_PROXY: `http://${registry.host}`, HTTP_PROXY: `http://${registry.host}` }
    for (const args of [['inspct', 'X'], ['inspct'], ['sqash', `${registry.host}/a:1`, 'oci:out'], ['nginx', 'redis']]) {
      const { status, stderr } = await peel(args, { env })
      assert.equal(status, 2)
      assert.match(stderr, /^peel: Cannot run ".*": there is no such command\n/)
    }
    assert.deepEqual(registry.log, [])
  })

  test('version, -V and --version say the same; the table is printed whole', async () => {
    const said = await Promise.all(['version', '-V', '--version'].map(async word => (await peel([word])).stdout))
    assert.match(said[0] ?? '', /^\d+\.\d+\.\d+\n$/)
    assert.deepEqual(new Set(said).size, 1)
    const { stdout, status } = await peel(['help', 'guesses'])
    assert.equal(status, 0)
    for (const { typed, means } of [...COMMAND_GUESSES, ...OPTION_GUESSES])
      assert.ok(stdout.includes(typed) && stdout.includes(means), typed)
  })

  test('options of other tools do what they say', async () => {
    const { stdout, status } = await peel(['inspect', 'demo:', '--tls-verify=false', '-p', 'linux/arm64', '-o', 'json'])
    assert.equal(status, 0)
    assert.equal(JSON.parse(stdout).platform, 'linux/arm64')
    assert.equal(JSON.parse((await peel(['demo:', '--json'])).stdout).transport, 'demo')
    assert.equal((await peel(['ls', '-la', 'demo:'])).status, 0)
  })
})

describe('PEEL_ variables', () => {
  test('set defaults of options, which the command line overrules', async () => {
    const platformOf = async (args: readonly string[], env: NodeJS.ProcessEnv) =>
      JSON.parse((await peel(['inspect', 'demo:', ...args], { env: { PEEL_JSON: '1', ...env } })).stdout).platform
    assert.equal(await platformOf([], { PEEL_PLATFORM: 'linux/arm64' }), 'linux/arm64')
    assert.equal(await platformOf(['--platform', 'linux/amd64'], { PEEL_PLATFORM: 'linux/arm64' }), 'linux/amd64')
    // docker's own variable comes after both, and one that no image is for is named.
    assert.equal(await platformOf([], { DOCKER_DEFAULT_PLATFORM: 'linux/arm64' }), 'linux/arm64')
    assert.equal(await platformOf([], { DOCKER_DEFAULT_PLATFORM: 'linux/arm64', PEEL_PLATFORM: 'linux/amd64' }), 'linux/amd64')
    const none = await peel(['inspect', 'demo:'], { env: { DOCKER_DEFAULT_PLATFORM: 'linux/s390x' } })
    assert.equal(none.status, 2)
    assert.match(none.stderr, /none is for linux\/s390x\nAdd --platform with one of linux\/amd64, linux\/arm64\./)
    const { stdout } = await peel(['waste', 'demo:'], { env: { PEEL_TOP: '1', PEEL_JSON: '0' } })
    assert.ok(stdout.length > 0 && !stdout.startsWith('{'))
  })

  test('never force, trust or delete', () => {
    for (const name of ['force', 'insecure', 'allow-delete', 'allow-unverified', 'expose', 'delete', 'explain', 'explain-with'])
      assert.equal(environmentName({ long: `--${name}` }), undefined)
    assert.equal(environmentName({ long: '--no-cache' }), 'PEEL_NO_CACHE')
  })
})
