/** A picture that moves, of pictures of one size: each is seen for its seconds, then the next, round and round. CSS alone moves it. */
export function movingSvg(frames: readonly { readonly svg: string; readonly seconds: number }[]): string {
  const [first] = frames
  if (first === undefined) throw new RangeError('a picture that moves needs a frame')
  const whole = frames.reduce((sum, { seconds }) => sum + seconds, 0)
  const rules: string[] = []
  const parts: string[] = []
  let from = 0
  for (const [at, { svg, seconds }] of frames.entries()) {
    const [start, end] = [percent(from / whole), percent((from + seconds) / whole)]
    const before = at === 0 ? '' : `0%{visibility:hidden}`
    rules.push(
      `@keyframes f${at}{${before}${start}{visibility:visible}${end}{visibility:hidden}100%{visibility:hidden}}`,
      `.f${at}{visibility:hidden;animation:f${at} ${whole}s step-end infinite}`,
    )
    parts.push(`<g class="f${at}">${inside(svg)}</g>`)
    from += seconds
  }
  const title = /<title>.*?<\/title>/.exec(first.svg)?.[0] ?? ''
  return `${first.svg.split('\n')[0]}\n${title}\n<style>${rules.join('')}</style>\n${parts.join('\n')}\n</svg>\n`
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)}%`
}

/** Everything between the outermost tags but the title: the whole has one. */
function inside(svg: string): string {
  return svg
    .slice(svg.indexOf('>') + 1, svg.lastIndexOf('</svg>'))
    .replace(/<title>.*?<\/title>/, '')
    .trim()
}
