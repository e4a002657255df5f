/** The themes there are (tui/theme.ts draws them); the first is the default. */
export const THEME_NAMES: readonly string[] = ['terminal', 'high-contrast', 'night', 'paper', 'gruvbox']
