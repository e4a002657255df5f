/** What the user chose, on the command line or in the configuration file. */
export type Settings = {
  /** Name of a theme (tui/theme.ts). */
  readonly theme: string
  /** Only ASCII characters for marks, bars and rules. */
  readonly ascii: boolean
  readonly mouse: boolean
  /** Web addresses as links that the terminal can open (OSC 8). */
  readonly links: boolean
}

export const DEFAULT_SETTINGS: Settings = { theme: 'terminal', ascii: false, mouse: true, links: true }

/** The themes there are (tui/theme.ts draws them); the first is the default. */
export const THEME_NAMES: readonly string[] = ['terminal', 'high-contrast', 'night', 'paper', 'gruvbox']
