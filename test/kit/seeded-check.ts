import fc from 'fast-check'

// `npm test` looks at the same cases every time, so that it says something about the change; `npm run soak` looks for new ones.
if (process.env['PEEL_SOAK'] !== '1') fc.configureGlobal({ seed: 1 })

export { fc }
