/** Processor time of this process so far: unlike the time that went by it does not grow while others run. */
export function processorMilliseconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
