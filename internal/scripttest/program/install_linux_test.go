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

// TestInstall runs command lines in workers, and those that need a process of their own there. Which is which shows when
// the program for processes is gone.
func TestInstall(t *testing.T) {
	dir := t.TempDir()
	stop, err := Install(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	const good = "image: reg.test/app:1.0\nmanifests:\n- {image: reg.test/app:amd64, platform: {os: linux, architecture: amd64}}\n"
	folder := t.TempDir()
	for name, text := range map[string]string{"good.yaml": good, "bad.yaml": "image: [\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(dir, "direct", "manifest-tool")
	for _, there := range []bool{true, false} {
		if !there {
			if err := os.Rename(program, program+".away"); err != nil {
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
			if test.process && !there {
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
}

// A worker whose client is killed stops its command line, and has time for others.
func TestKilledClients(t *testing.T) {
	dir := t.TempDir()
	stop, err := Install(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	if err := os.Remove(filepath.Join(dir, "direct", "manifest-tool")); err != nil {
		t.Fatal(err)
	}
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
