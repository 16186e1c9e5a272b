package integration

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// tools are the programs of the modules under tools/, each built at most once per run.
var tools = map[string]func() (string, error){
	"registry":    sync.OnceValues(func() (string, error) { return buildTool("tools/distribution", "registry") }),
	"olareg":      sync.OnceValues(func() (string, error) { return buildTool("tools/olareg", "olareg") }),
	"crane":       sync.OnceValues(func() (string, error) { return buildTool("tools/crane", "crane") }),
	"oras":        sync.OnceValues(func() (string, error) { return buildTool("tools/oras", "oras") }),
	"regctl":      sync.OnceValues(func() (string, error) { return buildTool("tools/regctl", "regctl") }),
	"regsync":     sync.OnceValues(func() (string, error) { return buildTool("tools/regsync", "regsync") }),
	"opa":         sync.OnceValues(func() (string, error) { return buildTool("tools/opa", "opa") }),
	"act":         sync.OnceValues(func() (string, error) { return buildTool("tools/act", "act") }),
	"actionlint":  sync.OnceValues(func() (string, error) { return buildTool("tools/actionlint", "actionlint") }),
	"buildifier":  sync.OnceValues(func() (string, error) { return buildTool("tools/buildifier", "buildifier") }),
	"tekton":      sync.OnceValues(func() (string, error) { return buildTool("tools/tekton", "tekton") }),
	"ociregistry": sync.OnceValues(func() (string, error) { return buildTool("tools/ociregistry", "ociregistry") }),

	// only for make test-kubernetes
	"kube-apiserver":          sync.OnceValues(func() (string, error) { return buildLongTool("tools/kubernetes", "kube-apiserver") }),
	"kube-controller-manager": sync.OnceValues(func() (string, error) { return buildLongTool("tools/kubernetes", "kube-controller-manager") }),
}

// tool returns the path of a program of one of the modules under tools/.
func tool(t testing.TB, name string) string {
	t.Helper()
	build, ok := tools[name]
	if !ok {
		t.Fatalf("no module under tools/ has a program %q", name)
	}
	path, err := build()
	if errors.Is(err, errNotFetched) {
		unavailable(t, name, err)
	}
	if err != nil {
		t.Fatalf("build %s: %v", name, err)
	}
	return path
}

var errNotFetched = errors.New("its modules cannot be fetched")

// toolEnv keeps a build to what the module pins, whatever the developer has set, and needs no C compiler.
var toolEnv = []string{"GOWORK=off", "GOFLAGS=-mod=readonly", "CGO_ENABLED=0"}

// buildTool fetches first, alone: what fails then is the network, what fails later is the program.
// The go command keeps the executables of tools in its build cache, so a second run costs no link.
func buildTool(module, name string) (string, error) { return buildToolWithin(buildTime, module, name) }

func buildLongTool(module, name string) (string, error) {
	return buildToolWithin(longBuildTime, module, name)
}

func buildToolWithin(limit time.Duration, module, name string) (string, error) {
	if _, err := runGo(fetchTime, toolEnv, "-C", module, "mod", "download"); err != nil {
		return "", fmt.Errorf("%w: %w", errNotFetched, err)
	}
	return runGo(limit, toolEnv, "-C", module, "tool", "-n", name) // -n: print the path, do not run
}

// unavailable ends a test that cannot run here. In CI it fails: a skip there would be a test lost unseen.
func unavailable(t testing.TB, name string, why error) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("CI needs %s: %v", name, why)
	}
	lines := strings.Split(strings.TrimSpace(why.Error()), "\n")
	t.Skipf("%s: %v", name, lines[len(lines)-1]) // the go command's last word names the module and the cause
}
