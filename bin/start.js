// `npm start` shows the demo image, `npm start -- ARGS` runs `peel ARGS`. Plain JavaScript, as peel.js is and for its reason.
if (process.argv.length === 2) process.argv.push('demo')
import('./peel.js')
