import { test } from 'node:test'
import { scratch } from '../kit/image/local-image.ts'
import { killServers } from './killed-servers.ts'

test('kill -9 at a hundred moments of pushes', { timeout: 3_600_000 }, context => killServers(scratch(context), 100))
