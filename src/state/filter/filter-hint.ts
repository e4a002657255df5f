/** The filter language in one line, for whoever is asked to type one. */
export const FILTER_HINT = 'word  *.so  /regex/  >10M  type:link  layer:3  change:removed  suid  !not  a | b'
