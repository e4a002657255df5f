import { ImageError, reasonOf } from '../../error.ts'
import type { ErrorCode } from '../../error-code.ts'
import { escapeText } from '../../escape.ts'
import type { Context } from './context.ts'
import { jsonText } from './json-text.ts'

/**
 * Says on standard error what could not be done and, on the next line, what to try; with `--json` also on standard
 * output as `{"error": {"code", "message", "hint"}}` (cli.md).
 */
export async function reportError(thrown: unknown, context: Context): Promise<void> {
  const error = thrown instanceof ImageError ? thrown : unexpected(thrown)
  const message = withoutPasswords(error.message)
  const hint = error.hint === undefined ? undefined : withoutPasswords(error.hint)
  const trace = context.common().verbose ? withoutPasswords(traceOf(thrown)) : ''
  const lines = [`peel: ${escapeText(message)}`, ...(hint === undefined ? [] : [escapeText(hint)]), trace]
  await context.error.write(lines.join('\n')).catch(() => undefined)
  if (!context.json) return
  const body = { error: { code: error.code, message, ...(hint !== undefined && { hint }) } }
  await context.output.write(`${jsonText(body)}\n`).catch(() => undefined)
}

/**
 * A text without the passwords of logins that were typed as a part of a name, `USER:PASSWORD@HOST`: a terminal's lines and logs are read by
 * others. A tag or a directory before a digest or a position, `app:1@sha256:…`, `oci:dir@0`, is none.
 */
export function withoutPasswords(text: string): string {
  return text.replace(LOGIN, '$1***')
}

const LOGIN =
  /(?<![\w.-])(?!(?:oci|docker|oci-archive|docker-archive|docker-daemon|dir|file):)([^\s"'/@:]{1,200}:)[^\s"'/@]{1,500}(?=@(?!sha(?:256|512):|\d+(?![\w.:/-])))/g

const SYSTEM: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ENOSPC: ['NO_SPACE', 'no space is left on the device'],
  EDQUOT: ['NO_SPACE', 'the disk quota is used up'],
  EFBIG: ['NO_SPACE', 'a file would be larger than the file system or ulimit -f allows'],
  EIO: ['SYSTEM_ERROR', 'the disk failed (input/output error)'],
  EACCES: ['PERMISSION_DENIED', 'permission denied'],
  EPERM: ['PERMISSION_DENIED', 'the operation is not permitted'],
  EROFS: ['PERMISSION_DENIED', 'the file system is read-only'],
  EMFILE: ['SYSTEM_ERROR', 'too many files are open'],
  ENOMEM: ['SYSTEM_ERROR', 'not enough memory'],
}

/** The system's errors in words; anything else is a mistake of ours and says so. */
function unexpected(thrown: unknown): ImageError {
  const known = SYSTEM[systemCode(thrown) ?? '']
  if (known !== undefined) return new ImageError(known[0], `Cannot finish: ${known[1]}`, { cause: thrown })
  return new ImageError('INTERNAL', `Cannot finish: ${reasonOf(thrown)}`, {
    hint: 'This is a mistake in peel; with --verbose it shows where.',
    cause: thrown,
  })
}

function systemCode(thrown: unknown): string | undefined {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return typeof code === 'string' ? code : undefined
}

function traceOf(thrown: unknown): string {
  const lines: string[] = []
  for (let each = thrown; each instanceof Error && lines.length < 8; each = each.cause) lines.push(each.stack ?? each.message)
  return lines.length === 0 ? '' : `${lines.join('\ncaused by ').split('\n').map(escapeText).join('\n')}\n`
}
