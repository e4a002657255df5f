import { writeSync } from 'node:fs'
import type { TerminalHost, TerminalInput } from '../../tui/terminal/host.ts'

/** This process as the screen's host: its streams, its signals, its end. */
export function createTerminalHost(stdin: TerminalInput = process.stdin): TerminalHost {
  return {
    stdin,
    stdout: process.stdout,
    env: process.env,
    writeNow: text => {
      try {
        writeSync(process.stdout.fd, text)
      } catch {
        // The terminal is gone: there is nothing to leave as it was.
      }
    },
    onSignal: (signal, listener) => {
      process.on(signal, listener)
      return () => process.off(signal, listener)
    },
    onExit: listener => {
      process.on('exit', listener)
      return () => process.off('exit', listener)
    },
    onCrash: listener => {
      process.on('uncaughtException', listener)
      process.on('unhandledRejection', listener)
      return () => {
        process.off('uncaughtException', listener)
        process.off('unhandledRejection', listener)
      }
    },
    stop: stopGroup,
  }
}

/**
 * The meaning of Ctrl-Z to a shell. The whole group stops: under `npm start` the parent would otherwise keep the terminal,
 * and the shell would not come back.
 */
async function stopGroup(): Promise<void> {
  const continued = new Promise<void>(resolve => process.once('SIGCONT', () => resolve()))
  process.kill(0, 'SIGTSTP')
  await continued
  refreshSize(process.stdout)
}

/** The window may have changed while we were stopped; Node learns of it only with the next SIGWINCH. */
function refreshSize(stdout: object): void {
  if ('_refreshSize' in stdout && typeof stdout._refreshSize === 'function') stdout._refreshSize()
}
