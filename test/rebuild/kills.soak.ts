import { test } from 'node:test'
import { scratch } from '../kit/image/local-image.ts'
import { killAtMoments } from './kills.ts'

test('kill -9 at five hundred moments of a squash', { timeout: 3_600_000 }, context => killAtMoments(scratch(context), 500))
