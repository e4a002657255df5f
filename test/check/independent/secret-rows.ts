import { casesOf, type FindingCase } from '../corpus/finding-case.ts'
import { alphabets, bytesOf, checksummed, keys, reference, text, wronglyChecksummed } from './made-up.ts'

/** Secrets that have rules of their own: keys, tokens with checksums, clouds, registries. */
const secretKey = text('aws secret', 40)
const keyId = `AKIA${text('aws id', 16, alphabets.base32)}`
const gone = (path: string) => path.replace(/([^/]+)$/, '.wh.$1')
const login = Buffer.from(`deploy:${text('registry', 20)}`).toString('base64')
const serviceAccount = (privateKey: string) =>
  JSON.stringify({
    type: 'service_account',
    project_id: 'orders-prod',
    private_key_id: text('gcp', 40, alphabets.hex),
    private_key: privateKey,
    client_email: 'builder@orders-prod.iam.gserviceaccount.com',
    token_uri: 'https://oauth2.googleapis.com/token',
  })

export const SECRET_ROWS: readonly FindingCase[] = [
  ...casesOf(
    'secret/private-key',
    {
      'PKCS#8 of nginx, readable': { severity: 'error', layers: [{ 'etc/nginx/tls/site.key': keys.pkcs8 }] },
      'SEC1 with its parameters before it': {
        severity: 'error',
        layers: [
          { 'opt/app/ec.pem': `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${keys.sec1}` },
        ],
      },
      'PKCS#1 after its certificate request, with CRLF': {
        severity: 'error',
        layers: [{ 'srv/tls/server.pem': keys.pkcs1.replaceAll('\n', '\r\n') }],
      },
      'OpenSSH in a home, removed in the same build': {
        severity: 'error',
        layers: [{ 'home/ci/.ssh/id_ed25519': keys.openssh }, { [gone('home/ci/.ssh/id_ed25519')]: '' }],
      },
      'in a variable of the config': { severity: 'error', config: { Env: [`DEPLOY=${keys.pkcs8}`] } },
      'in YAML, indented': {
        severity: 'error',
        layers: [{ 'app/values.yaml': `tls:\n  key: |\n${keys.sec1.replace(/^/gm, '    ')}\n` }],
      },
    },
    {
      'a public key': { layers: [{ 'etc/app/jwt.pub': keys.publicKey }] },
      'the markers in documentation': {
        layers: [{ 'app/docs/tls.md': 'Paste it:\n-----BEGIN PRIVATE KEY-----\n<your key here>\n-----END PRIVATE KEY-----\n' }],
      },
      'the markers in a program': {
        layers: [{ 'app/parse.py': "HEAD = '-----BEGIN RSA PRIVATE KEY-----'\nTAIL = '-----END RSA PRIVATE KEY-----'\n" }],
      },
      'one with a passphrase is no error': { severity: 'warning', layers: [{ 'etc/app/key.pem': keys.encrypted }] },
    },
  ),
  ...casesOf(
    'secret/gcp-service-account',
    {
      'a key file': { severity: 'error', layers: [{ 'app/credentials/gcp.json': serviceAccount(keys.pkcs8) }] },
      'a key file, hidden': {
        severity: 'error',
        layers: [{ 'tmp/sa.json': serviceAccount(keys.pkcs8) }, { [gone('tmp/sa.json')]: '' }],
      },
    },
    {
      'the form of one in documentation': {
        layers: [{ 'app/README.json': serviceAccount('-----BEGIN PRIVATE KEY-----\\n...') }],
      },
      'a federated identity': {
        layers: [{ 'etc/gcp/federation.json': '{"type":"external_account","audience":"//iam.googleapis.com/projects/12"}' }],
      },
    },
  ),
  ...casesOf(
    'secret/ssh-host-key',
    {
      'the key that installing sshd makes': { severity: 'error', layers: [{ 'etc/ssh/ssh_host_ed25519_key': keys.openssh }] },
      'an old one, of PEM': { severity: 'error', layers: [{ 'etc/ssh/ssh_host_ecdsa_key': keys.sec1 }] },
    },
    {
      'its public half and the settings': {
        layers: [
          {
            'etc/ssh/ssh_host_ed25519_key.pub': `ssh-ed25519 ${bytesOf('host', 51).toString('base64')} root@buildkitsandbox\n`,
            'etc/ssh/sshd_config': 'HostKey /etc/ssh/ssh_host_ed25519_key\n',
          },
        ],
      },
      'an empty file in its place': { layers: [{ 'etc/ssh/ssh_host_rsa_key': '' }] },
    },
  ),
  ...casesOf(
    'secret/aws',
    {
      'the file of the command line tool': {
        severity: 'error',
        layers: [{ 'root/.aws/credentials': `[default]\naws_access_key_id = ${keyId}\naws_secret_access_key = ${secretKey}\n` }],
      },
      'boto in a program': { severity: 'error', layers: [{ 'app/s3.py': `AWS_SECRET_ACCESS_KEY = "${secretKey}"\n` }] },
      'build arguments in the history': {
        severity: 'error',
        history: [
          { created_by: `RUN |2 AWS_ACCESS_KEY_ID=${keyId} AWS_SECRET_ACCESS_KEY=${secretKey} /bin/sh -c aws s3 cp s3://b/x /x` },
        ],
      },
      'an id alone': { layers: [{ 'app/config.yml': `s3:\n  access_key: ${keyId}\n` }] },
    },
    {
      'the example of the documentation': {
        layers: [
          {
            'app/.aws.sample':
              'aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n',
          },
        ],
      },
      'references of compose': {
        layers: [{ 'app/compose.env': `AWS_SECRET_ACCESS_KEY=${reference('AWS_SECRET_ACCESS_KEY')}\n` }],
      },
      'four letters in the middle of base64': {
        layers: [{ 'app/logo.txt': `iVBORw0KGgo${text('logo', 30)}${keyId}${text('logo2', 30)}` }],
      },
    },
  ),
  ...casesOf(
    'secret/github',
    {
      'a personal token in git settings': {
        severity: 'error',
        layers: [
          {
            'root/.gitconfig': `[url "https://${checksummed('ghp_', 'github 1')}@github.com/"]\n\tinsteadOf = https://github.com/\n`,
          },
        ],
      },
      'a server token as a build argument': {
        severity: 'error',
        history: [{ created_by: `RUN |1 TOKEN=${checksummed('ghs_', 'github 2')} /bin/sh -c go mod download # buildkit` }],
      },
      'a fine-grained token': {
        severity: 'error',
        layers: [{ 'app/deploy.sh': `export GH_TOKEN=github_pat_${text('github 3', 22)}_${text('github 4', 59)}\n` }],
      },
    },
    {
      'a wrong checksum': { layers: [{ 'app/deploy.sh': `export GH_TOKEN=${wronglyChecksummed('ghp_', 'github 5')}\n` }] },
      'a placeholder': { layers: [{ 'app/deploy.sh': `export GH_TOKEN=ghp_${'x'.repeat(36)}\n` }] },
      'a pattern in a scanner': { layers: [{ 'app/rules.toml': "regex = '''ghp_[0-9a-zA-Z]{36}'''\n" }] },
    },
  ),
  ...casesOf(
    'secret/npm',
    {
      'an automation token': {
        severity: 'error',
        layers: [{ 'app/.npmrc': `//registry.npmjs.org/:_authToken=${checksummed('npm_', 'npm 1')}\n` }],
      },
      'an old token, a UUID': {
        severity: 'error',
        layers: [
          {
            'root/.npmrc': `//npm.orders.internal/:_authToken=${text('u', 8, alphabets.hex)}-1c2d-4e3f-9a8b-${text('v', 12, alphabets.hex)}\n`,
          },
        ],
      },
      'written by a step': {
        severity: 'error',
        history: [
          {
            created_by: `RUN /bin/sh -c echo "//registry.npmjs.org/:_authToken=${checksummed('npm_', 'npm 2')}" > .npmrc # buildkit`,
          },
        ],
      },
    },
    {
      'a variable': { layers: [{ 'app/.npmrc': `//registry.npmjs.org/:_authToken=${reference('NPM_TOKEN')}\n` }] },
      'settings without a token': { layers: [{ 'app/.npmrc': 'registry=https://registry.npmjs.org/\nfund=false\n' }] },
      'a wrong checksum': { layers: [{ 'app/x.sh': `T=${wronglyChecksummed('npm_', 'npm 3')}\n` }] },
    },
  ),
  ...casesOf(
    'secret/docker',
    {
      'a login to a registry': {
        severity: 'error',
        layers: [{ 'root/.docker/config.json': `{"auths":{"registry.orders.internal":{"auth":"${login}"}}}` }],
      },
      "kaniko's": {
        severity: 'error',
        layers: [{ 'kaniko/.docker/config.json': `{"auths":{"https://index.docker.io/v1/":{"auth":"${login}"}}}` }],
      },
      "podman's": {
        severity: 'error',
        layers: [{ 'root/.config/containers/auth.json': `{"auths":{"quay.io":{"auth":"${login}"}}}` }],
      },
      'a personal token': {
        severity: 'error',
        layers: [{ 'app/push.sh': `docker login -u ci -p dckr_pat_${text('docker', 27, alphabets.base64url)}\n` }],
      },
    },
    {
      'helpers only': {
        layers: [{ 'root/.docker/config.json': '{"auths":{},"credHelpers":{"gcr.io":"gcloud"},"credsStore":"ecr-login"}' }],
      },
      'entries without a login, as with a keychain': {
        layers: [{ 'root/.docker/config.json': '{"auths":{"https://index.docker.io/v1/":{}},"credsStore":"desktop"}' }],
      },
    },
  ),
]
