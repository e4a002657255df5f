import type { Diagnostic } from '../../error.ts'

/** The oddities that a writing command tells on standard error, each once, for `diagnostics` of its JSON; notes too, which the text has with `--verbose`. */
export function diagnosticsJson(diagnostics: readonly Diagnostic[]): readonly object[] {
  const bodies = diagnostics.map(({ code, severity, message, layer, path }) => ({
    code,
    severity,
    message,
    ...(layer !== undefined && { layer }),
    ...(path !== undefined && { path }),
  }))
  return [...new Map(bodies.map(body => [JSON.stringify(body), body])).values()]
}
