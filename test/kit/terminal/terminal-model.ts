import xterm from '@xterm/headless'

const { Terminal } = xterm

/** A terminal in memory: what a person would see of the bytes that were written to it. */
export class TerminalModel {
  readonly #terminal: InstanceType<typeof Terminal>

  constructor(columns: number, rows: number, answer: (text: string) => void = () => {}) {
    this.#terminal = new Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 })
    this.#terminal.onData(answer)
  }

  write(bytes: string | Uint8Array): Promise<void> {
    return new Promise(resolve => this.#terminal.write(bytes, resolve))
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows)
  }

  get terminal(): InstanceType<typeof Terminal> {
    return this.#terminal
  }

  /** The rows of the screen, without spaces at their ends. */
  lines(): readonly string[] {
    const { active } = this.#terminal.buffer
    return Array.from({ length: this.#terminal.rows }, (_, row) => {
      return (
        active
          .getLine(active.baseY + row)
          ?.translateToString(true)
          .trimEnd() ?? ''
      )
    })
  }

  text(): string {
    return this.lines().join('\n')
  }

  /** Whether the alternate screen is on. */
  get alternate(): boolean {
    return this.#terminal.buffer.active.type === 'alternate'
  }
}
