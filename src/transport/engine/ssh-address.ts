import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'

/** An engine on another machine, reached by the system's ssh. */
export type SshAddress = {
  /** The host alone, for messages. */
  readonly host: string
  /** The arguments of `ssh`. */
  readonly arguments: readonly string[]
}

const USER = /^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/
const HOST = /^(?:[A-Za-z0-9_][A-Za-z0-9_.-]*|\[[0-9A-Fa-f:.]+\])$/
const SOCKET = /^(?:\/[A-Za-z0-9_.@+-]+)+$/

/**
 * The arguments for an address like `ssh://me@host:22`, as docker and podman have it: docker's command at the other end joins
 * its standard streams with the engine (`docker system dial-stdio`); a socket that podman names is forwarded to. Users, hosts and
 * paths are of characters that neither ssh nor a shell reads as anything else; nothing is asked for on the terminal.
 * @throws ImageError `ENGINE_UNSUPPORTED`
 */
export function sshAddress(text: string, engine: 'docker' | 'podman'): SshAddress {
  const [, user, host = '', port, path = ''] = /^ssh:\/\/(?:([^@/]*)@)?([^/@]*?)(?::(\d+))?(\/[^?#]*)?$/.exec(text) ?? []
  const socket = path === '/' ? '' : path
  if (user?.includes(':')) throw refused(text.replace(/:[^@/]*@/, ':…@'), 'passwords do not belong into an address', KEYS)
  if (!HOST.test(host) || (user !== undefined && !USER.test(user)) || (socket !== '' && !SOCKET.test(socket)))
    throw refused(text, 'it is not ssh://[USER@]HOST[:PORT][/SOCKET]', 'Write an alias of ~/.ssh/config for anything else.')
  const named = [...(user === undefined ? [] : ['-l', user]), ...(port === undefined ? [] : ['-p', port])]
  const name = host.replace(/^\[|\]$/g, '')
  const options = ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=30', '-T', ...named]
  if (engine === 'podman' && socket !== '') return { host: name, arguments: [...options, '-W', socket, '--', name] }
  const where = socket === '' ? [] : ['--host', `unix://${socket}`]
  return { host: name, arguments: [...options, '--', name, engine, ...where, 'system', 'dial-stdio'] }
}

const KEYS = 'Have ssh log in with a key (ssh-add), and leave the password out.'

function refused(text: string, why: string, hint: string): ImageError {
  return new ImageError('ENGINE_UNSUPPORTED', { action: `reach the engine at "${escapeText(text)}"`, why }, { hint })
}
