import { isRecord } from '../../blob/descriptor.ts'
import { isPlaceholder, isPlaceholderPassword } from './placeholder.ts'
import type { FileKind, Sighting } from './secret-kind.ts'

/** Files that programs keep credentials in, each with a live value in its own place; templates and empty ones are left alone. */
export const CREDENTIAL_FILES: readonly FileKind[] = [
  {
    ...file('Docker registry credentials'),
    id: 'secret/docker',
    severity: 'error',
    names: ['config.json', '.dockercfg', 'auth.json', '.dockerconfigjson'],
    path: /(?:^|\/)(?:\.docker\/config\.json|\.dockercfg|\.dockerconfigjson|(?:containers|\.config\/containers)\/(?:.*\/)?auth\.json|kaniko\/\.docker\/config\.json|var\/lib\/kubelet\/config\.json)$/,
    read: dockerAuths,
  },
  { ...file('Credentials of .netrc'), names: ['.netrc', '_netrc', 'netrc', 'auth.conf'], read: values(/\bpassword\s+(\S+)/g) },
  {
    ...file('PostgreSQL passwords'),
    names: ['.pgpass', 'pgpass.conf'],
    read: values(/^[^#\s][^:\n]*:[^:\n]*:[^:\n]*:[^:\n]*:([^\n\r]+)$/gm),
  },
  {
    ...file('MySQL password'),
    names: ['.my.cnf', 'my.cnf', 'debian.cnf'],
    read: values(/^[ \t]*password\s*=\s*["']?([^"'\s#]+)/gm),
  },
  {
    ...file('Git credentials'),
    names: ['.git-credentials', 'credentials'],
    path: /(?:^|\/)(?:\.git-credentials|\.config\/git\/credentials)$/,
    read: values(/^\w+:\/\/[^:@\s/]*:([^@\s]+)@\S+/gm),
  },
  {
    ...file('GitHub or Hub login'),
    names: ['hosts.yml', 'hub'],
    path: /(?:^|\/)\.config\/(?:gh\/hosts\.yml|hub)$/,
    read: values(/\boauth_token:\s*["']?([\w-]{20,})/g),
  },
  { ...file('PyPI password'), names: ['.pypirc'], read: values(/^[ \t]*password\s*[:=]\s*(\S+)/gm) },
  {
    ...file('npm password'),
    names: ['.npmrc', 'npmrc', '.yarnrc.yml', '.yarnrc'],
    read: values(/(?:_auth|_password|npmAuthIdent|npmAuthToken)["']?\s*[=:]\s*["']?([^\s"'$]{6,})/g),
  },
  {
    ...file('RubyGems key'),
    names: ['credentials'],
    path: /(?:^|\/)\.(?:gem|local\/share\/gem)\/credentials$/,
    read: values(/^:?\w+:\s*["']?([\w-]{20,})/gm),
  },
  {
    ...file('Cargo token'),
    names: ['credentials', 'credentials.toml'],
    path: /(?:^|\/)\.?cargo\/credentials(?:\.toml)?$/,
    read: values(/^[ \t]*token\s*=\s*"([^"]{8,})"/gm),
  },
  {
    ...file('Composer credentials'),
    names: ['auth.json'],
    path: /^(?!(?:.*\/)?containers\/auth\.json$)/,
    read: values(/"(?:password|github\.com|gitlab\.com|token|[\w.-]+\.[a-z]{2,})"\s*:\s*"([^"\s]{6,})"/g),
  },
  { ...file('NuGet password'), names: ['nuget.config'], read: values(/key="(?:ClearText)?Password"\s+value="([^"]+)"/gi) },
  {
    ...file('Maven password'),
    names: ['settings.xml', 'settings-security.xml'],
    path: /(?:^|\/)(?:\.m2|maven|conf)\/settings(?:-security)?\.xml$/,
    read: text => values(/<(?:password|passphrase)>\s*([^<\s{][^<\s]*)\s*<\//g)(withoutComments(text)),
  },
  {
    ...file('Gradle password'),
    names: ['gradle.properties'],
    read: values(/^[ \t]*[\w.]*(?:password|token|secret)\s*=\s*(\S+)/gim),
  },
  {
    ...file('Kubernetes login'),
    names: ['config', 'kubeconfig', 'admin.conf', 'kubelet.conf', 'kubeconfig.yaml', 'kubeconfig.yml', 'k3s.yaml'],
    path: /(?:^|\/)(?:\.kube\/config|kubeconfig(?:\.ya?ml)?|etc\/kubernetes\/[\w-]+\.conf|k3s\.yaml)$/,
    read: values(/^[ \t]*(?:-\s+)?(?:client-key-data|token|password|id-token|refresh-token):\s*["']?([^\s"']{8,})/gm),
  },
  {
    ...file('Terraform state with passwords'),
    names: [],
    endings: ['.tfstate', '.backup'],
    path: /\.tfstate(?:\.backup)?$/,
    read: values(/"(?:[\w-]*(?:password|secret_key|private_key|secret|access_key|token))"\s*:\s*"([^"\\\n]{6,})/g),
  },
  {
    ...file('Terraform credentials'),
    names: ['credentials.tfrc.json', '.terraformrc', 'terraform.rc'],
    read: values(/\btoken"?\s*[:=]\s*"([^"]{10,})"/g),
  },
  { ...file('Vault token'), names: ['.vault-token'], read: values(/^\s*([\w.-]{20,})\s*$/g) },
  {
    ...file('Password hashes of a web server'),
    names: ['.htpasswd', 'htpasswd'],
    read: values(/^[^:#\s]+:(?:(?:\$(?:apr1|2[aby]|5|6|y)\$|\{SHA\})(\S+)|([./\w]{13}))[ \t\r]*$/gm),
  },
  {
    ...file('Rails master key'),
    names: ['master.key', 'credentials.key', 'production.key'],
    path: /(?:^|\/)config\/(?:credentials\/)?\w+\.key$/,
    read: values(/^\s*([a-f0-9]{32})\s*$/g),
  },
  { ...file('Database password of Rails'), names: ['database.yml'], read: values(/^[ \t]*password:[ \t]*["']?([^\s"'<#]+)/gm) },
  {
    ...file('Database password of WordPress'),
    names: ['wp-config.php'],
    read: values(/define\(\s*['"]DB_PASSWORD['"]\s*,\s*['"]([^'"]+)['"]/g, wordpress),
  },
  {
    ...file('AWS credentials'),
    names: ['credentials', 'config'],
    path: /(?:^|\/)\.aws\/(?:credentials|config)$/,
    read: values(/^[ \t]*aws_(?:secret_access_key|session_token)\s*=\s*(\S{30,})/gm),
  },
  {
    ...file('Google Cloud login'),
    names: ['application_default_credentials.json', 'adc.json'],
    read: values(/"(?:refresh_token|client_secret)"\s*:\s*"([^"]{12,})"/g),
  },
  {
    ...file('Azure login'),
    names: ['accesstokens.json', 'msal_token_cache.json', 'service_principal_entries.json'],
    read: values(/"(?:refreshToken|accessToken|secret|client_secret)"\s*:\s*"([^"]{16,})"/g),
  },
  {
    ...file('Password of rclone or s3cmd'),
    names: ['rclone.conf', '.s3cfg', '.boto', '.passwd-s3fs', 'passwd-s3fs'],
    read: values(
      /^[ \t]*(?:pass|secret_key|secret_access_key|client_secret|gs_secret_access_key|aws_secret_access_key|token)\s*=\s*(\S{6,})|^[A-Z0-9]{16,128}:([A-Za-z0-9+/]{40})\s*$/gm,
    ),
  },
  {
    ...file('DigitalOcean login'),
    names: ['config.yaml'],
    path: /(?:^|\/)(?:\.config\/)?doctl\/config\.yaml$/,
    read: values(/^[ \t]*access-token:\s*["']?(\S{20,})/gm),
  },
  {
    ...file('Password in a shell history'),
    names: [
      '.bash_history',
      '.zsh_history',
      '.ash_history',
      '.sh_history',
      '.mysql_history',
      '.psql_history',
      '.python_history',
      '.node_repl_history',
      '.rediscli_history',
    ],
    read: values(
      /(?:\bmysql\b.{0,200}\s-p|--password[= ]|\bPGPASSWORD=|\bMYSQL_PWD=|\bsshpass\s+-p\s*|\bIDENTIFIED BY\s+|\bdocker login\b.{0,200}\s-p\s*|\bcurl\b.{0,200}\s(?:-u|--user)\s+["']?[^\s:"']+:)["']?([^\s"';]{4,})/gi,
    ),
  },
  {
    ...file('Machine id'),
    id: 'secret/machine-id',
    severity: 'info',
    names: ['machine-id'],
    path: /^(?:etc|var\/lib\/dbus)\/machine-id$/,
    read: values(/^\s*([0-9a-f]{32})\s*$/g),
  },
]

function file(name: string): Pick<FileKind, 'id' | 'name' | 'severity'> {
  return { id: 'secret/credential-file', name, severity: 'warning' }
}

/** Files are bounded, what is found in one as well. */
const MOST_VALUES = 64

/** The text of the first group that took part in a match, where it is a live value. */
function values(pattern: RegExp, isDefault: (value: string) => boolean = () => false): (text: string) => Iterable<Sighting> {
  return function* (text) {
    let count = 0
    for (const match of text.matchAll(pattern)) {
      const value = match.slice(1).find(group => group !== undefined)
      if (value === undefined || value.startsWith('$') || isPlaceholderPassword(value) || isDefault(value)) continue
      const start = match.index + match[0].lastIndexOf(value)
      yield { start, end: start + value.length }
      if (++count === MOST_VALUES) return
    }
  }
}

/** XML with blanks in place of its comments; searched, not matched, so that hostile text costs no more than its length. */
function withoutComments(text: string): string {
  const parts: string[] = []
  let at = 0
  for (let open = text.indexOf('<!--'); open !== -1; open = text.indexOf('<!--', at)) {
    const close = text.indexOf('-->', open + 4)
    const end = close === -1 ? text.length : close + 3
    parts.push(text.slice(at, open), ' '.repeat(end - open))
    at = end
  }
  return parts.join('') + text.slice(at)
}

/** Values of wp-config-sample.php, and calls that read the value from the environment. */
function wordpress(value: string): boolean {
  return value === 'password_here' || value === 'database_password_here'
}

/** `auths.HOST.auth` is `user:password` in base 64; `identitytoken` and `password` stand for themselves. */
function* dockerAuths(text: string): Generator<Sighting> {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    return
  }
  const auths = isRecord(document) ? (isRecord(document['auths']) ? document['auths'] : document) : {}
  for (const login of Object.values(auths).slice(0, MOST_VALUES)) {
    if (!isRecord(login)) continue
    for (const key of ['auth', 'identitytoken', 'registrytoken', 'password']) {
      const value = login[key]
      if (typeof value !== 'string' || value === '') continue
      const plain =
        key === 'auth'
          ? Buffer.from(value, 'base64')
              .toString('latin1')
              .replace(/^[^:]*:/, '')
          : value
      if (isPlaceholderPassword(plain) || isPlaceholder(value)) continue
      const start = text.indexOf(value)
      // A value with escapes in it is not found as it stands: then the whole document is the place.
      if (start === -1) yield { start: 0, end: text.length }
      else yield { start, end: start + value.length }
    }
  }
}
