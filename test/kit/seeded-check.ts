import fc from 'fast-check'

const isSoak = process.env['PEEL_SOAK'] === '1'

// `npm test` looks at the same cases every time, so that it says something about the change; `npm run soak` looks for new ones.
if (!isSoak) fc.configureGlobal({ seed: 1 })

/** How many cases a law is held against: few in `npm test`, whose processor time is a budget, and many in the soak. */
export const cases = (few: number, many: number): number => (isSoak ? many : few)

export { fc }
