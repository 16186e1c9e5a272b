// Package scripttest runs testscripts of the program against a registry. The same scripts run in
// process against the registry in memory, and with the built binary against real ones.
//
// Beside the commands of package testscript, a script has those in commands.go. $REGISTRY is the
// registry, $R a place on it that belongs to the script alone, $R2 one on another registry, $FIXTURES the
// folder with the archives that real builders wrote.
package scripttest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update-scripts", false, "write the files anew that scripts compare with cmp")

// A Registry is what the scripts of a run are run against.
type Registry struct {
	Host string
	// Log gives the methods of the requests since the last call. Nil if nobody counts them.
	Log func() []string
}

// Run runs every script of a folder. For each, start gives two registries, which it may share with
// others. In a script, the condition [name] holds.
func Run(t *testing.T, dir, name string, start func(testing.TB) (one, other Registry)) {
	fixtures, err := filepath.Abs(filepath.Join(dir, "../../../../registry/archive/testdata"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup: func(env *testscript.Env) error {
			one, other := start(env.T().(testing.TB))
			script := strings.TrimPrefix(filepath.Base(env.WorkDir), "script-")
			env.Values[registryKey{}] = one
			own := "/" + strings.ReplaceAll(script, "_", "-")
			env.Setenv("REGISTRY", one.Host)
			env.Setenv("R", one.Host+own)
			env.Setenv("R2", other.Host+own)
			env.Setenv("FIXTURES", fixtures)
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("DOCKER_CONFIG", filepath.Join(env.WorkDir, "docker"))
			env.Setenv("PATH", os.Getenv("PATH"))
			env.Setenv("GORACE", os.Getenv("GORACE")) // how the race detector ends, where it is in the program
			return nil
		},
		Condition: func(condition string) (bool, error) {
			return condition == name, nil
		},
		Cmds: commands,
	})
}

type registryKey struct{}

func registryOf(ts *testscript.TestScript) Registry {
	return ts.Value(registryKey{}).(Registry)
}
