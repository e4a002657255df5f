import { bind } from './key-row.ts'

/** Keys of the views of what is wrong: the story, the findings, the explanation of one. */
export const FINDING_KEYS = [
  bind('story', 'story.enter', ['enter', 'right', 'l'], 'Go to the files of the act', { hint: 'look' }),
  bind('story', 'story.next', ['n'], 'Go to the worst of the next part', { hint: 'next' }),
  bind('story', 'story.previous', ['N'], 'Go to the worst of the part before'),
  bind('story', 'story.mark', ['space'], 'Mark for the plan: the path, or the layers that ship it twice', { hint: 'mark' }),

  bind('findings', 'findings.enter', ['enter'], 'Go to the file, the layer or the line of the config; unfold a rule', {
    hint: 'go to it',
  }),
  bind('findings', 'findings.explain', ['d'], 'Explain the finding: why, what it must not be confused with, the fix', {
    hint: 'explain',
  }),
  bind('findings', 'findings.mark', ['space'], 'Mark the fix for the plan', { hint: 'mark the fix' }),
  bind('findings', 'findings.filter', ['f', '/'], 'Filter the findings: error, secret/, layer:3, a path', { hint: 'filter' }),
  bind('findings', 'findings.copy-fix', ['Y'], 'Copy the fix', { hint: 'copy the fix' }),
  bind('findings', 'findings.open', ['right', 'l'], 'Unfold a rule; go to what a finding is about', { palette: false }),
  bind('findings', 'findings.close', ['left', 'h'], 'Fold the rule', { palette: false }),
  bind('findings', 'findings.expand-all', ['E', '*'], 'Unfold all rules'),
  bind('findings', 'findings.collapse-all', ['C'], 'Fold all rules'),

  bind('explanation', 'explanation.enter', ['enter', 'right', 'l'], 'Go to what the finding is about', { hint: 'go to it' }),
  bind('explanation', 'explanation.mark', ['space'], 'Mark the fix for the plan', { hint: 'mark the fix' }),
  bind('explanation', 'explanation.copy-fix', ['Y'], 'Copy the fix', { hint: 'copy the fix' }),
]
