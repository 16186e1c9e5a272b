package cli

import (
	_ "embed" // the scripts
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/cli/help"
	"github.com/manifest-tool/manifest-tool/internal/output"
)

var (
	//go:embed completion/bash.sh
	bashScript string
	//go:embed completion/zsh.sh
	zshScript string
	//go:embed completion/fish.fish
	fishScript string
	//go:embed completion/powershell.ps1
	powershellScript string
)

var completionScripts = map[string]*string{
	"bash": &bashScript, "zsh": &zshScript, "fish": &fishScript, "powershell": &powershellScript,
}

var shellNames = []string{"bash", "zsh", "fish", "powershell"}

func (p *program) completionCommand(fail cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name:            "completion",
		Usage:           "print the completion script of a shell",
		UsageText:       "manifest-tool completion " + strings.Join(shellNames, "|"),
		ArgsUsage:       strings.Join(shellNames, "|"),
		Category:        help.Other,
		Description:     help.Description("completion"),
		HideHelpCommand: true,
		OnUsageError:    fail,
		Action: func(c *cli.Context) error {
			shell, err := onlyArgument(c, "SHELL", strings.Join(shellNames, ", "))
			if err != nil {
				return err
			}
			script, ok := completionScripts[shell]
			if !ok {
				return output.Usagef("unknown shell %q%s", shell, suggest(shell, shellNames, "the shells are "+strings.Join(shellNames, ", ")))
			}
			return p.out.WriteResult([]byte(*script))
		},
	}
}
