package integration

import (
	"cmp"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// engineTime is how long a Docker engine may take to answer, on a machine that is busy.
const engineTime = 30 * time.Second

// An engine is a Docker engine of the test's own, with the client that talks to it.
type engine struct {
	client string
	env    []string
}

// startEngine runs a Docker engine until the test ends. It touches nothing of the machine's network
// or of another engine, speaks plain http to registries on loopback, and reads nobody's configuration.
func startEngine(t testing.TB) engine {
	t.Helper()
	if os.Geteuid() != 0 {
		unavailable(t, "a Docker engine", errors.New("it needs root"))
	}
	daemon := installed(t, "dockerd")
	// Docker's own client may stand before the one of the engine's package, and it is another version.
	client := "/usr/bin/docker"
	if _, err := os.Stat(client); err != nil {
		client = installed(t, "docker")
	}
	dir := engineDir(t)
	config := filepath.Join(dir, "daemon.json")
	if err := os.WriteFile(config, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := lifetime(t)
	cmd := exec.CommandContext(ctx, daemon,
		"--config-file", config,
		"--host", "unix://"+filepath.Join(dir, "docker.sock"),
		"--data-root", filepath.Join(dir, "data"),
		"--exec-root", filepath.Join(dir, "exec"),
		"--pidfile", filepath.Join(dir, "pid"),
		"--iptables=false", "--bridge=none", "--storage-driver=vfs", "--log-level=warn")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it has a containerd to end, and mounts
	cmd.WaitDelay = stopTime - time.Second                                // then it is killed
	s := start(t, cmd, stop)
	e := engine{client: client, env: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "DOCKER_CONFIG=" + filepath.Join(dir, "client"),
		"DOCKER_HOST=unix://" + filepath.Join(dir, "docker.sock"), "DOCKER_BUILDKIT=0",
	}}
	if err := e.ready(t, s); err != nil {
		unavailable(t, "a Docker engine", err)
	}
	return e
}

// engineDir makes the folder of an engine. Its path is short: it holds sockets, whose paths end at 108 bytes.
func engineDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "mt")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		exec.Command("umount", filepath.Join(dir, "data")).Run()                     // left only by an engine that was killed
		exec.Command("umount", filepath.Join(dir, "exec", "netns", "default")).Run() // left by containers with the network of the host
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// ready waits until the engine answers its client. Its error ends with the engine's last words.
func (e engine) ready(t testing.TB, s *server) error {
	timeout := time.After(engineTime)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		_, err := e.docker(t, "version")
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-s.exited:
			return errors.New(cmp.Or(strings.TrimSpace(s.tail()), "it ended without a word"))
		case <-timeout:
			return err
		}
	}
}

// docker runs the engine's client.
func (e engine) docker(t testing.TB, args ...string) (string, error) {
	return command(t, e.env, e.client, args...)
}

// must is docker for what has to work. It returns the output without the white space around it.
func (e engine) must(t testing.TB, args ...string) string {
	t.Helper()
	out, err := e.docker(t, args...)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out)
}
