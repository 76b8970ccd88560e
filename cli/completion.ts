import { Argument, type Command, type Help } from 'commander';

/** The words that can be typed after some others: commands and options, with what they are. */
interface Completion {
  /** The words before, as in `sources add`; empty at the beginning. */
  readonly path: string;
  readonly words: readonly { readonly word: string; readonly what: string }[];
}

const shells = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** `headwater completion bash`: a script for the shell, made from the commands themselves. */
export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('print a script that completes commands and options')
    .addArgument(new Argument('<shell>').choices(Object.keys(shells)))
    .addHelpText(
      'after',
      `
  bash  headwater completion bash > ~/.local/share/bash-completion/completions/headwater
  zsh   headwater completion zsh > "\${fpath[1]}/_headwater"
  fish  headwater completion fish > ~/.config/fish/completions/headwater.fish`,
    )
    .action((shell: keyof typeof shells) => console.log(shells[shell](placesOf(program, ''))));
}

function placesOf(command: Command, path: string): Completion[] {
  const help: Help = command.createHelp();
  const subcommands = help.visibleCommands(command);
  const own: Completion = {
    path,
    words: [
      ...subcommands.map((sub) => ({ word: sub.name(), what: sub.description() })),
      ...help.visibleOptions(command).map(({ long, description }) => ({ word: long ?? '', what: description })),
    ].filter(({ word }) => word !== ''),
  };
  const below = subcommands.filter((sub) => sub.name() !== 'help');
  return [own, ...below.flatMap((sub) => placesOf(sub, `${path} ${sub.name()}`.trim()))];
}

/** Follows the words as long as they are commands; both shells have the same `case`. */
function followWords(places: readonly Completion[]): string {
  const known = places.filter(({ path }) => path !== '').map(({ path }) => `'${path}'`);
  return `case "\${place:+$place }$word" in ${known.join(' | ')}) place="\${place:+$place }$word" ;; esac`;
}

function bashScript(places: readonly Completion[]): string {
  const cases = places.map(({ path, words }) => `    '${path}') words='${words.map(({ word }) => word).join(' ')}' ;;`);
  return `_headwater() {
  local place='' word words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    ${followWords(places)}
  done
  case "$place" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _headwater headwater`;
}

function zshScript(places: readonly Completion[]): string {
  const quoted = ({ word, what }: Completion['words'][number]): string =>
    `'${`${word}:${what}`.replaceAll("'", String.raw`'\''`)}'`;
  const cases = places.map(({ path, words }) => `    '${path}') choices=(${words.map(quoted).join(' ')}) ;;`);
  return `#compdef headwater
_headwater() {
  local place='' word
  local -a choices
  for word in "\${(@)words[2,CURRENT-1]}"; do
    ${followWords(places)}
  done
  case "$place" in
${cases.join('\n')}
  esac
  _describe 'headwater' choices || _files
}
compdef _headwater headwater`;
}

function fishScript(places: readonly Completion[]): string {
  const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
  const lines = places.flatMap(({ path, words }) => {
    const depth = path === '' ? 0 : path.split(' ').length;
    const [first = '', second = ''] = path.split(' ');
    const here = [
      ...(first === '' ? ['__fish_use_subcommand'] : [`__fish_seen_subcommand_from ${first}`]),
      ...(second === '' ? [] : [`__fish_seen_subcommand_from ${second}`]),
    ].join('; and ');
    const siblings = words.filter(({ word }) => !word.startsWith('-')).map(({ word }) => word);
    // A word that was chosen here is not offered again.
    const alone = depth > 0 && siblings.length > 0 ? `; and not __fish_seen_subcommand_from ${siblings.join(' ')}` : '';
    return words.map(({ word, what }) => {
      const condition = quoted(`${here}${word.startsWith('-') ? '' : alone}`);
      const choice = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`;
      return `complete -c headwater -n ${condition} ${choice} -d ${quoted(what)}`;
    });
  });
  return lines.join('\n');
}
