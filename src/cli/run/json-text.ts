import { escapeJson } from '../../escape.ts'

/** A result as JSON text that a terminal can be shown: strange characters of an image are there as `\uXXXX`, which means the same. */
export function jsonText(value: unknown, indent?: number): string {
  return escapeJson(JSON.stringify(value, null, indent))
}
