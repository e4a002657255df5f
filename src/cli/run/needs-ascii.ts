/** Terminals and locales that cannot show more (terminal.md 6). */
export function needsAscii(env: NodeJS.ProcessEnv): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  const term = env['TERM'] ?? ''
  return /^(?:linux|vt\d+)$/.test(term) || (locale !== '' && !/utf-?8/i.test(locale))
}
