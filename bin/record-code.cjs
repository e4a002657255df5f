// Keeps the code that V8 has made of a bundle (bin/run-bundle.cjs): a program's at its end, a thread's before each of its answers.
// A run begins with the code of the one before, so that several add up.
const fs = require('node:fs')
const { isMainThread, parentPort, threadId } = require('node:worker_threads')

exports.record = ({ script, code }) => {
  const keep = () => {
    const fresh = `${code}.${process.pid}-${threadId}`
    fs.writeFileSync(fresh, script.createCachedData())
    fs.renameSync(fresh, code)
  }
  if (isMainThread) {
    process.on('exit', keep)
    return
  }
  const post = parentPort.postMessage.bind(parentPort)
  parentPort.postMessage = (message, transfer) => {
    keep()
    post(message, transfer)
  }
}
