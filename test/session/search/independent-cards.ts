import { cardOfFacts, type ImageCard } from '../../../src/session/search/image-card.ts'

/** Images as registries have them: name | what starts | ports | packages of the history | a label, if builders write one. */
const TABLE = `
redis:7-alpine | docker-entrypoint.sh redis-server | 6379/tcp | su-exec tzdata |
valkey/valkey:8 | docker-entrypoint.sh valkey-server | 6379/tcp | |
memcached:1.6 | docker-entrypoint.sh memcached | 11211/tcp | libevent-2.1-7 |
varnish:7 | /usr/local/bin/docker-varnish-entrypoint | 80/tcp 8443/tcp | varnish |
docker.dragonflydb.io/dragonflydb/dragonfly:v1 | entrypoint.sh dragonfly --logtostderr | 6379/tcp | |
hazelcast/hazelcast:5 | hz start | 5701/tcp | |
postgres:16 | docker-entrypoint.sh postgres | 5432/tcp | postgresql-16 |
bitnami/postgresql:16 | /opt/bitnami/scripts/postgresql/entrypoint.sh | 5432/tcp | | Bitnami package for PostgreSQL
postgis/postgis:16-3.4 | docker-entrypoint.sh postgres | 5432/tcp | postgresql-16-postgis-3 | PostGIS 3.4 spatial database extension
timescale/timescaledb:latest-pg16 | docker-entrypoint.sh postgres | 5432/tcp | | 
cockroachdb/cockroach:v24 | /cockroach/cockroach.sh | 26257/tcp 8080/tcp | |
mysql:8.4 | docker-entrypoint.sh mysqld | 3306/tcp 33060/tcp | mysql-community-server-minimal |
mariadb:11 | docker-entrypoint.sh mariadbd | 3306/tcp | mariadb-server |
percona:8.0 | /docker-entrypoint.sh mysqld | 3306/tcp | |
phpmyadmin:5 | /docker-entrypoint.sh apache2-foreground | 80/tcp | |
adminer:4 | entrypoint.sh docker-php-entrypoint php -S [::]:8080 | 8080/tcp | |
mongo:7 | docker-entrypoint.sh mongod | 27017/tcp | mongodb-org-server |
mongo-express:1 | /docker-entrypoint.sh mongo-express | 8081/tcp | |
couchdb:3 | /docker-entrypoint.sh /opt/couchdb/bin/couchdb | 5984/tcp 9100/tcp | |
couchbase:7 | /entrypoint.sh couchbase-server | 8091/tcp | |
cassandra:5 | docker-entrypoint.sh cassandra -f | 9042/tcp 7000/tcp | |
scylladb/scylla:5 | /docker-entrypoint.py | 9042/tcp | |
neo4j:5 | tini -g -- /startup/docker-entrypoint.sh neo4j | 7474/tcp 7687/tcp | |
influxdb:2.7 | /entrypoint.sh influxd | 8086/tcp | |
victoriametrics/victoria-metrics:v1 | /victoria-metrics-prod | 8428/tcp | |
clickhouse/clickhouse-server:24 | /entrypoint.sh | 8123/tcp 9000/tcp | |
elasticsearch:8.12 | /bin/tini -- /usr/local/bin/docker-entrypoint.sh eswrapper | 9200/tcp 9300/tcp | |
opensearchproject/opensearch:2 | ./opensearch-docker-entrypoint.sh opensearch | 9200/tcp 9600/tcp | |
getmeili/meilisearch:v1 | tini -- /bin/sh -c /bin/meilisearch | 7700/tcp | |
typesense/typesense:26 | /opt/typesense-server | 8108/tcp | |
solr:9 | docker-entrypoint.sh solr-foreground | 8983/tcp | |
qdrant/qdrant:v1 | ./entrypoint.sh | 6333/tcp 6334/tcp | | Qdrant vector database
semitechnologies/weaviate:1 | /bin/weaviate | 8080/tcp | |
milvusdb/milvus:v2 | /tini -- milvus run standalone | 19530/tcp 9091/tcp | |
chromadb/chroma:0.5 | /docker_entrypoint.sh | 8000/tcp | |
pgvector/pgvector:pg16 | docker-entrypoint.sh postgres | 5432/tcp | |
nginx:1.27 | /docker-entrypoint.sh nginx -g daemon off; | 80/tcp | nginx |
nginxinc/nginx-unprivileged:1.27 | /docker-entrypoint.sh nginx -g daemon off; | 8080/tcp | nginx |
httpd:2.4 | httpd-foreground | 80/tcp | |
caddy:2 | caddy run --config /etc/caddy/Caddyfile | 80/tcp 443/tcp 2019/tcp | ca-certificates mailcap | a powerful, enterprise-ready, open source web server with automatic HTTPS written in Go
traefik:v3 | /entrypoint.sh traefik | 80/tcp | | A modern reverse-proxy
haproxy:3 | docker-entrypoint.sh haproxy -f /usr/local/etc/haproxy/haproxy.cfg | | |
envoyproxy/envoy:v1.30 | /docker-entrypoint.sh envoy -c /etc/envoy/envoy.yaml | 10000/tcp | |
kong:3 | /docker-entrypoint.sh kong docker-start | 8000/tcp 8001/tcp | |
apache/apisix:3 | /docker-entrypoint.sh docker-start | 9080/tcp 9443/tcp | |
openresty/openresty:alpine | /usr/local/openresty/bin/openresty -g daemon off; | | |
tomcat:10 | catalina.sh run | 8080/tcp | |
jetty:12 | /docker-entrypoint.sh | 8080/tcp | |
quay.io/wildfly/wildfly:31 | /opt/jboss/wildfly/bin/standalone.sh | 8080/tcp | |
rabbitmq:3-management | docker-entrypoint.sh rabbitmq-server | 5672/tcp 15672/tcp | |
apache/kafka:3.7 | /__cacert_entrypoint.sh /etc/kafka/docker/run | 9092/tcp | |
bitnami/kafka:3.7 | /opt/bitnami/scripts/kafka/entrypoint.sh | 9092/tcp | | Bitnami package for Apache Kafka
redpandadata/redpanda:v24 | /entrypoint.sh redpanda start | 9092/tcp | |
apachepulsar/pulsar:3 | /bin/bash | 6650/tcp 8080/tcp | |
nats:2 | docker-entrypoint.sh nats-server | 4222/tcp 8222/tcp | |
nsqio/nsq:v1 | /nsqd | 4150/tcp 4151/tcp | |
eclipse-mosquitto:2 | /docker-entrypoint.sh /usr/sbin/mosquitto -c /mosquitto/config/mosquitto.conf | 1883/tcp | | Eclipse Mosquitto MQTT Broker
emqx/emqx:5 | /usr/bin/docker-entrypoint.sh /opt/emqx/bin/emqx foreground | 1883/tcp 8883/tcp 18083/tcp | |
apache/activemq-classic:6 | /usr/local/bin/entrypoint.sh activemq console | 61616/tcp 8161/tcp | |
zookeeper:3.9 | /docker-entrypoint.sh zkServer.sh start-foreground | 2181/tcp 2888/tcp | |
quay.io/coreos/etcd:v3.5 | /usr/local/bin/etcd | 2379/tcp 2380/tcp | |
hashicorp/consul:1.18 | docker-entrypoint.sh agent -dev | 8500/tcp 8600/udp | |
hashicorp/vault:1.17 | docker-entrypoint.sh server -dev | 8200/tcp | | Vault is a tool for securely accessing secrets
prom/prometheus:v2.53 | /bin/prometheus --config.file=/etc/prometheus/prometheus.yml | 9090/tcp | |
prom/alertmanager:v0.27 | /bin/alertmanager | 9093/tcp | |
prom/node-exporter:v1 | /bin/node_exporter | 9100/tcp | |
prom/blackbox-exporter:v0.25 | /bin/blackbox_exporter | 9115/tcp | |
grafana/grafana:11 | /run.sh | 3000/tcp | |
grafana/loki:3 | /usr/bin/loki -config.file=/etc/loki/local-config.yaml | 3100/tcp | |
grafana/promtail:3 | /usr/bin/promtail | | |
grafana/tempo:2 | /tempo | 3200/tcp | |
jaegertracing/all-in-one:1.58 | /go/bin/all-in-one-linux | 16686/tcp 14268/tcp | |
openzipkin/zipkin:3 | start-zipkin | 9411/tcp | | Zipkin distributed tracing system
otel/opentelemetry-collector:0.104 | /otelcol --config /etc/otelcol/config.yaml | 4317/tcp 4318/tcp | |
kibana:8.12 | /bin/tini -- /usr/local/bin/kibana-docker | 5601/tcp | |
logstash:8.12 | /usr/local/bin/docker-entrypoint | 9600/tcp 5044/tcp | |
fluent/fluentd:v1.16 | tini -- /bin/entrypoint.sh fluentd | 24224/tcp 5140/tcp | |
fluent/fluent-bit:3 | /fluent-bit/bin/fluent-bit -c /fluent-bit/etc/fluent-bit.conf | 2020/tcp | |
timberio/vector:0.39 | /usr/bin/vector | | |
zabbix/zabbix-server-pgsql:7 | /usr/bin/tini -- /usr/bin/docker-entrypoint.sh zabbix_server | 10051/tcp | |
netdata/netdata:v1 | /usr/sbin/run.sh | 19999/tcp | |
louislam/uptime-kuma:1 | /usr/bin/dumb-init -- node server/server.js | 3001/tcp | |
gcr.io/cadvisor/cadvisor:v0.49 | /usr/bin/cadvisor -logtostderr | 8080/tcp | |
getsentry/sentry:24 | /etc/sentry/entrypoint.sh run web | 9000/tcp | |
wordpress:6 | docker-entrypoint.sh apache2-foreground | 80/tcp | |
ghost:5 | docker-entrypoint.sh node current/index.js | 2368/tcp | |
drupal:10 | docker-php-entrypoint apache2-foreground | 80/tcp | |
joomla:5 | /entrypoint.sh apache2-foreground | 80/tcp | |
mediawiki:1.42 | docker-php-entrypoint apache2-foreground | 80/tcp | |
lscr.io/linuxserver/bookstack:24 | /init | 80/tcp | | bookstack image by linuxserver.io
requarks/wiki:2 | node server | 3000/tcp | | Wiki.js
nextcloud:29 | /entrypoint.sh apache2-foreground | 80/tcp | |
owncloud/server:10 | /usr/bin/entrypoint | 8080/tcp | |
minio/minio:latest | /usr/bin/docker-entrypoint.sh minio | 9000/tcp | | MinIO is a High Performance Object Storage
chrislusf/seaweedfs:3 | /entrypoint.sh | 8333/tcp 9333/tcp | |
rook/ceph:v1.14 | /usr/bin/tini -- /usr/local/bin/rook | | |
jellyfin/jellyfin:10 | /jellyfin/jellyfin | 8096/tcp | ffmpeg | The Free Software Media System
plexinc/pms-docker:latest | /init | 32400/tcp | |
lscr.io/linuxserver/transmission:4 | /init | 9091/tcp 51413/tcp | transmission-daemon | transmission image by linuxserver.io
lscr.io/linuxserver/qbittorrent:4 | /init | 8080/tcp 6881/tcp | | qbittorrent image by linuxserver.io
photoprism/photoprism:latest | /scripts/entrypoint.sh photoprism start | 2342/tcp | |
ghcr.io/immich-app/immich-server:v1 | tini -- /bin/bash start.sh | 2283/tcp | |
ghcr.io/home-assistant/home-assistant:stable | /init | 8123/tcp | | Open-source home automation platform running on Python 3
nodered/node-red:4 | ./entrypoint.sh | 1880/tcp | | Low-code programming for event-driven applications
pihole/pihole:2024 | /s6-init | 53/udp 80/tcp | | 
adguard/adguardhome:v0.107 | /opt/adguardhome/AdGuardHome | 53/udp 3000/tcp | |
coredns/coredns:1.11 | /coredns | 53/tcp 53/udp | |
ubuntu/bind9:9.18 | /usr/sbin/named -g | 53/udp | bind9 |
linuxserver/wireguard:1 | /init | 51820/udp | wireguard-tools | wireguard image by linuxserver.io
kylemanna/openvpn:2.4 | ovpn_run | 1194/udp | openvpn |
tailscale/tailscale:v1 | /usr/local/bin/containerboot | | iptables |
mailserver/docker-mailserver:14 | /usr/bin/dumb-init -- supervisord | 25/tcp 587/tcp 993/tcp | postfix dovecot-core |
axllent/mailpit:v1 | /mailpit | 1025/tcp 8025/tcp | |
mailhog/mailhog:v1 | MailHog | 1025/tcp 8025/tcp | |
osixia/openldap:1.5 | /container/tool/run | 389/tcp 636/tcp | slapd |
quay.io/keycloak/keycloak:25 | /opt/keycloak/bin/kc.sh | 8080/tcp 8443/tcp | | Open Source Identity and Access Management
authelia/authelia:4 | /app/entrypoint.sh | 9091/tcp | | Single Sign-On Multi-Factor portal for web apps
ghcr.io/goauthentik/server:2024 | dumb-init -- ak | 9000/tcp 9443/tcp | |
vaultwarden/server:1 | /start.sh | 80/tcp | | Alternative implementation of the Bitwarden server API
jenkins/jenkins:lts | /usr/bin/tini -- /usr/local/bin/jenkins.sh | 8080/tcp 50000/tcp | git |
gitlab/gitlab-ce:17 | /assets/wrapper | 22/tcp 80/tcp 443/tcp | |
gitlab/gitlab-runner:v17 | /usr/bin/dumb-init /entrypoint run | | git |
gitea/gitea:1.22 | /usr/bin/entrypoint | 22/tcp 3000/tcp | git openssh | Git with a cup of tea
gogs/gogs:0.13 | /app/gogs/docker/start.sh | 22/tcp 3000/tcp | git |
drone/drone:2 | /bin/drone-server | 80/tcp | |
concourse/concourse:7 | dumb-init /usr/local/bin/entrypoint.sh | 8080/tcp | |
sonarqube:10 | /opt/sonarqube/docker/entrypoint.sh | 9000/tcp | |
sonatype/nexus3:3 | /opt/sonatype/start-nexus-repository-manager.sh | 8081/tcp | | Nexus Repository Manager
jfrog/artifactory-oss:7 | /entrypoint-artifactory.sh | 8081/tcp 8082/tcp | |
registry:2 | /entrypoint.sh /etc/docker/registry/config.yml | 5000/tcp | |
goharbor/harbor-core:v2 | /harbor/entrypoint.sh | 8080/tcp | |
verdaccio/verdaccio:5 | uid_entrypoint verdaccio | 4873/tcp | | A lightweight private node.js proxy registry
docker:27-dind | dockerd-entrypoint.sh | 2375/tcp 2376/tcp | |
moby/buildkit:v0.14 | buildkitd | | |
gcr.io/kaniko-project/executor:v1 | /kaniko/executor | | |
aquasec/trivy:0.53 | trivy | | git | A Fast Vulnerability Scanner for Containers
anchore/syft:v1 | /syft | | | CLI tool and library for generating a Software Bill of Materials
clamav/clamav:1.3 | /init | 3310/tcp 7357/tcp | clamav |
portainer/portainer-ce:2 | /portainer | 9000/tcp 9443/tcp | | Docker container management made simple
containrrr/watchtower:1 | /watchtower | | |
rancher/rancher:v2.8 | entrypoint.sh | 80/tcp 443/tcp | |
rancher/k3s:v1.30 | /bin/k3s agent | | |
bitnami/kubectl:1.30 | kubectl | | | Bitnami package for Kubectl
alpine/helm:3 | helm | | |
hashicorp/terraform:1.9 | /bin/terraform | | git openssh |
pulumi/pulumi:3 | pulumi | | |
amazon/aws-cli:2 | /usr/local/bin/aws | | |
google/cloud-sdk:480 | /bin/bash | | google-cloud-cli |
mcr.microsoft.com/azure-cli:2.61 | bash | | |
localstack/localstack:3 | docker-entrypoint.sh | 4566/tcp | | LocalStack: a cloud service emulator
python:3.12-slim | python3 | | |
jupyter/scipy-notebook:latest | tini -g -- start.sh jupyter lab | 8888/tcp | | Jupyter Notebook Scientific Python Stack
continuumio/miniconda3:24 | /bin/bash | | |
pytorch/pytorch:2.3.1-cuda12.1 | /bin/bash | | |
tensorflow/tensorflow:2.16.1-gpu | /bin/bash | | |
nvidia/cuda:12.5.0-runtime | /opt/nvidia/nvidia_entrypoint.sh | | cuda-libraries-12-5 |
vllm/vllm-openai:v0.5 | python3 -m vllm.entrypoints.openai.api_server | | |
ollama/ollama:0.2 | /bin/ollama serve | 11434/tcp | |
ghcr.io/open-webui/open-webui:main | bash start.sh | 8080/tcp | | User-friendly AI Interface
ghcr.io/mlflow/mlflow:v2 | python3 | | |
apache/airflow:2.9 | /usr/bin/dumb-init -- /entrypoint | 8080/tcp | | Programmatically author, schedule and monitor workflows
apache/spark:3.5 | /opt/entrypoint.sh | | |
apache/flink:1.19 | /docker-entrypoint.sh help | 6123/tcp 8081/tcp | |
apache/hadoop:3 | /usr/local/bin/dumb-init -- /opt/starter.sh | | |
trinodb/trino:450 | /usr/lib/trino/bin/run-trino | 8080/tcp | |
apache/superset:4 | /usr/bin/run-server.sh | 8088/tcp | |
metabase/metabase:v0.50 | /app/run_metabase.sh | 3000/tcp | |
n8nio/n8n:1 | tini -- /docker-entrypoint.sh | 5678/tcp | | Workflow Automation Tool
temporalio/server:1.24 | /etc/temporal/entrypoint.sh | 7233/tcp | |
node:20-alpine | docker-entrypoint.sh node | | |
denoland/deno:1.44 | /tini -- docker-entrypoint.sh | | |
oven/bun:1 | /usr/local/bin/docker-entrypoint.sh /usr/local/bin/bun | | |
golang:1.22 | bash | | g++ gcc libc6-dev make pkg-config |
rust:1.79 | bash | | |
ruby:3.3 | irb | | |
php:8.3-fpm | docker-php-entrypoint php-fpm | 9000/tcp | |
eclipse-temurin:21-jre | /__cacert_entrypoint.sh | | |
maven:3.9 | /usr/local/bin/mvn-entrypoint.sh mvn | | |
gradle:8 | gradle | | |
mcr.microsoft.com/dotnet/aspnet:8.0 | bash | 8080/tcp | |
gcc:14 | bash | | |
swift:5.10 | bash | | |
elixir:1.17 | iex | | |
erlang:27 | erl | | |
haskell:9 | ghci | | |
julia:1.10 | docker-entrypoint.sh julia | | |
r-base:4.4 | R | | r-base |
rocker/rstudio:4.4 | /init | 8787/tcp | |
perl:5.40 | perl5.40.0 -de0 | | |
alpine:3.20 | /bin/sh | | |
debian:12-slim | bash | | |
ubuntu:24.04 | /bin/bash | | |
fedora:40 | /bin/bash | | |
rockylinux:9 | /bin/bash | | |
busybox:1.36 | sh | | |
curlimages/curl:8 | /entrypoint.sh curl | | | curl is a command line tool and library for transferring data with URLs
nicolaka/netshoot:v0.13 | zsh | | tcpdump nmap iperf3 mtr |
linuxserver/ffmpeg:7 | /ffmpegwrapper.sh | | ffmpeg | ffmpeg image by linuxserver.io
selenium/standalone-chrome:4 | /opt/bin/entry_point.sh | 4444/tcp 5900/tcp | |
mcr.microsoft.com/playwright:v1.45 | /bin/bash | | |
browserless/chrome:latest | ./start.sh | 3000/tcp | |
atmoz/sftp:alpine | /entrypoint | 22/tcp | openssh-server-pam |
linuxserver/openssh-server:9 | /init | 2222/tcp | openssh-server | openssh-server image by linuxserver.io
dperson/samba:latest | samba.sh | 139/tcp 445/tcp | samba |
restic/restic:0.16 | /usr/bin/restic | | |
itzg/minecraft-server:java21 | /start | 25565/tcp | | 
mattermost/mattermost-team-edition:9 | /entrypoint.sh mattermost | 8065/tcp | |
rocket.chat:6 | node main.js | 3000/tcp | |
matrixdotorg/synapse:v1 | /start.py | 8008/tcp 8448/tcp | | Matrix.org Synapse homeserver
jitsi/web:stable | /init | 80/tcp 443/tcp | |
tensorflow/serving:2.16 | /usr/bin/tf_serving_entrypoint.sh | 8500/tcp 8501/tcp | |
`

/** The cards, as the documents of the images would give them. */
export const INDEPENDENT_CARDS: readonly ImageCard[] = TABLE.trim()
  .split('\n')
  .map(line => {
    const [reference = '', starts = '', ports = '', packages = '', label = ''] = line.split('|').map(part => part.trim())
    const words = (text: string) => text.split(' ').filter(word => word !== '')
    const card = cardOfFacts(reference, [reference], {
      entrypoint: words(starts),
      exposedPorts: words(ports),
      ...(label !== '' && { labels: { 'org.opencontainers.image.description': label } }),
    })
    return { ...card, packages: words(packages) }
  })
