import type { Command } from 'commander'
import type { Context } from '../run/context.ts'
import { argumentChoice, typed } from '../run/typed-command.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof SHELLS)[number]

export function define(command: Command, context: Context): void {
  typed(command)
    .addArgument(argumentChoice('<shell>', 'the shell to complete in', SHELLS))
    .addHelpText(
      'after',
      `
To try it at once:
  bash  source <(peel completion bash)
  zsh   source <(peel completion zsh)
  fish  peel completion fish | source`,
    )
    .action(async shell => {
      await context.output.write(SCRIPTS[shell](describe(command.parent ?? command)))
    })
}

type Option = { readonly long: string; readonly summary: string; readonly choices: readonly string[] }
type Words = {
  readonly name: string
  readonly summary: string
  readonly options: readonly Option[]
  /** Fixed words an argument takes: `size|clear`. Other arguments are files. */
  readonly choices: readonly string[]
}

/** The program's own options under the empty name, then every command's. */
function describe(program: Command): readonly Words[] {
  return [program, ...program.commands].map(each => ({
    name: each === program ? '' : each.name(),
    summary: each.summary(),
    options: each.options.map(({ long, description, argChoices }) => ({
      long: long ?? '',
      summary: description,
      choices: argChoices ?? [],
    })),
    choices: each === program ? [] : each.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
  }))
}

const SCRIPTS: Readonly<Record<Shell, (words: readonly Words[]) => string>> = { bash, zsh, fish }

function split(words: readonly Words[]): { common: readonly Option[]; commands: readonly Words[]; all: readonly Option[] } {
  const [program, ...commands] = words
  const common = program?.options ?? []
  return { common, commands, all: [...common, ...commands.flatMap(({ options }) => options)] }
}

function bash(words: readonly Words[]): string {
  const { common, commands, all } = split(words)
  const longs = (options: readonly Option[]) => options.map(({ long }) => long).join(' ')
  const values = new Map(all.filter(({ choices }) => choices.length > 0).map(({ long, choices }) => [long, choices]))
  return `# bash completion of peel
_peel() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in ${commands.map(({ name }) => name).join('|')}) command=$word; break ;; esac
  done
  COMPREPLY=()
  case $previous in
${[...values].map(([long, choices]) => `    ${long}) COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$current")); return ;;`).join('\n')}
  esac
  local options='${longs(common)}' words=''
  case $command in
    '') words='${commands.map(({ name }) => name).join(' ')}' ;;
${commands.map(({ name, options, choices }) => `    ${name}) options="$options ${longs(options)}" words='${choices.join(' ')}' ;;`).join('\n')}
  esac
  if [[ $current == -* ]]; then COMPREPLY=($(compgen -W "$options --help" -- "$current"))
  else COMPREPLY=($(compgen -W "$words" -- "$current") $(compgen -f -- "$current")); fi
}
complete -o filenames -F _peel peel
`
}

function zsh(words: readonly Words[]): string {
  const { common, commands } = split(words)
  const argument = ({ long, summary, choices }: Option) =>
    `'${long}[${quote(summary).replace(/[[\]]/g, '\\$&')}]${choices.length > 0 ? `:value:(${choices.join(' ')})` : ''}'`
  const rest = (choices: readonly string[]) => (choices.length > 0 ? `'1:what:(${choices.join(' ')})'` : `'*:image:_files'`)
  const line = (options: readonly Option[], choices: readonly string[]) =>
    `_arguments $common ${[...options.map(argument), rest(choices)].join(' ')}`
  return `#compdef peel
_peel() {
  local -a common commands
  common=(${common.map(argument).join(' ')})
  commands=(${commands.map(({ name, summary }) => `'${name}:${quote(summary)}'`).join(' ')})
  if (( CURRENT == 2 )); then _describe command commands; _arguments $common '*:image:_files'; return; fi
  local command=$words[2]
  (( CURRENT-- )); shift words
  case $command in
${commands.map(({ name, options, choices }) => `    ${name}) ${line(options, choices)} ;;`).join('\n')}
    *) _arguments $common '*:image:_files' ;;
  esac
}
if [[ $funcstack[1] == _peel ]]; then _peel "$@"; else compdef _peel peel; fi
`
}

function fish(words: readonly Words[]): string {
  const { common, commands } = split(words)
  const option = ({ long, summary, choices }: Option, condition: string) =>
    `complete -c peel ${condition}-l ${long.replace(/^--/, '')} -d '${quote(summary)}'${choices.length > 0 ? ` -x -a '${choices.join(' ')}'` : ''}`
  const lines = [
    '# fish completion of peel',
    ...common.map(each => option(each, '')),
    ...commands.map(({ name, summary }) => `complete -c peel -n __fish_use_subcommand -a ${name} -d '${quote(summary)}'`),
    ...commands.flatMap(({ name, options, choices }) => {
      const condition = `-n '__fish_seen_subcommand_from ${name}' `
      const fixed = choices.length > 0 ? [`complete -c peel ${condition}-x -a '${choices.join(' ')}'`] : []
      return [...options.map(each => option(each, condition)), ...fixed]
    }),
  ]
  return `${lines.join('\n')}\n`
}

function quote(text: string): string {
  return text.replace(/'/g, "'\\''")
}
