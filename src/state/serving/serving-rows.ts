import { escapeText } from '../../escape.ts'
import { formatCount } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import { type Line, line, span } from '../../line/line.ts'
import { cutMiddle, padEnd, padStart } from '../../line/text.ts'
import type { PullCommand, ServedRequest, Serving } from '../model/serving.ts'

/** A command can be copied; the other rows are read. */
export type ServingRow =
  | { readonly kind: 'text'; readonly line: Line }
  | { readonly kind: 'pull'; readonly pull: PullCommand; readonly line: Line }

const [CLIENT, SIZE, NUMBER, METHOD, STATUS] = [24, 10, 9, 7, 5]

/** How it is pulled, what is served, how much each client asked for, and the requests, the newest first. */
export function servingRows({ served, clients, requests }: Serving, width: number): readonly ServingRow[] {
  if (served === undefined) return []
  return [
    heading('Pull it with'),
    ...served.pulls.map(pull => ({ kind: 'pull' as const, pull, line: pullLine(pull) })),
    heading('Served'),
    ...served.names.map(name => text(line('  ', span(escapeText(name))))),
    heading('Clients'),
    ...(clients.size === 0 ? [text(line('  ', span('none yet', 'dim')))] : []),
    ...[...clients].map(([client, { requests: count, bytes }]) =>
      text(
        line(
          `  ${padEnd(escapeText(client), CLIENT)}`,
          span(padStart(formatCount(count), NUMBER), 'number'),
          ` ${padEnd(count === 1 ? 'request' : 'requests', NUMBER)}`,
          span(padStart(formatSize(bytes), SIZE), 'number'),
        ),
      ),
    ),
    heading('Requests'),
    ...(requests.length === 0 ? [text(line('  ', span('none yet', 'dim')))] : []),
    ...requests.map(each => text(requestLine(each, width))),
  ]
}

function text(of: Line): ServingRow {
  return { kind: 'text', line: of }
}

function heading(words: string): ServingRow {
  return text(line(span(words, 'strong')))
}

function pullLine({ command }: PullCommand): Line {
  return line('  ', span(escapeText(command), 'accent'))
}

function requestLine({ method, path, status, bytes, milliseconds, client }: ServedRequest, width: number): Line {
  const room = Math.max(10, width - METHOD - STATUS - SIZE - NUMBER - 4 - Math.min(client.length, CLIENT))
  const shown = cutMiddle(escapeText(path.slice(0, 300)), room)
  return line(
    `  ${padEnd(escapeText(method.slice(0, METHOD)), METHOD)}`,
    padEnd(shown, room),
    span(padStart(String(status), STATUS), status >= 400 ? 'warning' : 'dim'),
    span(padStart(formatSize(bytes), SIZE), 'number'),
    span(padStart(`${Math.round(milliseconds)} ms`, NUMBER), 'dim'),
    span(`  ${escapeText(client.slice(0, CLIENT))}`, 'dim'),
  )
}
