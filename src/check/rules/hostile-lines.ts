/**
 * Lines of scripts that fetch code and run it, or give a shell away. A line is searched for its words one after the other, each from
 * where the last was found, in one pass: an expression with several of them begins anew at each first word, and takes hours for a file that
 * was made for that.
 */

/** Whether a line pipes what it fetches or decodes into a shell. */
export function runsFetched(line: string): boolean {
  return FETCHED.test(line) || pipesFetched(line) || line.split(';').some(pipesDecoded)
}

const FETCHED = /(?:ba|da)?sh\s+-c\s+["']?\$\((?:curl|wget)\b|(?:ba)?sh\s+<\((?:curl|wget)\b/

/** Between the fetching program and the pipe into a shell stands no other pipe, and no end of the command. */
function pipesFetched(line: string): boolean {
  const commands = line.split(/([|;])/)
  return commands.some(
    (command, at) =>
      commands[at + 1] === '|' &&
      /^\s*(?:sudo\s+)?(?:ba|da|z|a)?sh\b/.test(commands[at + 2] ?? '') &&
      /(?:curl|wget)\b/.test(command),
  )
}

function pipesDecoded(command: string): boolean {
  return isFollowed(command, /base64\s+(?:-d|--decode)\b/, rest => /\|\s*(?:ba|da|z|a)?sh\b/.test(rest))
}

/** Whether a line opens a shell to another host. A connection alone is how scripts wait for a port: a shell must be at the end of it. */
export function callsOut(line: string): boolean {
  const connects = /\/dev\/(?:tcp|udp)\/[\w.$-]+\//i.test(line)
  if (!connects && !givesShell(line)) return false
  return (
    !/\/dev\/(?:tcp|udp)\//.test(line) || HANDS_OVER.test(line) || isFollowed(line, /\bsh\b/, rest => /<\s*\/dev\/tcp/.test(rest))
  )
}

const HANDS_OVER = /\b(?:ba|da|z|k)?sh\b\s+-i|\bexec\s+\d+<>|0>&1|<&1/

function givesShell(line: string): boolean {
  return (
    isFollowed(line, /\bbash\s+-i\s+/i, rest => rest.includes('>&')) ||
    isFollowed(line, /socat\b/i, rest => rest.split(/\s+/).some(startsShell)) ||
    line
      .split(/[;|]/)
      .some(command => isFollowed(command, /\b(?:nc|ncat|netcat)\b/i, rest => /\s-[a-z]{0,9}e\s*\S*sh\b/i.test(rest)))
  )
}

/** socat's `exec:/bin/sh`. */
function startsShell(word: string): boolean {
  const lower = word.toLowerCase()
  const at = lower.indexOf('exec:')
  return at !== -1 && lower.includes('sh', at + 'exec:'.length)
}

/** Whether the first match of `first` is there and what follows it is right: what follows a later one is a part of that. */
function isFollowed(text: string, first: RegExp, isRight: (rest: string) => boolean): boolean {
  const match = first.exec(text)
  return match !== null && isRight(text.slice(match.index + match[0].length))
}
