// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates of shells are what must not be taken for secrets
import { BASE62, BASE64, base64, chance, HEX, jwt, openSsh, pem, summed, URL64 } from './secret-samples.ts'

/** A path and its content. */
type Sample = readonly [path: string, text: string]
type Samples = { readonly must: readonly Sample[]; readonly mustNot: readonly Sample[] }

/** Samples of a token that is a prefix and so many characters; what is cut, joined to a word or made of one character is none. */
function tokens(prefix: string, length: number, alphabet: string, suffix = ''): Samples {
  const make = (seed: string) => `${prefix}${chance(length, prefix + seed, alphabet)}${suffix}`
  return {
    must: [
      ['app/settings.py', `KEY = "${make('a')}"\n`],
      ['srv/deploy.sh', `#!/bin/sh\nexport TOKEN=${make('b')}\n`],
      ['root/notes.txt', make('c')],
    ],
    mustNot: [
      ['app/short.py', `KEY = "${make('d').slice(0, prefix.length + 6)}"\n`],
      ['app/inside.py', `KEY = "word${make('e')}"\n`],
      ['app/example.md', `KEY=${prefix}${'x'.repeat(length)}${suffix}\n`],
    ],
  }
}

function joined(...parts: readonly Samples[]): Samples {
  return { must: parts.flatMap(({ must }) => must), mustNot: parts.flatMap(({ mustNot }) => mustNot) }
}

export const AWS_ID = `AKIA${chance(16, 'aws', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')}`
const AWS_SECRET = chance(40, 'aws secret', BASE64)
const SOON = 4_000_000_000

/** By the id of a kind, what is one and what only looks like it. */
export const KIND_SAMPLES: Readonly<Record<string, Samples>> = {
  'secret/private-key': {
    must: [
      ['root/.ssh/id_rsa', pem('rsa', 'pkcs1')],
      ['etc/ssl/private/key.pem', `some words before\n${pem('rsa')}and after`],
      ['app/ec.key', pem('ec', 'sec1')],
      ['app/short.key', pem('ed25519')],
      ['app/dsa.key', pem('dsa')],
      ['home/test/.ssh/id_ed25519', openSsh('none')],
      ['app/config.json', JSON.stringify({ key: pem('rsa') })],
      ['app/windows.key', pem('rsa').replaceAll('\n', '\r\n')],
      ['app/config.yaml', `tls:\n  key: |\n${pem('ec').replace(/^/gm, '    ')}\n`],
      [
        'app/key.js',
        `const key = ${pem('ed25519')
          .trim()
          .split('\n')
          .map(line => `"${line}\\n"`)
          .join(' +\n  ')}\n`,
      ],
      [
        'root/key.asc',
        `-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\n${Buffer.concat([
          Buffer.from([0x95]),
          Buffer.from(chance(300, 'pgp')),
        ])
          .toString('base64')
          .replace(/.{64}/g, '$&\n')}\n=abcd\n-----END PGP PRIVATE KEY BLOCK-----\n`,
      ],
      ['app/locked.key', pem('rsa', 'pkcs8', 'pass')],
      [
        'app/old-locked.key',
        `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,${chance(32, 'iv', HEX)}\n\n${base64(chance(300, 'locked')).replace(/.{64}/g, '$&\n')}\n-----END RSA PRIVATE KEY-----\n`,
      ],
    ],
    mustNot: [
      ['usr/bin/tool', '-----BEGIN RSA PRIVATE KEY-----\0-----END RSA PRIVATE KEY-----\0'],
      ['app/parser.py', 'if "-----BEGIN PRIVATE KEY-----" in text and "-----END PRIVATE KEY-----" in text:'],
      ['app/README.md', '-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----\n'],
      ['app/docs.md', '-----BEGIN RSA PRIVATE KEY-----\nYour key goes here\n-----END RSA PRIVATE KEY-----\n'],
      ['app/zero.pem', `-----BEGIN PRIVATE KEY-----\n${'A'.repeat(64)}\n${'A'.repeat(64)}\n-----END PRIVATE KEY-----\n`],
      ['app/public.pem', pem('rsa').replaceAll('PRIVATE', 'PUBLIC')],
      [
        'app/text.pem',
        `-----BEGIN PRIVATE KEY-----\n${base64('This is not a key at all but a sentence')}\n-----END PRIVATE KEY-----\n`,
      ],
      [
        'app/ssh.txt',
        `-----BEGIN OPENSSH PRIVATE KEY-----\n${base64(chance(200, 'no magic'))}\n-----END OPENSSH PRIVATE KEY-----\n`,
      ],
    ],
  },
  'secret/gcp-service-account': {
    must: [
      ['app/account.json', JSON.stringify({ type: 'service_account', project_id: 'p', private_key: pem('rsa') }, null, 2)],
      ['app/one-line.json', JSON.stringify({ private_key: pem('rsa'), client_email: 'a@b.iam', type: 'service_account' })],
      ['app/.env', `CREDENTIALS='${JSON.stringify({ type: 'service_account', private_key: pem('rsa') })}'\n`],
    ],
    mustNot: [
      [
        'app/README.md',
        '{ "type": "service_account", "private_key": "-----BEGIN PRIVATE KEY-----\\n...\\n-----END PRIVATE KEY-----\\n" }',
      ],
      ['app/kind.json', '{ "type": "service_account" }'],
      ['app/plain.pem', pem('rsa')],
    ],
  },
  'secret/ssh-host-key': {
    must: [
      ['etc/ssh/ssh_host_rsa_key', openSsh('none', 'rsa')],
      ['etc/ssh/ssh_host_ecdsa_key', pem('ec', 'sec1')],
      ['etc/ssh/ssh_host_ed25519_key', openSsh('none', 'ed')],
    ],
    mustNot: [
      ['etc/ssh/ssh_host_rsa_key.pub', `ssh-rsa ${base64(chance(200, 'pub'))} root@host\n`],
      ['root/.ssh/id_rsa', openSsh('none')],
      ['etc/ssh/sshd_config', 'HostKey /etc/ssh/ssh_host_rsa_key\n'],
    ],
  },
  'secret/aws': joined({
    must: [
      ['root/.aws/credentials', `[default]\naws_access_key_id = ${AWS_ID}\naws_secret_access_key = ${AWS_SECRET}\n`],
      ['app/id.txt', AWS_ID],
      ['app/main.tf', `secret_access_key = "${AWS_SECRET}"\n`],
      ['app/config.js', `{ secretAccessKey: '${AWS_SECRET}' }`],
      ['app/.env', `AWS_SECRET_ACCESS_KEY=${AWS_SECRET}\n`],
      ['app/session.txt', `ASIA${AWS_ID.slice(4)}`],
    ],
    mustNot: [
      ['app/README.md', 'AKIAIOSFODNN7EXAMPLE and wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'],
      ['app/doc.md', 'aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'],
      ['app/words.txt', `AKIA${'1'.repeat(16)} ${'AKIA'.repeat(5)} X${AWS_ID} ${AWS_ID}Q`],
      ['app/template', `aws_secret_access_key = $\{AWS_SECRET_ACCESS_KEY}\nsecret_key = ${chance(40, 'other', BASE64)}\n`],
      ['app/commit', `aws_secret_key_commit = ${chance(40, 'commit', HEX)}\n`],
    ],
  }),
  'secret/github': {
    must: [
      ['app/a.txt', summed('ghp_', 'a')],
      ['app/b.sh', `git clone https://x:${summed('gho_', 'b')}@github.com/a/b`],
      ['app/c.json', `{"token":"${summed('ghs_', 'c')}"}`],
      ['app/d.txt', `github_pat_${chance(22, 'd')}_${chance(59, 'e')}`],
      ['app/e.txt', `ghs_12345_${jwt({ alg: 'RS256' }, { iss: 1, exp: SOON })}`],
    ],
    mustNot: [
      ['app/wrong.txt', `ghp_${chance(36, 'no checksum')}`],
      ['app/example.md', `ghp_${'x'.repeat(36)} github_pat_${'1'.repeat(22)}_${'1'.repeat(59)}`],
      ['app/short.md', summed('ghp_', 'f').slice(0, -1)],
      ['app/long.md', `${summed('ghp_', 'g')}a`],
    ],
  },
  'secret/gitlab': joined(tokens('glpat-', 20, URL64), tokens('gldt-', 20, URL64), {
    must: [['app/routable', `glpat-${chance(27, 'r', URL64)}.${chance(2, 'v', HEX)}.${chance(7, 'p', HEX)}`]],
    mustNot: [['app/word', 'glpat-your-token-goes-here1']],
  }),
  'secret/npm': {
    must: [
      ['root/.npmrc', `//registry.npmjs.org/:_authToken=${summed('npm_', 'a')}\n`],
      ['home/node/.npmrc', `//npm.corp.net/:_authToken=${chance(8, 'u', HEX)}-4c1d-4b1e-9c3f-${chance(12, 'w', HEX)}\n`],
      ['app/ci.sh', `NPM_TOKEN=${summed('npm_', 'b')}`],
    ],
    mustNot: [
      ['app/.npmrc', '//registry.npmjs.org/:_authToken=${NPM_TOKEN}\n'],
      ['app/other', `npm_${chance(36, 'not summed')}`],
      ['root/config', 'registry=https://registry.npmjs.org/\n_authToken=\n'],
      ['app/lib.js', 'const token = config._authToken = readTheAuthenticationToken()'],
    ],
  },
  'secret/docker': {
    must: [
      [
        'root/.docker/config.json',
        JSON.stringify({ auths: { 'https://index.docker.io/v1/': { auth: base64('me:s3cr3tPass') } } }),
      ],
      ['root/.config/containers/auth.json', JSON.stringify({ auths: { 'quay.io': { identitytoken: chance(40, 'q') } } })],
      [
        'home/ci/.dockercfg',
        JSON.stringify({ 'https://index.docker.io/v1/': { auth: base64('me:other#Pass'), email: 'a@b.c' } }),
      ],
      ['app/pat', `dckr_pat_${chance(27, 'p', URL64)}`],
    ],
    mustNot: [
      ['root/.docker/config.json', '{"auths":{}}'],
      ['root/.docker/config.json', '{"auths":{"ghcr.io":{}},"credHelpers":{"gcr.io":"gcloud"},"credsStore":"pass"}'],
      ['root/.docker/config.json', JSON.stringify({ auths: { 'quay.io': { auth: base64('user:password') } } })],
      ['root/.docker/config.json', '{ broken'],
    ],
  },
  'secret/slack': joined(tokens('xoxb-', 40, '0123456789'), {
    must: [
      ['app/bot', `xoxb-${chance(12, '1', '123456789')}-${chance(12, '2', '123456789')}-${chance(24, '3')}`],
      [
        'app/hook',
        `https://hooks.slack.com/services/T${chance(8, 't', 'ABCDEFGH123')}/B${chance(8, 'b', 'ABCDEFGH123')}/${chance(24, 'h')}`,
      ],
      ['app/app', `xapp-1-A${chance(10, 'x', 'ABCDEFGH123')}-${chance(13, 'y', '0123456789')}-${chance(64, 'z', HEX)}`],
    ],
    mustNot: [
      ['app/docs', 'https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX'],
      ['app/words', 'xoxb-this-is-only-a-row-of-words'],
    ],
  }),
  'secret/stripe': joined(tokens('sk_live_', 24, BASE62), tokens('rk_live_', 99, BASE62), {
    must: [
      ['app/test', `sk_test_${chance(24, 'test')}`],
      ['app/public', `pk_live_${chance(24, 'pk')}`],
    ],
    mustNot: [['app/doc', 'sk_live_your_stripe_secret_key_1']],
  }),
  'secret/sendgrid': joined(tokens(`SG.${chance(22, 'id', URL64)}.`, 43, URL64), {
    must: [],
    mustNot: [['app/doc', 'SG.example and MSG.1234']],
  }),
  'secret/openai': {
    must: [
      ['app/.env', `OPENAI_API_KEY=sk-${chance(20, '1')}T3BlbkFJ${chance(20, '2')}\n`],
      ['app/a.py', `key="sk-proj-${chance(74, '3', URL64)}T3BlbkFJ${chance(74, '4', URL64)}"`],
      ['app/b.py', `key="sk-svcacct-${chance(58, '5', URL64)}T3BlbkFJ${chance(58, '6', URL64)}"`],
    ],
    mustNot: [
      ['app/a.md', `sk-${'x'.repeat(20)}T3BlbkFJ${'x'.repeat(20)}`],
      ['app/pattern.js', '/sk-[a-zA-Z0-9]{20}T3BlbkFJ[a-zA-Z0-9]{20}/'],
      ['app/short', `sk-${chance(20, '7')}T3BlbkFJabc`],
    ],
  },
  'secret/anthropic': tokens('sk-ant-api03-', 93, URL64, 'AA'),
  'secret/huggingface': tokens('hf_', 34, BASE62.slice(10)),
  'secret/google': joined(tokens('AIza', 35, URL64), tokens('GOCSPX-', 28, URL64), {
    must: [],
    mustNot: [['app/sample', `${'AIzaSy'}DaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe`]],
  }),
  'secret/pypi': tokens('pypi-AgEIcHlwaS5vcmc', 150, URL64),
  'secret/digitalocean': tokens('dop_v1_', 64, HEX),
  'secret/vault': joined(tokens('hvs.', 90, URL64), {
    must: [['root/.vault-token', `hvs.${chance(24, 'v')}`]],
    mustNot: [['app/code', 'if hvs.aVeryLongPropertyNameWithoutDigits']],
  }),
  'secret/azure': {
    must: [
      [
        'app/a.json',
        `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${chance(86, 'k', BASE64)}==;EndpointSuffix=core.windows.net`,
      ],
      ['app/b.env', `SB=Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccessKey=${chance(43, 's', BASE64)}=`],
      ['app/c.env', `CLIENT_SECRET=${chance(3, 'c')}8Q~${chance(34, 'd')}`],
    ],
    mustNot: [
      [
        'app/emulator',
        ['AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq', 'K1SZFPTOtr/KBHBeksoGMGw=='].join('/'),
      ],
      ['app/template', 'AccountKey=<your-key>;SharedAccessKey=$KEY'],
      ['app/empty', `AccountKey=${'A'.repeat(86)}==`],
    ],
  },
  'secret/age': tokens('AGE-SECRET-KEY-1', 58, 'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L'),
  'secret/jwt': {
    must: [
      ['app/a', jwt({ alg: 'HS256', typ: 'JWT' }, { sub: 'me', exp: SOON })],
      ['app/b.sh', `curl -H "Authorization: Bearer ${jwt({ typ: 'JWT', alg: 'RS256' }, { iss: 'kubernetes/serviceaccount' })}"`],
      ['app/c', `token=${jwt({ kid: 'x', alg: 'ES256' }, { aud: ['a'] })}`],
    ],
    mustNot: [
      ['app/jwt.io', jwt({ alg: 'HS256', typ: 'JWT' }, { sub: '1234567890', name: 'John Doe', iat: 1516239022 })],
      ['app/not-json', `eyJhbGciOiJub3.${chance(30, 'n')}.${chance(43, 'm')}`],
      ['app/no-alg', jwt({ typ: 'JWT' }, { a: 1 })],
      ['app/two-parts', jwt({ alg: 'HS256' }, { a: 1 }).split('.').slice(0, 2).join('.')],
      ['app/encrypted', `${jwt({ alg: 'dir', enc: 'A' }, { a: 1 })}.${chance(20, 'e')}.${chance(20, 'f')}`],
    ],
  },
  'secret/url-password': {
    must: [
      ['app/.env', 'DATABASE_URL=postgres://app:Tr0ub4dor&3@db.internal:5432/app\n'],
      ['app/.env.production', 'REDIS=redis://:k8fhw72hh@cache:6379\n'],
      ['etc/app/app.conf', 'url = "mongodb+srv://root:9f8h2k1l@cluster0.abc.mongodb.net/db"\n'],
      ['app/docker-compose.yml', 'environment:\n  URL: amqp://svc:wQ9-xx2k@rabbit:5672\n'],
      ['app/settings.py', 'URL = "postgresql+asyncpg://app:Tr0ub4dor&3@db.internal/app"\n'],
      ['etc/pip.conf', '[global]\nindex-url = https://ci:d83jf92jf@pypi.corp.net/simple\n'],
    ],
    mustNot: [
      [
        'app/.env',
        'DATABASE_URL=postgres://user:pass@example.com/db\nB=postgres://$USER:$PASS@db/x\nC=postgres://app:${DB_PASSWORD}@db/x\n',
      ],
      ['etc/app.conf', 'url = http://<user>:<password>@host/\nproxy = http://proxy.corp.net:8080\nat = https://a.com/x:y@z\n'],
      ['app/README.md', 'postgres://app:Tr0ub4dor&3@db.internal:5432/app'],
      ['app/app.yml', 'url: postgres://app:changeme@db/x\nmail: mailto://a@b.c\nother: postgres://app:password@db/x\n'],
    ],
  },
  'secret/credential-file': {
    must: [
      ['root/.netrc', 'machine api.heroku.com\n  login me\n  password 8a7sd6f8a76sdf\n'],
      ['root/.pgpass', 'db.internal:5432:app:app:hunter22\n'],
      ['root/.my.cnf', '[client]\nuser=root\npassword="s3cr3t!"\n'],
      ['root/.git-credentials', 'https://me:8f7a6sd8f7@github.corp.net\n'],
      ['root/.pypirc', '[pypi]\nusername = me\npassword = 87sdf687sd6f\n'],
      ['root/.config/gh/hosts.yml', `github.corp.net:\n    oauth_token: ${chance(40, 'gh', HEX)}\n`],
      ['root/.gem/credentials', `---\n:rubygems_api_key: ${chance(48, 'gem', HEX)}\n`],
      ['root/.cargo/credentials.toml', `[registry]\ntoken = "${chance(35, 'cargo')}"\n`],
      ['root/.composer/auth.json', `{"http-basic":{"repo.corp.net":{"username":"me","password":"${chance(20, 'comp')}"}}}`],
      ['root/.nuget/NuGet.Config', '<add key="ClearTextPassword" value="87sdf76sdf" />'],
      ['root/.m2/settings.xml', '<server><id>a</id><username>me</username><password>s3cr3tpw</password></server>'],
      ['root/.gradle/gradle.properties', 'artifactoryPassword=87sdf76f\n'],
      ['root/.kube/config', `users:\n- name: admin\n  user:\n    client-key-data: ${base64(chance(80, 'kube'))}\n`],
      ['app/terraform.tfstate', `{"attributes":{"password":"${chance(16, 'tf')}"}}`],
      ['etc/nginx/.htpasswd', 'admin:$apr1$x8d9f7s8$k3j4h5k3j4h5k3j4h5k3j4\n'],
      ['app/config/master.key', chance(32, 'rails', HEX)],
      ['app/config/database.yml', 'production:\n  password: 9s8d7f9s8d7\n'],
      ['var/www/wp-config.php', "define( 'DB_PASSWORD', '8sd7f6s8d' );"],
      ['root/.bash_history', 'ls\nmysql -u root -ps3cr3tpw app\n'],
      ['root/.npmrc', '//npm.corp.net/:_password=czNjcjN0cHc4\n'],
      ['root/.config/gcloud/application_default_credentials.json', `{"refresh_token":"1//${chance(60, 'g', URL64)}"}`],
      ['root/.config/rclone/rclone.conf', '[s3]\npass = 8s7df68s7d6f\n'],
    ],
    mustNot: [
      ['root/.netrc', 'machine example.com login user password <password>\n'],
      ['root/.pgpass', '# hostname:port:database:username:password\n*:*:*:*:\n'],
      ['root/.my.cnf', '[client]\npassword=\n# password=abcdef\n'],
      ['root/.pypirc', '[pypi]\nusername = __token__\npassword = ${PYPI_TOKEN}\n'],
      [
        'root/.m2/settings.xml',
        '<!-- <password>s3cr3tpw</password> -->\n<password>{jSMOWnoPFgsHVpMvz5VrIt5kRbzGpI8u+9EF1iFQyJQ=}</password><password>${env.PW}</password>',
      ],
      ['root/.kube/config', 'users:\n- name: a\n  user:\n    exec:\n      command: aws\n'],
      ['app/terraform.tfstate', '{"outputs":{"password":""}}'],
      ['app/config/database.yml', 'production:\n  password: <%= ENV["DB_PASSWORD"] %>\n'],
      ['var/www/wp-config.php', "define( 'DB_PASSWORD', getenv('DB') ); define( 'DB_PASSWORD', 'password_here' );"],
      ['root/.bash_history', 'mysql -u root -p app\ndocker login -u me\n'],
      ['app/auth.json', '{"version": "1.0", "packages": {}}'],
      ['root/.vault-token', ''],
    ],
  },
  'secret/machine-id': {
    must: [
      ['etc/machine-id', `${chance(32, 'm', HEX)}\n`],
      ['var/lib/dbus/machine-id', `${chance(32, 'n', HEX)}\n`],
      ['etc/machine-id', chance(32, 'o', HEX)],
    ],
    mustNot: [
      ['etc/machine-id', ''],
      ['etc/machine-id', 'uninitialized\n'],
      ['srv/machine-id', `${chance(32, 'm', HEX)}\n`],
    ],
  },
  'secret/rubygems': tokens('rubygems_', 48, HEX),
  'secret/atlassian': tokens('ATATT3', 180, URL64),
  'secret/figma': tokens('figd_', 40, URL64),
  'secret/linear': tokens('lin_api_', 40, BASE62),
  'secret/notion': tokens('ntn_58201937465', 35, BASE62),
  'secret/cloudflare': tokens(`cfut_${chance(8, 'c')}`, 32, BASE62, chance(8, 'cf', HEX)),
  'secret/tailscale': tokens(`tskey-auth-${chance(12, 't')}-`, 32, BASE62),
  'secret/databricks': tokens('dapi', 32, HEX),
  'secret/grafana': tokens('glsa_', 32, BASE62, `_${chance(8, 'g', HEX)}`),
  'secret/vercel': tokens('vcp_', 56, BASE62),
  'secret/terraform': {
    must: ['a', 'b', 'c'].map(
      seed => [`app/${seed}`, `token = "${chance(14, seed)}.atlasv1.${chance(67, `${seed}t`)}"`] as const,
    ),
    mustNot: [
      ['app/d', `${chance(14, 'd')}.atlasv1.${'x'.repeat(67)}`],
      ['app/e', '.atlasv1.'],
      ['app/f', `${chance(14, 'f')}.atlasv1.${chance(20, 'f')}`],
    ],
  },
  'secret/discord': {
    must: ['a', 'b', 'c'].map(
      seed =>
        [`app/${seed}`, `https://discord.com/api/webhooks/${chance(18, seed, '123456789')}/${chance(68, seed, URL64)}`] as const,
    ),
    mustNot: [
      ['app/d', 'https://discord.com/api/webhooks/ID/TOKEN'],
      ['app/e', `https://discord.com/api/webhooks/${chance(18, 'e', '123456789')}/${'x'.repeat(68)}`],
      ['app/f', `https://discord.com/api/webhooks/${chance(18, 'f', '123456789')}`],
    ],
  },
  'secret/groq': tokens('gsk_', 52, BASE62),
  'secret/replicate': tokens('r8_', 37, BASE62),
  'secret/shopify': tokens('shpat_', 32, HEX),
  'secret/1password': tokens('ops_eyJ', 400, URL64),
  'secret/telegram': {
    must: ['a', 'b', 'c'].map(
      seed => [`app/${seed}`, `bot = "${chance(9, seed, '123456789')}:AA${chance(33, seed, URL64)}"`] as const,
    ),
    mustNot: [
      ['app/d', `mac ::AA${chance(33, 'd', URL64)}`],
      ['app/e', `${chance(9, 'e', '123456789')}:AA${'x'.repeat(33)}`],
      ['app/f', '123:AAbc'],
    ],
  },
  'secret/newrelic': tokens('NRAK-', 27, BASE62.slice(0, 36)),
  'secret/sentry': tokens('sntryu_', 64, HEX),
  'secret/postman': tokens(`PMAK-${chance(24, 'p', HEX)}-`, 34, HEX),
  'secret/doppler': tokens('dp.pt.', 43, BASE62),
}
