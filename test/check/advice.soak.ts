// The laws of these tests, held against many cases.
import './advice.test.ts'
