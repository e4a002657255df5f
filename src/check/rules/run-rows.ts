import { escapeText } from '../../escape.ts'
import { displayPath } from '../../layer/file-path.ts'
import { parseElf } from '../elf.ts'
import { directoriesAbove, wantOf } from '../find-node.ts'
import { isWholeHead } from '../kept-heads.ts'
import type { Contents, DocumentsRule, Hit, Layers, LayersRule, Rule, Want } from '../rule.ts'
import { HEAD_BYTES, type Interpreter, interpreterOf } from './interpreter.ts'
import { machineName, runsOn } from './machine.ts'
import { commandOf, programOf, startsAsOnLinux } from './program.ts'
import { accountWants, isUnread, mayExecute, runningUser } from './running-user.ts'

/** Will it start: decided by the config, the tree and the first bytes of one file. */

const noCommand: LayersRule = {
  id: 'run/no-command',
  severity: 'error',
  title: 'The image has no command to run',
  matches: 'Entrypoint and Cmd are both empty although the image has programs',
  mustNotMatch: 'Images of data or libraries only, without one program outside of lib: told as info',
  fix: {
    other: 'Add CMD or ENTRYPOINT in its JSON form, such as ENTRYPOINT ["/app/server"].',
    buildah: 'Set it with buildah config --entrypoint or --cmd.',
  },
  references: [],
  needs: 'layers',
  *look({ image, index }) {
    if (image.config === undefined || commandOf(image.config.value.container).length > 0) return
    yield index.hasProgram
      ? { detail: 'Entrypoint and Cmd are empty: a container starts only where a command is given by hand.' }
      : { severity: 'info', detail: 'Entrypoint and Cmd are empty; the image has no program either, so it may be meant as data.' }
  },
}

const missingEntrypoint: LayersRule = {
  id: 'run/missing-entrypoint',
  severity: 'error',
  title: 'The program that the image starts is not in it',
  matches: 'The first word of the command leads to nothing, through PATH, WORKDIR and symlinks inside the image',
  mustNotMatch: 'A shell form whose shell is there; a PATH with a variable in it; images for other systems than Linux',
  fix: { other: 'COPY the program to that path, or correct the path in ENTRYPOINT or CMD.' },
  references: [],
  needs: 'layers',
  *look(layers) {
    const program = programOf(layers)
    if (program === undefined || program.node !== undefined || !program.certain) return
    const place = program.word.includes('/') ? 'there is no such file' : 'it is in no directory of PATH'
    yield { detail: `The command begins with "${escapeText(program.word)}", and ${place}.`, key: program.word }
  },
}

const notExecutable: LayersRule = {
  id: 'run/not-executable',
  severity: 'error',
  title: "The program that the image starts may not be executed by the image's user",
  matches:
    'The program has no execute bit for the user and its groups, is no regular file, or lies in a directory closed to the user',
  mustNotMatch: 'root, where any execute bit is set',
  fix: { other: 'chmod +x it in the step that makes it.', buildkit: 'COPY --chmod=0755 it.', buildah: 'COPY --chmod=0755 it.' },
  references: [],
  needs: 'layers',
  wants: accountWants,
  *look(layers, contents) {
    const node = programOf(layers)?.node
    const user = runningUser(layers, contents)
    if (node === undefined) return
    const place = { path: node.path, layer: node.layer }
    if (node.type !== 'file') return yield { ...place, detail: `It is a ${node.type}.` }
    if (user.uid === undefined) return // run/unknown-user says so.
    const mode = node.mode.toString(8).padStart(4, '0')
    const who = `user ${user.uid}`
    if (!mayExecute(user, node))
      return yield { ...place, detail: `Its mode is ${mode}, its owner ${node.uid}:${node.gid}; ${who} may not execute it.` }
    for (const directory of directoriesAbove(layers.snapshot, node.path)) {
      if (mayExecute(user, directory)) continue
      const closed = `/${displayPath(directory.path)}`
      return yield {
        ...place,
        mendedBy: directory.layer,
        detail: `${closed} has mode ${directory.mode.toString(8).padStart(4, '0')}: ${who} may not enter it.`,
      }
    }
  },
}

/** The program's own head, then that of what runs it. */
function* programWants(layers: Layers, known: Contents): Generator<Want> {
  const program = programOf(layers)?.node
  yield* wantOf(program, HEAD_BYTES, isWholeHead)
  const interpreter = interpreterIn(layers, known)
  if (interpreter !== undefined && 'node' in interpreter) yield* wantOf(interpreter.node, HEAD_BYTES, isWholeHead)
}

function interpreterIn(layers: Layers, contents: Contents): Interpreter | undefined {
  const content = programOf(layers)?.node?.content
  const head = content && contents.get(content.layer, content.entry)
  return head && interpreterOf(head, layers.snapshot, layers.image.config?.value.container)
}

const missingInterpreter: LayersRule = {
  id: 'run/missing-interpreter',
  severity: 'error',
  title: 'The interpreter of the program is missing',
  matches:
    'The dynamic loader an ELF file names, or the interpreter of a script, is not in the image (env looks in PATH); a shebang ends in a carriage return; a text file has no shebang',
  mustNotMatch: 'Static programs; loaders that are reached through symlinks; binary formats a host may know',
  fix: {
    other:
      'Build the program statically or for the libc of the base image; for a script install its interpreter and save it with LF line ends.',
  },
  references: [],
  needs: 'layers',
  wants: programWants,
  *look(layers, contents) {
    const node = programOf(layers)?.node
    const interpreter = interpreterIn(layers, contents)
    if (node === undefined || interpreter === undefined || interpreter.kind === 'none') return
    const detail = interpreterTrouble(interpreter)
    if (detail !== undefined) yield { path: node.path, layer: node.layer, detail }
  },
}

function interpreterTrouble(interpreter: Exclude<Interpreter, { kind: 'none' }>): string | undefined {
  if (interpreter.kind === 'unnamed') return 'It is text without a shebang line: starting it ends with "exec format error".'
  const path = escapeText(interpreter.path)
  if (interpreter.hasReturn)
    return `Its first line ends in a carriage return: the kernel looks for an interpreter of that name, "${path}\\r".`
  if (interpreter.node !== undefined) return undefined
  return interpreter.kind === 'loader'
    ? `It asks for the loader ${path}, which is not in the image; starting it ends with "no such file or directory".`
    : `It is a script for ${path}, which is not in the image.`
}

const wrongArchitecture: LayersRule = {
  id: 'run/wrong-architecture',
  severity: 'error',
  title: 'The program is built for another processor than the image says',
  matches:
    "Machine and class in the ELF header of the program, or of its script's interpreter, do not run on the config's architecture",
  mustNotMatch: 'Other files (emulators, cross compilers); i386 on amd64 and 32-bit ARM on arm64, which run',
  fix: {
    other: 'Build the program for this platform.',
    buildkit: 'Build it per platform (ARG TARGETARCH), and take --platform out of the last FROM.',
  },
  references: [],
  needs: 'layers',
  wants: programWants,
  *look(layers, contents) {
    const architecture = layers.image.platform?.architecture ?? ''
    const program = programOf(layers)?.node
    const interpreter = interpreterIn(layers, contents)
    const script = interpreter?.kind === 'shebang' ? interpreter.node : undefined
    for (const node of [program, script]) {
      const head = node?.content && contents.get(node.content.layer, node.content.entry)
      const elf = head && parseElf(head)
      if (node === undefined || elf === undefined || runsOn(elf, architecture)) continue
      yield {
        path: node.path,
        layer: node.layer,
        detail: `The image is for ${escapeText(architecture)}, the file for ${machineName(elf)}.`,
      }
    }
  },
}

const unknownUser: LayersRule = {
  id: 'run/unknown-user',
  severity: 'error',
  title: "The image's user or group does not exist in it",
  matches: 'A name in User that etc/passwd does not have, or a group that etc/group does not have (conversion.md: an error)',
  mustNotMatch: 'Numbers, with or without an entry',
  fix: { other: 'Create it in the step before USER (useradd, adduser), or write the number.' },
  references: ['DL3066'],
  needs: 'layers',
  wants: accountWants,
  *look(layers, contents) {
    const { image, snapshot } = layers
    if (image.config === undefined || !startsAsOnLinux(image.platform?.os)) return
    const user = runningUser(layers, contents)
    const missing = (what: string, name: string, file: string): Hit => ({
      detail: `User is "${escapeText(image.config?.value.container.user ?? '')}", and etc/${file} has no ${what} "${escapeText(name)}": the container does not start.`,
      key: `${what} ${name}`,
    })
    if (user.uid === undefined && !isUnread(snapshot, contents, 'etc/passwd')) yield missing('user', user.name, 'passwd')
    if (user.gid === undefined && !isUnread(snapshot, contents, 'etc/group')) yield missing('group', user.group ?? '', 'group')
  },
}

const shellForm: DocumentsRule = {
  id: 'run/shell-form',
  severity: 'info',
  title: 'A shell stands between the runtime and the program',
  matches:
    'The command is a shell, -c and one string that does not begin with exec: signals such as docker stop reach the shell only',
  mustNotMatch: 'Images that set SHELL; strings with && or trap, which need a shell',
  fix: { other: 'Write the JSON form, CMD ["program", "argument"], or begin the string with exec.' },
  references: ['DL3025', 'JSONArgsRecommended'],
  needs: 'documents',
  *look({ image }) {
    const container = image.config?.value.container
    if (container === undefined || container.shell !== undefined) return
    const command = container.entrypoint?.length ? container.entrypoint : (container.cmd ?? [])
    const [shell = '', flag, text = ''] = command
    if (command.length !== 3 || flag !== '-c' || !/(?:^|\/)(?:ba|da|a|z|k)?sh$/.test(shell)) return
    if (/^\s*exec\s|&&|\btrap\s/.test(text)) return
    // The string itself may hold anything: it is not repeated.
    yield { detail: `The command is ${escapeText(shell)} -c and a string of ${text.length} characters.` }
  },
}

export const RUN_ROWS: readonly Rule[] = [
  noCommand,
  missingEntrypoint,
  notExecutable,
  missingInterpreter,
  wrongArchitecture,
  unknownUser,
  shellForm,
]
