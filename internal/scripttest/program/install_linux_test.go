package program

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestWorkers runs command lines in workers, and those that need a process of their own there.
func TestWorkers(t *testing.T) {
	dir := t.TempDir()
	stop, err := Install(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	testCommands(t, dir, true)
	// Which command lines run in processes shows without the program for them.
	if err := os.Remove(filepath.Join(dir, "direct", "manifest-tool")); err != nil {
		t.Fatal(err)
	}
	testCommands(t, dir, false)
	testKilledClients(t, dir)
}

func testCommands(t *testing.T, dir string, processes bool) {
	const good = "image: reg.test/app:1.0\nmanifests:\n- {image: reg.test/app:amd64, platform: {os: linux, architecture: amd64}}\n"
	folder := t.TempDir()
	for name, text := range map[string]string{"good.yaml": good, "bad.yaml": "image: [\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		line, stdin, env string
		code             int
		says             string
		process          bool // it needs one
	}{
		{line: "version", says: "manifest-tool version"},
		{line: "spec lint good.yaml"},
		{line: "spec lint -", stdin: good},
		{line: "spec lint bad.yaml", code: 2, says: "bad.yaml"},
		{line: "spec lint missing.yaml", code: 2, says: "missing.yaml"},
		{line: "version", env: "HTTPS_PROXY=http://x.test", says: "manifest-tool version", process: true},
		{line: "spec lint /dev/stdin", stdin: good, process: true},
	} {
		cmd := client(t, dir, folder, test.line)
		cmd.Stdin = strings.NewReader(test.stdin)
		if test.env != "" {
			cmd.Env = append(cmd.Env, test.env)
		}
		out, err := cmd.CombinedOutput()
		code := cmd.ProcessState.ExitCode()
		if test.process && !processes {
			if !strings.Contains(string(out), "no such file or directory") {
				t.Errorf("%s: exit %d without the program: %v\n%s", test.line, code, err, out)
			}
			continue
		}
		if code != test.code || !strings.Contains(string(out), test.says) {
			t.Errorf("%s: exit %d: %v\n%s", test.line, code, err, out)
		}
	}
}

// testKilledClients kills clients: their workers stop the command line, and have time for others.
func testKilledClients(t *testing.T, dir string) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	silent.(*net.TCPListener).SetDeadline(time.Now().Add(time.Minute))
	for range workers + 1 {
		cmd := client(t, dir, t.TempDir(), "inspect --plain-http "+silent.Addr().String()+"/app:1.0")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		conn, err := silent.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		cmd.Process.Kill()
		cmd.Wait()
	}
	for begin := time.Now(); ; {
		out, err := client(t, dir, t.TempDir(), "version").CombinedOutput()
		if err == nil {
			return
		}
		if time.Since(begin) > 10*time.Second {
			t.Fatalf("no worker has time: %v\n%s", err, out)
		}
	}
}

// client is a command line of manifest-tool in a folder, without other variables.
func client(t *testing.T, dir, folder, line string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), filepath.Join(dir, "manifest-tool"), strings.Fields(line)...)
	cmd.Dir, cmd.Env = folder, []string{"HOME=" + folder}
	return cmd
}
