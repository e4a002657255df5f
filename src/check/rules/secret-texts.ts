import type { RuleText } from '../rule.ts'

/** The texts of a kind of secret, as `--list` and `--explain`; the fix is every secret's unless one is here. */
export type SecretText = Omit<RuleText, 'fix'> & { readonly fix?: string }

/** Secretlint's hits that peel lacks are these: it looks neither at checksums nor at what stands in the place of a token. */
const NO_PLACEHOLDERS =
  'Placeholders, examples, one character all through, neighbours of the alphabet, parts of longer words; what a package published unchanged (secretlint reports some of these)'

/** A token of one service, known by what it looks like. */
function token(name: string, title: string, matches: string, mustNotMatch = NO_PLACEHOLDERS): SecretText {
  return { id: `secret/${name}`, title, severity: 'error', matches, mustNotMatch, references: ['CIS 4.10'] }
}

const OWN: readonly SecretText[] = [
  token(
    'private-key',
    'A private key is in the image',
    'PEM of PKCS#1, PKCS#8 or SEC1 whose body decodes to a DER sequence, OpenSSH keys, OpenPGP secret keys; escaped in JSON too. Encrypted ones are told as info; cut ones and the snakeoil key of ssl-cert as a warning',
    'Markers without a body that decodes, public keys, certificates; keys that a package published unchanged',
  ),
  token(
    'gcp-service-account',
    'A Google Cloud service account key is in the image',
    'JSON with "type": "service_account" and a private key that decodes',
    'The type alone, documentation',
  ),
  {
    ...token(
      'ssh-host-key',
      'Every container has the same SSH host key',
      'etc/ssh/ssh_host_*_key with a private key in it',
      'Public host keys, sshd_config',
    ),
    fix: 'Delete the host keys in the RUN that installs sshd, and make them when the container first starts (ssh-keygen -A).',
  },
  token(
    'aws',
    'AWS credentials are in the image',
    'An access key id (AKIA, ABIA, ACCA; alone a warning, with its secret beside it an error), a secret access key by its name. ASIA ids are temporary: info',
    "The documentation's AKIAIOSFODNN7EXAMPLE and everything else that says EXAMPLE; digests of 40 hexadecimal digits",
  ),
  token(
    'github',
    'A GitHub token is in the image',
    'ghp_, gho_, ghu_, ghs_ and ghr_ with the right checksum, github_pat_, installation tokens around a JWT',
    'Tokens whose last six characters are not the CRC-32 of the others (secretlint reports them), placeholders',
  ),
  token(
    'npm',
    'An npm token is in the image',
    'npm_ with the right checksum, a value of _authToken',
    'A variable as the value, tokens with a wrong checksum (secretlint reports them), code that assigns _authToken',
  ),
  token(
    'docker',
    'Registry credentials are in the image',
    'auths with a login in .docker/config.json, .dockercfg and auth.json; dckr_pat_, dckr_oat_',
    '"auths": {}, credential helpers, user:password',
  ),
  token(
    'google',
    'A Google API key is in the image',
    'AIza with 35 characters: an error in .env files and in the documents, info elsewhere, because browsers are sent such keys; GOCSPX-',
    "Keys of Google's own samples",
  ),
  token(
    'jwt',
    'A JSON web token is in the image',
    'Three parts of which the first decodes to JSON with alg and the second to JSON. Expired ones and alg none are told as info',
    "jwt.io's token, encrypted tokens, parts that do not decode",
  ),
  token(
    'url-password',
    'A password is in an address',
    'scheme://user:password@host in files that configure something, in variables, labels and the history; addresses of databases in programs too. On localhost, or equal to the user: info',
    'Documentation (secretlint reports databases there), variables, <password>, words that stand for a password, hosts named example',
  ),
  {
    ...token(
      'env-name',
      'A variable is named like a secret',
      'Variables and build arguments with KEY, TOKEN, SECRET, PASSWORD, CREDENTIALS and the like as their first or last word, and a value of eight characters or more',
      'Names with PUBLIC, FILE, VERSION, ALIAS, ID, ENABLED and the like in them, GPG_KEY, NEXT_PUBLIC_*; values that are paths, numbers, addresses, digests, references or placeholders',
    ),
    severity: 'warning',
    references: ['CIS 4.10', 'CIS-DI-0010', 'DS-0031', 'DL3064', 'SecretsUsedInArgOrEnv'],
  },
  {
    ...token(
      'credential-file',
      'A file of credentials is in the image',
      '.netrc, .pgpass, .my.cnf, .git-credentials, .pypirc, .kube/config, terraform.tfstate, .htpasswd, wp-config.php, shell histories and some twenty more, each with a live value',
      'Templates, empty values, variables; files in which a secret of another kind was found',
    ),
    severity: 'warning',
    references: ['CIS 4.10', 'CIS-DI-0010'],
  },
  {
    ...token(
      'machine-id',
      'Every container has the same machine id',
      'etc/machine-id or var/lib/dbus/machine-id with 32 hexadecimal digits',
      'uninitialized, an empty file',
    ),
    severity: 'info',
    fix: 'Truncate the file in the last RUN: it is filled when a machine first starts.',
    references: [],
  },
]

/** Tokens that are told in the same words: name, whose they are, what they look like. */
const SERVICES: readonly (readonly [name: string, whose: string, matches: string])[] = [
  [
    'gitlab',
    'A GitLab token',
    'glpat-, glrt-, gldt-, glptt-, gloas-, glsoat-, glcbt-, glimt-, glft-, glagent-, glffct-, routable ones too',
  ],
  ['slack', 'A Slack token', 'xoxb-, xoxp-, xoxa-, xoxo-, xoxr-, xoxs-, xoxe-, xapp-, webhooks of hooks.slack.com'],
  ['stripe', 'A Stripe key', 'sk_live_, rk_live_, whsec_; test keys and publishable keys are told as info'],
  ['sendgrid', 'A SendGrid key', 'SG. with 22 and 43 characters'],
  ['openai', 'An OpenAI key', 'sk- with T3BlbkFJ in the middle: user, project, service account and admin keys'],
  ['anthropic', 'An Anthropic key', 'sk-ant-api, sk-ant-admin, sk-ant-oat'],
  ['huggingface', 'A Hugging Face token', 'hf_ and api_org_ with 34 letters'],
  ['pypi', 'A PyPI token', 'pypi- with the macaroon of pypi.org or test.pypi.org'],
  ['digitalocean', 'A DigitalOcean token', 'dop_v1_, doo_v1_, dor_v1_ with 64 hexadecimal digits'],
  ['vault', 'A Vault token', 'hvs., hvb., hvr.'],
  ['azure', 'An Azure key', 'AccountKey=, SharedAccessKey=, client secrets with 8Q~; not the key of the emulator'],
  ['age', 'An age secret key', 'AGE-SECRET-KEY-1 with 58 characters'],
  ['rubygems', 'A RubyGems key', 'rubygems_ with 48 hexadecimal digits'],
  ['atlassian', 'An Atlassian token', 'ATATT3, ATCTT3, ATBB'],
  ['figma', 'A Figma token', 'figd_, figdr_'],
  ['linear', 'A Linear key', 'lin_api_, lin_oauth_'],
  ['notion', 'A Notion token', 'ntn_'],
  ['cloudflare', 'A Cloudflare token', 'cfk_, cfut_, cfat_'],
  ['tailscale', 'A Tailscale key', 'tskey-'],
  ['databricks', 'A Databricks token', 'dapi with 32 hexadecimal digits'],
  ['grafana', 'A Grafana token', 'glsa_, glc_'],
  ['vercel', 'A Vercel token', 'vcp_, vci_, vca_, vcr_, vck_'],
  ['terraform', 'A Terraform Cloud token', '14 characters, .atlasv1., 60 to 70 characters'],
  ['discord', 'A Discord webhook', '/api/webhooks/ with a number and a token'],
  ['groq', 'A Groq key', 'gsk_'],
  ['replicate', 'A Replicate token', 'r8_ with 37 characters'],
  ['shopify', 'A Shopify token', 'shpat_, shpca_, shppa_, shpss_'],
  ['1password', 'A 1Password service account token', 'ops_ey'],
  ['telegram', 'A Telegram bot token', 'A number, a colon, AA and 33 characters'],
  ['newrelic', 'A New Relic key', 'NRAK-'],
  ['sentry', 'A Sentry token', 'sntrys_, sntryu_'],
  ['postman', 'A Postman key', 'PMAK-'],
  ['doppler', 'A Doppler token', 'dp.pt., dp.st.'],
]

export const SECRET_TEXTS: readonly SecretText[] = [
  ...OWN,
  ...SERVICES.map(([name, whose, matches]) => token(name, `${whose} is in the image`, matches)),
]
