import { casesOf, type FindingCase } from '../corpus/finding-case.ts'
import { alphabets, bytesOf, keys, reference, text } from './made-up.ts'

/** Files in which tools keep logins, as the tools write them. */
const password = text('credential', 18)
const certificate = bytesOf('certificate', 400).toString('base64')

export const CREDENTIAL_FILE_ROWS: readonly FindingCase[] = [
  ...casesOf(
    'secret/credential-file',
    {
      netrc: { layers: [{ 'root/.netrc': `machine git.orders.internal\n  login ci\n  password ${password}\n` }] },
      pgpass: { layers: [{ 'home/app/.pgpass': `db.orders.internal:5432:orders:app:${password}\n` }] },
      'my.cnf': { layers: [{ 'root/.my.cnf': `[client]\nuser=root\npassword="${password}"\n` }] },
      pypirc: {
        layers: [
          {
            'root/.pypirc': `[distutils]\nindex-servers = inner\n[inner]\nrepository: https://pypi.orders.internal\nusername: ci\npassword: ${password}\n`,
          },
        ],
      },
      kubeconfig: {
        layers: [
          {
            'root/.kube/config': `apiVersion: v1\nkind: Config\nusers:\n- name: admin\n  user:\n    client-certificate-data: ${certificate}\n    client-key-data: ${Buffer.from(keys.sec1).toString('base64')}\n`,
          },
        ],
      },
      'kubeconfig with a token': {
        layers: [{ 'home/ci/.kube/config': `apiVersion: v1\nusers:\n- name: ci\n  user:\n    token: ${text('kube', 64)}\n` }],
      },
      htpasswd: { layers: [{ 'etc/nginx/.htpasswd': `admin:$apr1$${text('salt', 8)}$${text('hash', 22)}\n` }] },
      'WordPress settings': {
        layers: [
          { 'var/www/html/wp-config.php': `<?php\ndefine( 'DB_USER', 'wp' );\ndefine( 'DB_PASSWORD', '${password}' );\n` },
        ],
      },
      'Maven settings': {
        layers: [
          {
            'root/.m2/settings.xml': `<settings><servers><server><id>x</id><username>ci</username><password>${password}</password></server></servers></settings>`,
          },
        ],
      },
      "Rails' master key": { layers: [{ 'app/config/master.key': text('rails', 32, alphabets.hex) }] },
      "composer's login": {
        layers: [
          { 'root/.composer/auth.json': `{"http-basic":{"repo.orders.internal":{"username":"ci","password":"${password}"}}}` },
        ],
      },
      'NuGet in clear text': {
        layers: [
          {
            'root/.nuget/NuGet/NuGet.Config': `<configuration><packageSourceCredentials><inner><add key="Username" value="ci" /><add key="ClearTextPassword" value="${password}" /></inner></packageSourceCredentials></configuration>`,
          },
        ],
      },
      "the GitHub tool's hosts": {
        layers: [{ 'root/.config/gh/hosts.yml': `github.com:\n    user: ci\n    oauth_token: ${text('gh', 40)}\n` }],
      },
      'Terraform state': {
        layers: [
          {
            'app/infra/terraform.tfstate': `{"version":4,"resources":[{"type":"aws_db_instance","instances":[{"attributes":{"username":"root","password":"${password}"}}]}]}`,
          },
        ],
      },
      'git credentials': { layers: [{ 'root/.git-credentials': `https://ci:${password}@git.orders.internal\n` }] },
      "cargo's": { layers: [{ 'usr/local/cargo/credentials.toml': `[registry]\ntoken = "cio${text('cargo', 32)}"\n` }] },
      "rclone's": {
        layers: [{ 'root/.config/rclone/rclone.conf': `[box]\ntype = sftp\nhost = h\nuser = u\npass = ${text('rclone', 30)}\n` }],
      },
      "vault's token": { layers: [{ 'root/.vault-token': `s.${text('vault', 24)}` }] },
      'a removed netrc': {
        layers: [{ 'root/.netrc': `machine x.internal login ci password ${password}\n` }, { 'root/.wh..netrc': '' }],
      },
    },
    {
      'netrc with a variable': {
        layers: [{ 'root/.netrc': `machine git.orders.internal login ci password ${reference('CI_JOB_TOKEN')}\n` }],
      },
      'Maven settings, encrypted': {
        layers: [
          {
            'root/.m2/settings.xml': `<settings><servers><server><password>{${text('m2', 44)}=}</password></server></servers></settings>`,
          },
        ],
      },
      'kubeconfig without a user': {
        layers: [{ 'root/.kube/config': 'apiVersion: v1\nkind: Config\nclusters: []\nusers: []\n' }],
      },
      'WordPress from variables': {
        layers: [
          {
            'var/www/html/wp-config.php':
              "<?php\ndefine( 'DB_PASSWORD', getenv_docker('WORDPRESS_DB_PASSWORD', 'example password') );\n",
          },
        ],
      },
      'my.cnf without a password': { layers: [{ 'root/.my.cnf': '[client]\nuser=root\nsocket=/run/mysqld/mysqld.sock\n' }] },
      'NuGet sources only': {
        layers: [
          {
            'root/.nuget/NuGet/NuGet.Config':
              '<configuration><packageSources><add key="nuget.org" value="https://api.nuget.org/v3/index.json" /></packageSources></configuration>',
          },
        ],
      },
      'pypirc without a login': { layers: [{ 'root/.pypirc': '[distutils]\nindex-servers = pypi\n' }] },
      'a placeholder': { layers: [{ 'root/.pgpass': 'localhost:5432:app:app:<password>\n' }] },
    },
  ),
]
