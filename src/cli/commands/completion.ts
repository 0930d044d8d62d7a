import type { Command, CommandEntry } from "../command.ts";

const shells = {
  bash: {
    script: `# bash completion for slipway
_slipway() {
  local IFS=$'\\n' line words cur
  COMPREPLY=()
  cur="\${COMP_WORDS[COMP_CWORD]}"
  words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  # bash splits at "=": "--output" "=" "js" belongs together again.
  if [[ \${#words[@]} -ge 2 && "\${words[-2]}" == "=" ]]; then
    words=("\${words[@]:0:\${#words[@]}-3}" "\${words[-3]}=\${words[-1]}")
  elif [[ "$cur" == "=" ]]; then
    words=("\${words[@]:0:\${#words[@]}-2}" "\${words[-2]}=")
    cur=""
  fi
  local directive=:0
  while read -r line; do
    case "$line" in
      :[0-9]*) directive="$line" ;;
      *) line="\${line%%$'\\t'*}"; [[ "$line" == --*=* ]] && line="\${line#*=}"; COMPREPLY+=("$line") ;;
    esac
  done < <(slipway __complete "\${words[@]}" 2>/dev/null)
  if [[ "$directive" == ":0" && \${#COMPREPLY[@]} -eq 0 ]]; then
    COMPREPLY=($(compgen -f -- "$cur"))
    compopt -o filenames 2>/dev/null
  fi
}
complete -F _slipway slipway
`,
    example: `# In this shell
source <(slipway completion bash)

# In every new one
slipway completion bash > ~/.local/share/bash-completion/completions/slipway`,
  },
  zsh: {
    script: `#compdef slipway
_slipway() {
  local -a lines values
  local line directive=:0
  lines=("\${(@f)$(slipway __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in $lines; do
    case "$line" in
      :[0-9]*) directive="$line" ;;
      *) line="\${line//:/\\\\:}"; values+=("\${line/$'\\t'/:}") ;;
    esac
  done
  if (( \${#values} )); then
    _describe -t values slipway values
  elif [[ "$directive" == ":0" ]]; then
    _files
  fi
}
if [ "$funcstack[1]" = "_slipway" ]; then _slipway "$@"; else compdef _slipway slipway; fi
`,
    example: `# In this shell
source <(slipway completion zsh)

# In every new one
slipway completion zsh > "\${fpath[1]}/_slipway"`,
  },
  fish: {
    script: `# fish completion for slipway
function __slipway_complete
  set -l words (commandline -opc)[2..]
  set -l current (commandline -ct)
  set -l directive :0
  set -l found 0
  for line in (slipway __complete $words "$current" 2>/dev/null)
    if string match -qr '^:[0-9]' -- $line
      set directive $line
    else
      set found 1
      echo $line
    end
  end
  if test $found = 0 -a $directive = :0
    __fish_complete_path "$current"
  end
end
complete -c slipway -f -a '(__slipway_complete)'
`,
    example: `# In this shell
slipway completion fish | source

# In every new one
slipway completion fish > ~/.config/fish/completions/slipway.fish`,
  },
  powershell: {
    script: `# PowerShell completion for slipway
Register-ArgumentCompleter -Native -CommandName slipway -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursorPosition -or $_.Extent.Text -ne $wordToComplete } | ForEach-Object { $_.Extent.Text })
  $current = if ($wordToComplete) { $wordToComplete } else { '""' }
  slipway __complete @words $current 2>$null | Where-Object { $_ -notmatch '^:[0-9]' } | ForEach-Object {
    $value, $description = $_ -split "\`t", 2
    if (-not $description) { $description = $value }
    [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $description)
  }
}
`,
    example: `# In this shell
slipway completion powershell | Out-String | Invoke-Expression`,
  },
} as const;

function shellEntry(name: keyof typeof shells): CommandEntry {
  const short = `completion script for ${name}`;
  const { script, example: examples } = shells[name];
  const command: Command = {
    name,
    short,
    examples,
    arity: [0, 0],
    flags: [],
    async run(context) {
      context.out(script);
      return 0;
    },
  };
  return { name, short, load: async () => ({ command }) };
}

/** `slipway completion SHELL`: scripts that ask `slipway __complete` for what fits. */
export const command: Command = {
  name: "completion",
  short: "completion scripts for shells",
  examples: shells.bash.example,
  long: "Prints a completion script. It asks Slipway itself what fits: commands, flags, their values, releases.",
  arity: [0, 0],
  flags: [],
  subcommands: [shellEntry("bash"), shellEntry("zsh"), shellEntry("fish"), shellEntry("powershell")],
};
