// Package scripttest runs the testscripts of the program. The same scripts run against the registry in
// memory, and with the built program against real registries.
//
// A script is a file FOLDER/NAME.txtar. It begins with a comment, in which the line "# registries: all"
// marks a script whose result depends on the registry or on the way to it: logins, tokens, mounts, uploads,
// referrers, lists of tags, errors of a registry, proxies, two registries. Such a script runs on every real
// registry. A script with the line "# registries: one" runs on one.
//
// Beside the commands of package testscript, a script has the commands in commands.go, and these variables:
//
//	$REGISTRY  the registry
//	$R         a place on the registry that belongs to the script alone
//	$R2        such a place on another registry
//	$FIXTURES  the folder with the archives that real builders wrote
//	$OUTPUTS   the folder with the JSON that the program printed, where package program records it
package scripttest

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/manifest-tool/manifest-tool/internal/schematest"
	"github.com/manifest-tool/manifest-tool/internal/scripttest/program"
)

var update = flag.Bool("update-scripts", false, "write the files anew that scripts compare with cmp")

// A Registry is the registry that scripts run against.
type Registry struct {
	Host string
	// Log returns the methods of the requests since the last call. It is nil if nobody counts them.
	Log func() []string
}

// A Start returns two registries for one script. Scripts may share registries.
type Start func(testing.TB) (one, other Registry)

// A Suite is a run of scripts against one registry.
type Suite struct {
	Dir   string // the folder of all scripts
	Name  string // in a script, the condition [NAME] holds
	Start Start
	// Programs is a folder that comes first in PATH of the scripts, if not empty.
	Programs string

	fixtures string
	schemas  schematest.Schemas
}

// Run runs every script as the subtest FOLDER/NAME. The subtests run in parallel.
func (s Suite) Run(t *testing.T) {
	t.Helper()
	s.run(t, scripts(t, s.Dir))
}

// RunDependent is Run for the scripts that depend on the registry.
func (s Suite) RunDependent(t *testing.T) {
	t.Helper()
	s.run(t, slices.DeleteFunc(scripts(t, s.Dir), func(one script) bool { return !one.all }))
}

// RunNamed is Run for the scripts with these names, FOLDER/NAME.
func (s Suite) RunNamed(t *testing.T, names ...string) {
	t.Helper()
	named := slices.DeleteFunc(scripts(t, s.Dir), func(one script) bool { return !slices.Contains(names, one.folder+"/"+one.name) })
	if len(named) != len(names) {
		t.Fatalf("%d of the scripts %q are there", len(named), names)
	}
	s.run(t, named)
}

func scripts(t *testing.T, dir string) []script {
	t.Helper()
	scripts, err := load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return scripts
}

// folder is a folder of the module, as seen from the folder of the scripts.
func folder(t *testing.T, dir, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(dir, "../../../..", name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func schemas(t *testing.T, dir string) schematest.Schemas {
	t.Helper()
	return schematest.Load(t, os.DirFS(folder(t, dir, "docs/schema")))
}

func (s Suite) run(t *testing.T, scripts []script) {
	t.Helper()
	s.fixtures, s.schemas = folder(t, s.Dir, "registry/archive/testdata"), schemas(t, s.Dir)
	if len(scripts) == 0 {
		t.Fatal("no script is marked for this registry")
	}
	files := map[string][]string{}
	for _, script := range scripts {
		files[script.folder] = append(files[script.folder], script.path)
	}
	for _, folder := range slices.Sorted(maps.Keys(files)) {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			testscript.Run(t, testscript.Params{
				Files:               files[folder],
				RequireExplicitExec: true,
				RequireUniqueNames:  true,
				UpdateScripts:       *update,
				Setup:               func(env *testscript.Env) error { return s.setup(env, folder) },
				Condition:           func(condition string) (bool, error) { return condition == s.Name, nil },
				Cmds:                commands,
			})
		})
	}
}

// setup sets the variables of one script.
func (s Suite) setup(env *testscript.Env, folder string) error {
	t := env.T().(testing.TB)
	one, other := s.Start(t)
	name := strings.TrimPrefix(filepath.Base(env.WorkDir), "script-")
	// Suites may share a registry, so each has a place of its own there.
	place := strings.ReplaceAll("/"+s.Name+"/"+folder+"/"+name, "_", "-")
	env.Values[registryKey{}] = one
	env.Setenv("REGISTRY", one.Host)
	env.Setenv("R", one.Host+place)
	env.Setenv("R2", other.Host+place)
	env.Setenv("FIXTURES", s.fixtures)
	env.Setenv("HOME", env.WorkDir)
	env.Setenv("DOCKER_CONFIG", filepath.Join(env.WorkDir, "docker"))
	path := os.Getenv("PATH")
	if s.Programs != "" {
		path = s.Programs + string(os.PathListSeparator) + path
	}
	env.Setenv("PATH", path)
	env.Setenv("GORACE", os.Getenv("GORACE")) // how the race detector ends, where it is in the program
	env.Setenv(program.OutputsVariable, t.TempDir())
	env.Defer(func() { s.checkOutputs(t, env.Getenv(program.OutputsVariable)) })
	return nil
}

type registryKey struct{}

func registryOf(ts *testscript.TestScript) Registry {
	return ts.Value(registryKey{}).(Registry)
}
