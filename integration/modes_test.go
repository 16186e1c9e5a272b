package integration

import (
	"context"
	"net/http"
	"os/exec"
	"strings"
	"testing"
)

// TestReadOnly checks every way to write to a registry that only reads.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	modes := startModes(t)
	memory, target := modes["memory"].Host, modes["read-only"].Host
	pushImage(t, memory, "app", "amd64", "linux", "amd64")
	pushImage(t, memory, "app", "arm64", "linux", "arm64")
	ends(t, "exit status 0", "", fromArgs(memory, "linux/amd64,linux/arm64", memory+"/app:1.0")...)
	ends(t, "exit status 0", "", "inspect", target+"/app:1.0")
	for name, args := range map[string][]string{
		"new tag":        fromArgs(target, "linux/amd64,linux/arm64", target+"/app:2.0"),
		"existing tag":   fromArgs(target, "linux/amd64", target+"/app:1.0"),
		"new repository": fromArgs(memory, "linux/amd64", target+"/new:1.0"),
		"copy":           {"copy", memory + "/app:1.0", target + "/new:1.0"},
		"edit":           {"edit", target + "/app:1.0", "--remove", "linux/arm64"},
	} {
		t.Run(name, func(t *testing.T) {
			before := tagOf(t, memory, "app", "1.0")
			ends(t, "exit status 6", "hint: the registry accepts no pushes to this repository", args...)
			if after := tagOf(t, memory, "app", "1.0"); after != before {
				t.Errorf("app:1.0 moved from %s to %s", before, after)
			}
			send(t, http.MethodGet, "http://"+memory+"/v2/app/manifests/2.0", "", nil, http.StatusNotFound)
			send(t, http.MethodGet, "http://"+memory+"/v2/new/manifests/1.0", "", nil, http.StatusNotFound)
		})
	}
}

// TestImmutable checks every way to move a tag on a registry whose tags do not move.
func TestImmutable(t *testing.T) {
	t.Parallel()
	modes := startModes(t)
	memory, target := modes["memory"].Host, modes["immutable"].Host
	pushImage(t, memory, "app", "amd64", "linux", "amd64")
	pushImage(t, memory, "app", "arm64", "linux", "arm64")
	first := fromArgs(target, "linux/amd64,linux/arm64", target+"/app:1.0")
	ends(t, "exit status 0", "", first...)
	ends(t, "exit status 0", "", first...) // nothing has to move
	other := fromArgs(target, "linux/amd64", target+"/app:1.0")
	for name, test := range map[string]struct {
		end  string
		args []string
	}{
		"push":      {"exit status 6", other},
		"edit":      {"exit status 6", []string{"edit", target + "/app:1.0", "--remove", "linux/arm64"}},
		"copy":      {"exit status 6", []string{"copy", memory + "/app:amd64", target + "/app:1.0"}},
		"first tag": {"exit status 6", append(other, "--tags", "2.0")},
		"later tag": {"exit status 8", append(fromArgs(target, "linux/amd64", target+"/app:3.0"), "--tags", "1.0")},
	} {
		t.Run(name, func(t *testing.T) {
			before := tagOf(t, memory, "app", "1.0")
			ends(t, test.end, "this store is immutable", test.args...)
			if after := tagOf(t, memory, "app", "1.0"); after != before {
				t.Errorf("app:1.0 moved from %s to %s", before, after)
			}
			send(t, http.MethodGet, "http://"+memory+"/v2/app/manifests/2.0", "", nil, http.StatusNotFound)
		})
	}
	ends(t, "exit status 6", "hint: if tags are immutable, push under another tag", other...)
}

// fromArgs are the arguments that push an index of the images HOST/app:ARCH.
func fromArgs(host, platforms, target string) []string {
	return []string{"push", "from-args", "--platforms", platforms, "--template", host + "/app:ARCH", "--target", target}
}

// ends runs our program, which has to end so and to say that on stderr.
func ends(t *testing.T, end, says string, args ...string) {
	t.Helper()
	p := newProcess(t, args...)
	p.launch(t)
	p.mustEnd(t, end)
	if !strings.Contains(p.stderr.String(), says) {
		t.Errorf("%q: stderr does not say %q:\n%s", args, says, &p.stderr)
	}
}

// tagOf returns the digest that a registry gives for a tag.
func tagOf(t *testing.T, host, repository, tag string) string {
	t.Helper()
	url := "http://" + host + "/v2/" + repository + "/manifests/" + tag
	return send(t, http.MethodHead, url, "", nil, http.StatusOK).Header.Get("Docker-Content-Digest")
}

// startModes runs CUE's registry in each of its modes. memory, read-only and immutable share their content.
func startModes(t testing.TB) map[string]registry {
	t.Helper()
	program := tool(t, "ociregistry")
	modes := map[string]registry{}
	host := serve(t, func(ctx context.Context, host string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, program)
		cmd.Env = []string{}
		// When memory, the last, answers, all addresses are taken.
		for _, mode := range []string{"read-only", "immutable", "unify", "memory"} {
			address := host
			if mode != "memory" {
				address = freeHost(t)
			}
			modes[mode] = registry{Name: mode, Host: address}
			cmd.Args = append(cmd.Args, mode+"="+address)
		}
		return cmd
	})
	modes["memory"] = registry{Name: "memory", Host: host}
	return modes
}
