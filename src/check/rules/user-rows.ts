import { escapeText } from '../../escape.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import { type Account, accountsOf, passwordsOf } from '../accounts.ts'
import { findNode } from '../find-node.ts'
import type { Contents, Documents, DocumentsRule, Hit, Layers, LayersRule, Rule } from '../rule.ts'
import { commandOf, startsAsOnLinux } from './program.ts'
import { accountFile, accountWants, runningUser } from './running-user.ts'

/** The user the container runs as, and the users that may log in. */

const root: LayersRule = {
  id: 'user/root',
  severity: 'warning',
  title: 'The container runs as root',
  matches: 'User is empty, 0, or a name that etc/passwd gives the uid 0',
  mustNotMatch:
    'Images meant to be built upon (their command is a shell or none, and no layer is on top of the base): told as info',
  fix: {
    other:
      'End with USER 65532 (a number, so that Kubernetes can hold runAsNonRoot against it) and give that uid what it must write.',
  },
  references: ['CIS 4.1', 'CIS-DI-0001', 'DS-0002', 'DL3002'],
  needs: 'layers',
  wants: accountWants,
  *look(layers, contents) {
    const { image } = layers
    if (image.config === undefined || !startsAsOnLinux(image.platform?.os)) return
    const user = runningUser(layers, contents)
    if (user.uid !== 0) return
    const why = user.name === '' ? 'User is not set' : `User is "${escapeText(image.config.value.container.user ?? '')}"`
    yield { ...(isBaseImage(layers) && { severity: 'info' }), detail: `${why}: processes have the uid 0.` }
  },
}

/** An image that others are built on: nothing lies over its root file system, and it starts a shell at most. */
function isBaseImage({ image, baseLayers }: Documents): boolean {
  if (baseLayers > 0 && baseLayers === image.layers.length) return true
  const [word = ''] = commandOf(image.config?.value.container)
  return image.layers.length <= 1 && (word === '' || SHELL.test(word))
}

const SHELL = /(?:^|\/)(?:ba|da|a|z|k)?sh$/

const nameNotNumber: DocumentsRule = {
  id: 'user/name-not-number',
  severity: 'info',
  title: 'The user is given by name',
  matches:
    'User begins with a name other than root: Kubernetes refuses runAsNonRoot for it, because it does not look into the image',
  mustNotMatch: 'Numbers, an empty User, root',
  fix: { other: 'USER with the number: USER uid:gid.' },
  references: ['DL3066'],
  needs: 'documents',
  *look({ image }) {
    const name = (image.config?.value.container.user ?? '').split(':', 1)[0] ?? ''
    if (name === '' || name === 'root' || /^\d+$/.test(name)) return
    yield { detail: `User is "${escapeText(name)}".`, key: name }
  },
}

const emptyPassword: LayersRule = {
  id: 'user/empty-password',
  severity: 'error',
  title: 'An account can be logged into without a password',
  matches: 'The password field of etc/shadow or etc/passwd is empty for an account with a login shell (CVE-2019-5021)',
  mustNotMatch: '*, !, !!, x and hashes; accounts whose shell is nologin or false',
  fix: { other: 'passwd -l NAME, or a * in the field, in the step that makes the account.' },
  references: ['DKL-LI-0001', 'CVE-2019-5021'],
  needs: 'layers',
  wants: accountWants,
  *look(layers, contents) {
    const { accounts, shadow, places } = accountsIn(layers, contents)
    const shells = new Map(accounts.map(({ name, shell }) => [name, shell]))
    for (const [name, password] of shadow)
      if (password === '' && !NO_LOGIN.test(shells.get(name) ?? ''))
        yield account(places.shadow, name, 'etc/shadow has an empty password for')
    for (const { name, password, shell } of accounts)
      if (password === '' && !NO_LOGIN.test(shell)) yield account(places.passwd, name, 'etc/passwd has an empty password for')
  },
}

const NO_LOGIN = /(?:^|\/)(?:nologin|false|sync|halt|shutdown)$/

const secondRoot: LayersRule = {
  id: 'user/second-root',
  severity: 'error',
  title: 'An account besides root has the uid 0',
  matches: 'A line of etc/passwd with the uid 0 and a name that is not root',
  mustNotMatch: 'toor, which BSD systems have',
  fix: { other: 'Take the line out of etc/passwd in the step that adds it (userdel NAME), or give it a uid of its own.' },
  references: ['DKL-LI-0002'],
  needs: 'layers',
  wants: accountWants,
  *look(layers, contents) {
    const { accounts, places } = accountsIn(layers, contents)
    for (const { name, uid } of accounts)
      if (uid === 0 && name !== 'root' && name !== 'toor') yield account(places.passwd, name, 'The uid 0 has the account')
  },
}

function account(node: TreeNode | undefined, name: string, words: string): Hit {
  return {
    ...(node !== undefined && { path: node.path, layer: node.layer }),
    detail: `${words} "${escapeText(name)}".`,
    key: name,
  }
}

function accountsIn({ snapshot }: Layers, contents: Contents) {
  const passwd = accountFile(snapshot, contents, 'etc/passwd')
  const shadow = accountFile(snapshot, contents, 'etc/shadow')
  const accounts: readonly Account[] = passwd === undefined ? [] : accountsOf(passwd)
  return {
    accounts,
    shadow: shadow === undefined ? new Map<string, string>() : passwordsOf(shadow),
    places: { passwd: findNode(snapshot, 'etc/passwd'), shadow: findNode(snapshot, 'etc/shadow') },
  }
}

export const USER_ROWS: readonly Rule[] = [root, nameNotNumber, emptyPassword, secondRoot]
