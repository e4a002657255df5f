// The laws of these tests, held against many cases.
import './build-law.test.ts'
