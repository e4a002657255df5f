import { Argument, type Command, Option } from 'commander'

/**
 * The same command, whose type remembers the options and arguments it is given: `ValuesOf` reads the options out of it, and an action
 * gets the arguments in order, then the options. The name of a value that no option declares does not compile.
 */
export function typed(command: Command): TypedCommand {
  return command as unknown as TypedCommand
}

/** An option that takes one of a few words. */
export function choice<const Flags extends string, const Word extends string>(
  flags: Flags,
  description: string,
  words: readonly Word[],
): Choice<Flags, Word> {
  return new Option(flags, description).choices([...words])
}

/** An argument that is one of a few words. */
export function argumentChoice<const Word extends string>(
  name: string,
  description: string,
  words: readonly Word[],
): ArgumentChoice<Word> {
  return new Argument(name, description).choices([...words])
}

/** Options as commander gives them to an action, by the names it makes of long flags (`--dry-run` is `dryRun`); undefined where not given. */
export type ValuesOf<Declare extends (command: Command, ...more: never[]) => unknown> =
  ReturnType<Declare> extends TypedCommand<infer _, infer Values> ? Simplified<Values> : never

export interface TypedCommand<Operands extends readonly unknown[] = [], Values = unknown> {
  argument<Name extends string>(name: Name, description: string): TypedCommand<[...Operands, Operand<Name>], Values>
  addArgument<Word extends string>(argument: ArgumentChoice<Word>): TypedCommand<[...Operands, Word], Values>
  option<Flags extends string>(flags: Flags, description: string): TypedCommand<Operands, Values & Value<Flags, Unparsed<Flags>>>
  option<Flags extends string, Parsed>(
    flags: Flags,
    description: string,
    /** Makes the value of the text after the option, and of the value so far where it is given several times. */
    parse: (typed: string, before: Parsed | undefined) => Parsed,
  ): TypedCommand<Operands, Values & Value<Flags, Parsed>>
  option<Flags extends string>(
    flags: Flags,
    description: string,
    byDefault: string,
  ): TypedCommand<Operands, Values & Value<Flags, string>>
  addOption<const Flags extends string, const Word extends string>(
    option: Choice<Flags, Word>,
  ): TypedCommand<Operands, Values & Value<Flags, Word>>
  addHelpText(position: 'after', text: string | (() => string)): this
  action(run: (...given: [...Operands, Simplified<Values>]) => void | Promise<void>): void
  readonly parent: Command | null
  opts(): Simplified<Values>
}

type Choice<Flags extends string, Word extends string> = Option & { readonly declared?: readonly [Flags, Word] }
type ArgumentChoice<Word extends string> = Argument & { readonly declared?: Word }

type Operand<Name extends string> = Name extends `${string}...${string}`
  ? readonly string[]
  : Name extends `[${string}`
    ? string | undefined
    : string

type Value<Flags extends string, Type> = { readonly [Key in Camel<WithoutNo<LongName<Flags>>>]: Type | undefined }

/** A flag is true where it is given, and one that begins with `no-` false. */
type Unparsed<Flags extends string> = Flags extends `${string}<${string}` ? string : boolean

type LongName<Flags extends string> = Flags extends `-${string}, --${infer Long}`
  ? FirstWord<Long>
  : Flags extends `--${infer Long}`
    ? FirstWord<Long>
    : never

type FirstWord<Text extends string> = Text extends `${infer Word} ${string}` ? Word : Text
type WithoutNo<Name extends string> = Name extends `no-${infer Rest}` ? Rest : Name
type Camel<Name extends string> = Name extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : Name
type Simplified<Type> = { [Key in keyof Type]: Type[Key] }
