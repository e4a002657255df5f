import type { History } from '../../image/history.ts'
import { plainList, quotedList } from './go-text.ts'
import type { Instruction } from './instruction.ts'

/** Names that the image's config has: where values with blanks begin and end cannot be known from the record alone. */
export type KnownNames = {
  readonly env: ReadonlySet<string>
  readonly labels: ReadonlySet<string>
  readonly volumes: ReadonlySet<string>
}

/**
 * The instruction that a step's record comes from: what BuildKit, docker before it, buildah and kaniko write (advice.md §3). `shell` is
 * the shell that a SHELL before it set; a RUN whose record names another one says so.
 */
export function recordedInstruction(
  history: History | undefined,
  known: KnownNames,
  shell: readonly string[] | undefined,
): Instruction {
  const recorded = history?.createdBy?.trim() ?? ''
  if (recorded === '') return { keyword: 'comment', text: history?.comment?.trim() || '(nothing recorded)' }
  // Nothing but buildah appends these.
  const text = withoutMark(recorded)
    .replace(/\|(?:inheritLabels|unsetLabel|force-mtime|clamp-mtime)=\S*/g, '')
    .trimEnd()
  const nop = /^(?:[^\n#]{0,200} )?#\(nop\)\s*(.*)$/s.exec(text)?.[1]
  if (nop !== undefined) return readInstruction(nop, known) ?? { keyword: 'comment', text: nop }
  return readRun(text, shell) ?? readInstruction(text, known) ?? { keyword: 'comment', text: withComment(text, history) }
}

function withoutMark(text: string): string {
  return text.endsWith(BUILDKIT) ? text.slice(0, -BUILDKIT.length).trimEnd() : text
}

const BUILDKIT = '# buildkit'

/** Makers other than Dockerfiles' say in the comment what the layer is. */
function withComment(text: string, history: History | undefined): string {
  return history?.comment === undefined || history.comment === '' ? text : `${text} (${history.comment})`
}

function readRun(text: string, shell: readonly string[] | undefined): Instruction | undefined {
  const isRun = text.startsWith('RUN ')
  const flags = isRun ? [...text.slice('RUN '.length).matchAll(RUN_FLAG)].map(([, flag = '']) => flag) : []
  const [args, command] = withoutArguments(text.slice(isRun ? ['RUN', ...flags, ''].join(' ').length : 0))
  const own = shell !== undefined && command.startsWith(`${shell.join(' ')} `) ? shell : undefined
  const words = own ?? shellBefore(command)
  if (words !== undefined) {
    const rest = command.slice(words.join(' ').length).replace(/^ /, '')
    return { keyword: 'RUN', command: rest.trim(), arguments: args, shell: words, flags }
  }
  return isRun ? { keyword: 'RUN', command: command.trim(), arguments: args, shell: undefined, flags } : undefined
}

/** Flags of RUN, which some makers keep. */
const RUN_FLAG = /(--(?:mount|network|security)=\S+) /gy

/** Shells in front of a command: `/bin/sh -c`, `/bin/bash -o pipefail -c`, `/bin/bash -ol pipefail -c`, `powershell -Command`, `cmd /S /C`. */
const SHELL =
  /^((?:\/[\w./-]+\/)?(?:ba|da|a|z|k)?sh(?: -[a-z]+(?: pipefail)?)*? -[a-z]*c|(?:powershell|pwsh)(?:\.exe)?(?: -\w+)*? -[Cc]ommand|cmd(?:\.exe)?(?: \/[A-Za-z])+)(?= )/

function shellBefore(command: string): readonly string[] | undefined {
  return SHELL.exec(command)?.[1]?.split(' ')
}

/** Build arguments stand before the shell: `|2 A=1 B=x y /bin/sh -c make`. */
function withoutArguments(text: string): readonly [args: string, command: string] {
  const rest = /^\|\d+ (.*)$/s.exec(text)?.[1]
  if (rest === undefined) return ['', text]
  for (const match of rest.matchAll(/(?:^|\s)(?=\/|(?:ba)?sh |powershell|pwsh|cmd )/g)) {
    const command = rest.slice((match.index ?? 0) + match[0].length)
    if (shellBefore(command) !== undefined) return [rest.slice(0, match.index).trim(), command]
  }
  return ['', rest]
}

function readInstruction(text: string, known: KnownNames): Instruction | undefined {
  const [, keyword = '', rest = ''] = /^([A-Z]+)(?:\s+(.*))?$/s.exec(text) ?? []
  const value = rest.trim()
  switch (keyword) {
    case 'COPY':
    case 'ADD':
      return readCopy(keyword, value)
    case 'ENV':
    case 'LABEL':
      return { keyword, pairs: pairsIn(value, keyword === 'ENV' ? known.env : known.labels) }
    case 'CMD':
    case 'ENTRYPOINT':
      return { keyword, words: quotedList(value) ?? (value === '[]' || value === '' ? [] : ['/bin/sh', '-c', value]) }
    case 'SHELL':
      return { keyword, words: quotedList(value) ?? plainList(value) }
    case 'VOLUME':
      return { keyword, words: quotedList(value) ?? volumesIn(value, known.volumes) }
    case 'EXPOSE':
      return { keyword, words: plainList(value) }
    case 'USER':
    case 'WORKDIR':
    case 'STOPSIGNAL':
    case 'MAINTAINER':
    case 'ONBUILD':
      return { keyword, text: value }
    case 'ARG':
      return { keyword, pairs: argumentsIn(value) }
    case 'HEALTHCHECK':
      return { keyword, check: readHealthcheck(value) }
    default:
      return undefined
  }
}

/** Classic docker and buildah put `in` between a digest and the destination; the destination's blanks are theirs. */
function readCopy(keyword: 'COPY' | 'ADD', value: string): Instruction {
  const matches = [...value.matchAll(/(--[a-z-]+(?:=\S*)?)\s+/gy)]
  const flags = matches.map(([, flag = '']) => flag)
  const rest = value.slice(matches.reduce((length, [whole]) => length + whole.length, 0))
  return { keyword, flags, words: rest.replace(/^(\S+) in (.*)$/s, '$1 $2').trim() }
}

/** `A=1 B=x y C=` with names that the config has: a value goes on to the next of them. */
function pairsIn(text: string, names: ReadonlySet<string>): readonly (readonly [string, string])[] {
  const starts = [...text.matchAll(/(?:^|\s)([^\s=]+)=/g)].filter(({ index, 1: name = '' }) => index === 0 || names.has(name))
  if (starts.length === 0) {
    // The old form: a name, a blank, and all the rest.
    const [, name, value = ''] = /^(\S+)\s+(.*)$/s.exec(text) ?? []
    return name === undefined ? [] : [[name, value]]
  }
  return starts.map((match, index) => {
    const end = starts[index + 1]?.index ?? text.length
    return [match[1] ?? '', unquotedValue(text.slice(match.index + match[0].length, end))] as const
  })
}

/** Some makers keep the quotes of the Dockerfile. */
function unquotedValue(value: string): string {
  return /^"((?:[^"\\]|\\.)*)"$/s.exec(value)?.[1]?.replace(/\\(.)/g, '$1') ?? value
}

/** `A=x y B C=1`: words behind a value that name no argument are more of it; buildah records names alone. */
function argumentsIn(text: string): readonly (readonly [string, string | undefined])[] {
  const pairs: (readonly [string, string | undefined])[] = []
  for (const word of text.split(' ')) {
    const [, name, value] = /^([A-Za-z_]\w*)(?:=(.*))?$/s.exec(word) ?? []
    const last = pairs.at(-1)
    if (name !== undefined && (value !== undefined || last === undefined || last[1] === undefined)) pairs.push([name, value])
    else if (last !== undefined) pairs[pairs.length - 1] = [last[0], `${last[1] ?? ''} ${word}`]
    else return []
  }
  return pairs.map(([name, value]) => [name, value === undefined ? undefined : unquotedValue(value)])
}

function volumesIn(text: string, names: ReadonlySet<string>): readonly string[] {
  const inner = /^(?:map)?\[(.*)\]$/s.exec(text)?.[1] ?? text
  return names.has(inner) ? [inner] : plainList(text)
}

/** `{Test:[CMD-SHELL curl -f x || exit 1] Interval:30s …}`, or older `&{["CMD-SHELL" "curl …"] "30s" "3s" "0s" '\x03'}`; else the config has it. */
function readHealthcheck(text: string) {
  if (/^NONE$|\bNONE\]/.test(text)) return { test: ['NONE'] }
  const old = /^&\{(\[.*?"\])/s.exec(text)?.[1]
  const words = old === undefined ? undefined : quotedList(old)
  if (words !== undefined) return { test: words }
  const start = /\{Test:\[(CMD-SHELL|CMD) /.exec(text)
  const from = start === null ? text.length : start.index + start[0].length
  const end = text.indexOf('] Interval:', from)
  return start?.[1] === undefined || end === -1 ? undefined : { test: [start[1], text.slice(from, end)] }
}
