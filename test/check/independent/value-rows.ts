import { casesOf, type FindingCase } from '../corpus/finding-case.ts'
import { ageKey, alphabets, reference, text, webToken } from './made-up.ts'

/** Secrets that have rules of their own: web tokens, addresses, names, keys of age, ids of machines. */
const claims = { sub: '8842', iss: 'https://login.orders.internal', exp: 4_102_444_800 }
const databasePassword = text('database', 16)

export const VALUE_ROWS: readonly FindingCase[] = [
  ...casesOf(
    'secret/google',
    {
      'a key in variables': {
        severity: 'error',
        layers: [{ 'app/.env': `MAPS=AIza${text('google', 35, alphabets.base64url)}\n` }],
      },
      'a client secret': {
        severity: 'error',
        layers: [{ 'app/oauth.json': `{"client_secret":"GOCSPX-${text('google 2', 28)}"}` }],
      },
    },
    {
      'a key of a web page is no error': {
        severity: 'warning',
        layers: [{ 'usr/share/nginx/html/app.js': `var k="AIza${text('google 3', 35, alphabets.base64url)}"` }],
      },
      'too short': { layers: [{ 'app/.env': `MAPS=AIza${text('google 4', 20)}\n` }] },
    },
  ),
  ...casesOf(
    'secret/jwt',
    {
      'a service token': {
        severity: 'error',
        layers: [{ 'app/token.txt': webToken({ alg: 'HS256', typ: 'JWT' }, claims, 'jwt 1') }],
      },
      'a token of a cluster': {
        severity: 'error',
        layers: [
          {
            'var/run/secrets/token': webToken(
              { alg: 'RS256', kid: 'a1' },
              { iss: 'kubernetes/serviceaccount', sub: 'system:serviceaccount:prod:api' },
              'j',
            ),
          },
        ],
      },
    },
    {
      'an expired one is no error': {
        severity: 'warning',
        layers: [{ 'app/token.txt': webToken({ alg: 'HS256', typ: 'JWT' }, { sub: '1', exp: 1_500_000_000 }, 'jwt 2') }],
      },
      'one without a signature is no error': {
        severity: 'warning',
        layers: [{ 'app/token.txt': webToken({ alg: 'none' }, { sub: '1' }, 'jwt 3') }],
      },
      'three words with dots': { layers: [{ 'app/x.js': 'eyJlbmNvZGVk.eyJub3RoaW5n.signature-of-nothing\n' }] },
    },
  ),
  ...casesOf(
    'secret/url-password',
    {
      'a database in variables': {
        severity: 'error',
        config: { Env: [`DATABASE_URL=postgres://orders:${databasePassword}@db.orders.internal:5432/orders`] },
      },
      'a broker in settings': {
        severity: 'error',
        layers: [{ 'app/config/queue.yml': `url: amqp://shop:${databasePassword}@mq.orders.internal/%2f\n` }],
      },
      'an index of packages in the history': {
        severity: 'error',
        history: [
          {
            created_by: `RUN /bin/sh -c pip install --index-url https://ci:${databasePassword}@pypi.orders.internal/simple orders # buildkit`,
          },
        ],
      },
      'git over HTTPS in settings': {
        severity: 'error',
        layers: [{ 'app/site.conf': `remote = https://ci:${databasePassword}@git.orders.internal/shop.git\n` }],
      },
    },
    {
      'the host is an example': { layers: [{ 'app/a.conf': 'url = https://user:pass@example.com/\n' }] },
      references: { layers: [{ 'app/a.env': `DATABASE_URL=postgres://$DB_USER:${reference('DB_PASSWORD')}@db:5432/app\n` }] },
      'a user without a password': { layers: [{ 'app/a.conf': 'remote = ssh://git@git.orders.internal:22/shop.git\n' }] },
      'a time and an address': { layers: [{ 'app/a.conf': 'contact = http://orders.internal:8080/mail/@team\n' }] },
    },
  ),
  ...casesOf(
    'secret/env-name',
    {
      'a variable of the config': { config: { Env: [`SESSION_SECRET=${text('session', 24)}`] } },
      'a build argument': { history: [{ created_by: `RUN |1 SENTRY_PASSWORD=${text('arg', 14)} /bin/sh -c make # buildkit` }] },
      'an instruction of the history': {
        history: [{ created_by: `ENV MAILER_TOKEN=${text('mail', 22)}`, empty_layer: true }, { created_by: 'x' }],
      },
    },
    {
      'the path of a file': { config: { Env: ['POSTGRES_PASSWORD_FILE=/run/secrets/pg', 'TLS_KEY=/etc/tls/tls.key'] } },
      "python's fingerprint": { config: { Env: ['GPG_KEY=7169605F62C751356D054A26A821E680E5FA6305'] } },
      'a flag and a duration': { config: { Env: ['DISABLE_AUTH=true', 'TOKEN_TTL=36000000', 'KEY_NAME=main-signing-key'] } },
      'a public name': { config: { Env: ['NEXT_PUBLIC_STRIPE_KEY=some-public-value-1'] } },
      'the word inside of another': {
        config: { Env: ['MONKEY_BUSINESS=banana-banana-banana', 'KEYBOARD_LAYOUT=de-latin1-nodeadkeys'] },
      },
    },
  ),
  ...casesOf(
    'secret/age',
    {
      'a key file of age': {
        severity: 'error',
        layers: [{ 'root/.config/sops/age/keys.txt': `# public key: age1x\n${ageKey('age')}\n` }],
      },
    },
    {
      'a recipient': { layers: [{ 'app/.sops.yaml': `age: age1${text('age 2', 58, 'qpzry9x8gf2tvdw0s3jn54khce6mua7l')}\n` }] },
      'letters that Bech32 does not have': { layers: [{ 'a.txt': `AGE-SECRET-KEY-1${'BIO1'.repeat(14)}BI\n` }] },
    },
  ),
  ...casesOf(
    'secret/machine-id',
    {
      'a machine that was started': { layers: [{ 'etc/machine-id': `${text('machine', 32, alphabets.hex)}\n` }] },
      "dbus's": { layers: [{ 'var/lib/dbus/machine-id': `${text('dbus', 32, alphabets.hex)}\n` }] },
    },
    { uninitialized: { layers: [{ 'etc/machine-id': 'uninitialized\n' }] }, empty: { layers: [{ 'etc/machine-id': '' }] } },
  ),
]
