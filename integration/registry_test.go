package integration

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A registry is a real registry that runs until its test ends. It speaks plain http and starts empty.
type registry struct {
	Name string
	Host string // 127.0.0.1:PORT
}

// onEveryRegistry runs a test once on each real registry, as a subtest with its name. The subtests run in
// parallel, after the caller has returned.
func onEveryRegistry(t *testing.T, test func(*testing.T, registry)) {
	for _, start := range []struct {
		name string
		on   func(testing.TB) registry
	}{
		{"distribution", startDistribution},
		{"olareg", startOlareg},
		{"debian", startDebianRegistry},
	} {
		t.Run(start.name, func(t *testing.T) {
			t.Parallel()
			test(t, start.on(t))
		})
	}
}

// Deleting is off by default. Validation is not: an index is refused while one of its children is missing.
const distributionConfig = `version: 0.1
log:
  level: warn
storage:
  %s
  delete:
    enabled: true
http:
  addr: %q
`

// The storages of a distribution. In files, every write waits for the disk.
const (
	inMemory = "inmemory: {}"
	inFiles  = "filesystem: {rootdirectory: %q}"
)

// rareCollection lets the heap of a registry grow. With a small heap, a registry collects garbage all the time.
const rareCollection = "GOGC=400"

// startDistribution runs the CNCF's registry, with its default validation, in memory.
func startDistribution(t testing.TB) registry {
	t.Helper()
	return serveDistribution(t, "distribution", tool(t, "registry"), inMemory, "")
}

// startDebianRegistry runs distribution 2.8, which many registries still are, as Debian packages it, on files.
func startDebianRegistry(t testing.TB) registry {
	t.Helper()
	return serveDistribution(t, "debian", installed(t, "docker-registry"), fmt.Sprintf(inFiles, t.TempDir()), "")
}

// serveDistribution runs a distribution; more is the end of its configuration.
func serveDistribution(t testing.TB, name, program, storage, more string) registry {
	t.Helper()
	return registry{Name: name, Host: serve(t, distribution(t, program, storage, more))}
}

// distribution is the command that runs it, with more at the end of its settings for http.
func distribution(t testing.TB, program, storage, more string) func(ctx context.Context, host string) *exec.Cmd {
	t.Helper()
	config := filepath.Join(t.TempDir(), "config.yml")
	return func(ctx context.Context, host string) *exec.Cmd {
		text := fmt.Sprintf(distributionConfig, storage, host) + more
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(ctx, program, "serve", config)
		// Nothing of ours: a REGISTRY_… variable would override the file. And no traces sent to anyone.
		cmd.Env = []string{"OTEL_TRACES_EXPORTER=none", "OTEL_SDK_DISABLED=true", rareCollection}
		return cmd
	}
}

// startOlareg runs olareg, which has what distribution lacks: referrers, and several tags in one PUT.
func startOlareg(t testing.TB) registry {
	t.Helper()
	program, dir := tool(t, "olareg"), t.TempDir()
	host := serve(t, func(ctx context.Context, host string) *exec.Cmd {
		addr, port, err := net.SplitHostPort(host)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(ctx, program,
			"serve", "--addr", addr, "--port", port, "--store-type", "mem", "--api-delete", "--dir", dir)
		cmd.Env = []string{rareCollection}
		return cmd
	})
	return registry{Name: "olareg", Host: host}
}

// startCraneRegistry runs the registry of go-containerregistry, in memory.
func startCraneRegistry(t testing.TB) registry {
	t.Helper()
	program := tool(t, "crane")
	host := serve(t, func(ctx context.Context, host string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, program, "registry", "serve", "--address", host)
		cmd.Env = []string{rareCollection}
		return cmd
	})
	return registry{Name: "crane", Host: host}
}
