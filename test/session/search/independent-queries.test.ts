import assert from 'node:assert/strict'
import { test } from 'node:test'
import { searchCards } from '../../../src/session/search/search-cards.ts'
import { INDEPENDENT_CARDS } from './independent-cards.ts'

/** Questions people would ask, each with the images of which one must be among the first three. */
const ENGLISH: Readonly<Record<string, string>> = {
  'an in-memory cache for sessions': 'redis valkey memcached dragonfly',
  'relational database with SQL': 'postgres mysql mariadb postgresql',
  'document database NoSQL': 'mongo couchdb couchbase',
  'serve static websites over https': 'nginx caddy httpd nginx-unprivileged',
  'reverse proxy and load balancer': 'traefik haproxy nginx envoy',
  'message queue between services': 'rabbitmq kafka nats nsq activemq-classic',
  'event streaming platform': 'kafka redpanda pulsar',
  'MQTT broker for IoT devices': 'eclipse-mosquitto emqx',
  'full text search engine': 'elasticsearch opensearch solr meilisearch typesense',
  'vector database for embeddings': 'qdrant weaviate milvus chroma pgvector',
  'time series database for metrics': 'influxdb prometheus victoria-metrics timescaledb',
  'dashboards for monitoring': 'grafana kibana',
  'collect and ship logs': 'fluentd fluent-bit logstash promtail vector loki',
  'distributed tracing': 'jaeger all-in-one zipkin tempo opentelemetry-collector',
  'continuous integration server': 'jenkins drone concourse gitlab-ce gitlab-runner',
  'host git repositories myself': 'gitea gogs gitlab-ce',
  'private docker registry': 'registry harbor-core nexus3',
  'S3 compatible object storage': 'minio seaweedfs',
  'single sign-on with OpenID Connect': 'keycloak authelia server:2024',
  'keep secrets and encryption keys': 'vault',
  'block ads with a DNS server': 'pihole adguardhome',
  'VPN server': 'wireguard openvpn tailscale',
  'catch test emails': 'mailpit mailhog',
  'blog platform': 'wordpress ghost',
  'notebooks for data science': 'scipy-notebook',
  'run large language models locally': 'ollama vllm-openai',
  'scan images for vulnerabilities': 'trivy',
  'browser automation for end-to-end tests': 'standalone-chrome playwright chrome',
  'tiny Linux base image': 'alpine busybox debian:12-slim',
  'schedule data pipelines': 'airflow',
}
const CHINESE: Readonly<Record<string, string>> = {
  我需要一个快速的缓存解决方案: 'redis',
  关系型数据库: 'postgres mysql mariadb postgresql',
  文档型数据库: 'mongo couchdb couchbase',
  静态网站服务器: 'nginx caddy httpd nginx-unprivileged',
  反向代理和负载均衡: 'traefik haproxy nginx envoy',
  消息队列: 'rabbitmq kafka nats nsq activemq-classic',
  流式处理平台: 'kafka redpanda pulsar flink spark',
  物联网消息代理: 'eclipse-mosquitto emqx',
  全文搜索引擎: 'elasticsearch opensearch solr meilisearch typesense',
  向量数据库: 'qdrant weaviate milvus chroma pgvector',
  时序数据库: 'influxdb prometheus victoria-metrics timescaledb',
  监控面板: 'grafana kibana prometheus netdata',
  日志收集: 'fluentd fluent-bit logstash promtail vector loki',
  链路追踪: 'all-in-one zipkin tempo opentelemetry-collector',
  持续集成: 'jenkins drone concourse gitlab-ce gitlab-runner',
  代码托管: 'gitea gogs gitlab-ce',
  私有镜像仓库: 'registry harbor-core nexus3',
  对象存储: 'minio seaweedfs',
  单点登录和身份认证: 'keycloak authelia server:2024',
  密钥管理: 'vault',
  域名解析服务器: 'coredns bind9 pihole adguardhome',
  图数据库: 'neo4j',
  邮件服务器: 'docker-mailserver mailpit mailhog',
  博客系统: 'wordpress ghost',
  数据科学笔记本: 'scipy-notebook',
  大语言模型推理: 'ollama vllm-openai',
  漏洞扫描: 'trivy',
  浏览器自动化测试: 'standalone-chrome playwright chrome',
  'Java 应用服务器': 'tomcat jetty wildfly',
  网盘: 'nextcloud server:10',
}

const answers = (query: string) =>
  searchCards(INDEPENDENT_CARDS, query)
    .slice(0, 3)
    .map(({ reference }) => reference)
const isAnswer = (reference: string, expected: string) =>
  expected.split(' ').some(name => {
    const wanted = name.includes(':') ? name : `${name}:`
    return `/${reference}`.includes(`/${wanted}`)
  })

test('sixty questions written without a look at the table of concepts are answered among the first three', t => {
  const queries = Object.entries({ ...ENGLISH, ...CHINESE })
  const unanswered = queries.filter(([query, expected]) => !answers(query).some(reference => isAnswer(reference, expected)))
  const recall = 1 - unanswered.length / queries.length
  t.diagnostic(`${INDEPENDENT_CARDS.length} cards, ${queries.length} queries: recall at 3 is ${recall.toFixed(3)}`)
  for (const [query] of unanswered) t.diagnostic(`${query} → ${answers(query).join(', ') || 'nothing'}`)
  assert.equal(queries.length, 60)
  assert.ok(recall >= 0.96, `recall at 3 is ${recall}`)
})

test('a fast cache, asked for in Chinese, is Redis first', () => {
  assert.equal(answers('我需要一个快速的缓存解决方案')[0], 'redis:7-alpine')
})
