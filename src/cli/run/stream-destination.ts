import { outputIsTerminal } from '../../transport/output-terminal.ts'
import type { Context } from './context.ts'

/** @throws ImageError `OUTPUT_IS_TERMINAL` where an archive would be written to a terminal, without `--force` */
export function checkStream(context: Context, typed: string, force: boolean): void {
  if (force || !isStream(typed) || !context.output.terminal) return
  throw outputIsTerminal()
}

/** Whether the image itself goes to standard output, so that what is said about it goes to standard error. */
export function isStream(typed: string | undefined): boolean {
  return typed !== undefined && /^(?:(?:oci|docker)-archive:(?:\/\/)?)?-(?::|$)/.test(typed)
}
