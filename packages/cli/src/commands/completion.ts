import { Command, Option } from "commander";
import { exitCodesHelp } from "../failure.ts";

const shells = ["bash", "zsh", "fish"] as const;

/** @param program whose commands and options are completed */
export function completionCommand(program: Command): Command {
  return new Command("completion")
    .description("print a completion script for a shell, such as: source <(zerostart completion bash)")
    .argument("<shell>", shells.join(", "))
    .addHelpText("after", exitCodesHelp)
    .action((shell: string, _options: object, command: Command) => {
      const script = { bash: () => bash(program), zsh: () => `autoload -U +X bashcompinit && bashcompinit\n${bash(program)}`, fish: () => fish(program) }[
        shell
      ];
      if (!script) return command.error(`error: ${shell} is not a shell that is known (${shells.join(", ")})`);
      console.log(script());
    });
}

const optionsOf = (command: Command): Option[] => command.options.filter((option) => !option.hidden);
const names = (command: Command): string => [...optionsOf(command).flatMap((option) => option.long ?? []), "--help"].join(" ");

function bash(program: Command): string {
  const below = (command: Command) => command.commands.map((each) => `${each.name()} ${names(each)} `).join("");
  const cases = program.commands.map((command) => `    ${command.name()}) words="${below(command)}${names(command)}" ;;`).join("\n");
  return `_zerostart() {
  local word="\${COMP_WORDS[COMP_CWORD]}" words="${program.commands.map((command) => command.name()).join(" ")} --help --version"
  if [ "$COMP_CWORD" -gt 1 ]; then
    case "\${COMP_WORDS[1]}" in
${cases}
    esac
  fi
  if [ "$COMP_CWORD" -gt 1 ] && [[ "$word" != -* ]]; then COMPREPLY=($(compgen -f -- "$word")); else COMPREPLY=($(compgen -W "$words" -- "$word")); fi
}
complete -o filenames -F _zerostart zerostart`;
}

function fish(program: Command): string {
  const quoted = (text: string) => `'${text.replaceAll(/[\\']/g, "\\$&")}'`;
  const lines = program.commands.flatMap((command) => [
    `complete -c zerostart -n __fish_use_subcommand -a ${command.name()} -d ${quoted(command.description())}`,
    ...optionsOf(command).map(
      (option) =>
        `complete -c zerostart -n '__fish_seen_subcommand_from ${command.name()}'${option.long ? ` -l ${option.long.slice(2)}` : ""}${option.short ? ` -s ${option.short.slice(1)}` : ""} -d ${quoted(option.description)}`,
    ),
  ]);
  return lines.join("\n");
}
