package integration

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// leftovers lists what a folder holds beside the names that belong there.
func leftovers(t testing.TB, dir string, names ...string) (left []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.Contains(" "+strings.Join(names, " ")+" ", " "+e.Name()+" ") {
			left = append(left, e.Name())
		}
	}
	return left
}

// TestLeftovers ends a push to an archive, with result files, in the middle. SIGHUP leaves nothing. After SIGKILL the
// next run removes what is left, but not what a run has that is still alive.
func TestLeftovers(t *testing.T) {
	t.Parallel()
	needSignals(t)
	both := newPair(t, "new")
	for _, test := range []struct {
		signal syscall.Signal
		end    string
		left   bool
	}{
		{syscall.SIGHUP, "exit status 129", false},
		{syscall.SIGTERM, "exit status 143", false},
		{syscall.SIGKILL, "signal: killed", true},
	} {
		t.Run(test.signal.String(), func(t *testing.T) {
			dir := t.TempDir()
			prepare := func() (*stage, *process) {
				s := both.stage(t, both.repository(), "HOST/new/ARCH:1.0", "1.0")
				s.args[len(s.args)-1] = "oci-archive:" + filepath.Join(dir, "a.tar") + ":1.0"
				return s, newProcess(t, append(s.args, "--digest-file", filepath.Join(dir, "digest"), "--metadata-file", filepath.Join(dir, "metadata"))...)
			}
			s, p := prepare()
			held := make(chan struct{})
			s.proxy.on(func(m stopPoint) bool { // at the first blob
				if strings.HasPrefix(m.Request, "GET blobs/") && m.phase == answered && !p.gone() {
					select {
					case <-held:
					default:
						close(held)
					}
					<-p.exited
					return false
				}
				return true
			})
			p.launch(t)
			<-held
			_, alive := prepare() // beside it
			if alive.launch(t); alive.digest(t) == "" || len(leftovers(t, dir, "a.tar", "digest", "metadata")) == 0 {
				t.Error("another run removes the files of one that is alive")
			}
			p.stop(t, test.signal)
			p.mustEnd(t, test.end)
			if left := leftovers(t, dir, "a.tar", "digest", "metadata"); len(left) > 0 != test.left {
				t.Errorf("it leaves %q", left)
			}
			_, again := prepare()
			again.launch(t)
			again.digest(t)
			if left := leftovers(t, dir, "a.tar", "digest", "metadata"); len(left) > 0 {
				t.Errorf("the next run leaves %q", left)
			}
		})
	}
}

// TestHangupUnderNohup: a program under nohup goes on.
func TestHangupUnderNohup(t *testing.T) {
	needSignals(t)
	both := newPair(t, "new")
	s := both.stage(t, both.repository(), "HOST/new/ARCH:1.0", "1.0")
	p := newProcess(t, s.args...)
	nohup, err := exec.LookPath("nohup")
	if err != nil {
		t.Skip(err)
	}
	p.Path, p.Args = nohup, append([]string{nohup}, p.Args...)
	s.proxy.on(func(m stopPoint) bool {
		if m == (stopPoint{point{"PUT manifests/1.0", 1}, arrived}) {
			p.signal(syscall.SIGHUP)
		}
		return true
	})
	p.launch(t)
	s.check(t, p.digest(t))
}

// TestDescriptors names open files, which are logs, as result files. They are written to and keep what they hold.
func TestDescriptors(t *testing.T) {
	needSignals(t)
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skip(err)
	}
	both := newPair(t, "new")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink("/dev/stdout", link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/dev/stdout", "/dev/stderr", "/dev/fd/1", "/dev/fd/3", "/proc/self/fd/3", "/dev/../dev/stdout", link} {
		for _, append := range []int{os.O_APPEND, 0} {
			t.Run(fmt.Sprintf("%s/%x", path, append), func(t *testing.T) { testDescriptor(t, both, path, append) })
		}
	}
	for _, path := range []string{"/dev/fd/0", "/dev/fd/4", "/dev/fd/99"} {
		s := both.stage(t, both.repository(), "HOST/new/ARCH:1.0", "1.0")
		p := newProcess(t, append(s.args, "--digest-file", path)...)
		p.launch(t)
		p.mustEnd(t, "exit status 2")
	}
	s := both.stage(t, both.repository(), "HOST/new/ARCH:1.0", "1.0")
	s.args[len(s.args)-1] = "oci-archive:/dev/stdout:1.0"
	p := newProcess(t, s.args...)
	p.Stdout = logFile(t, os.O_APPEND)
	p.launch(t)
	p.mustEnd(t, "exit status 2")
}

const logged = "what others have logged\n"

func logFile(t testing.TB, flag int) *os.File {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(t.TempDir(), "ci.log"), os.O_CREATE|os.O_RDWR|flag, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if _, err := f.WriteString(logged); err != nil {
		t.Fatal(err)
	}
	return f
}

func testDescriptor(t *testing.T, both *pair, path string, flag int) {
	s := both.stage(t, both.repository(), "HOST/new/ARCH:1.0", "1.0")
	p := newProcess(t, append(s.args, "--quiet", "--digest-file", path)...)
	log := logFile(t, flag)
	before, _ := log.Stat()
	p.Stdout, p.Stderr, p.ExtraFiles = log, log, []*os.File{log}
	p.launch(t)
	p.mustEnd(t, "exit status 0")
	after, err := os.Stat(log.Name())
	text, _ := os.ReadFile(log.Name())
	rest, kept := bytes.CutPrefix(text, []byte(logged))
	if err != nil || !os.SameFile(before, after) || !kept {
		t.Fatalf("the log is another file, or has lost lines: %q", text)
	}
	if !bytes.HasPrefix(rest, []byte("sha256:")) || !bytes.Contains(rest, []byte("Digest: sha256:")) || len(leftovers(t, filepath.Dir(log.Name()), "ci.log")) > 0 {
		t.Errorf("the log has %q", rest)
	}
	if strings.HasSuffix(path, "stdout") && !bytes.Contains(rest, []byte("\nDigest: ")) {
		t.Errorf("the result has no line of its own: %q", rest)
	}
}

// TestGitHubFilesOnFullDisk: an output of which a part could be written is taken back.
func TestGitHubFilesOnFullDisk(t *testing.T) {
	needSignals(t)
	both := newPair(t, "new")
	for _, variable := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		for _, room := range []int{0, 10, 80} {
			dir := t.TempDir()
			const limit = 1024 // bytes: the unit of ulimit -f in bash
			before := strings.Repeat("a=b\n", limit/4)[room:]
			files := map[string]string{"GITHUB_OUTPUT": "x=y\n", "GITHUB_STEP_SUMMARY": "z\n"}
			files[variable] = before
			s := both.stage(t, both.repository(), "HOST/new/ARCH:1.0", "1.0")
			p := newProcess(t, append(s.args, "--github-output")...)
			for name, text := range files {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
				p.Env = append(p.Env, name+"="+filepath.Join(dir, name))
			}
			bash, err := exec.LookPath("bash")
			if err != nil {
				t.Skip(err)
			}
			p.Path, p.Args = bash, append([]string{"bash", "-c", `ulimit -f 1; exec "$0" "$@"`}, p.Args...)
			p.launch(t)
			p.mustEnd(t, "exit status 1")
			if got, _ := os.ReadFile(filepath.Join(dir, variable)); string(got) != before {
				t.Errorf("$%s ends with %q, not with %q: %s", variable, got[max(0, len(got)-100):], before[len(before)-10:], &p.stderr)
			}
			s.check(t, strings.Fields(p.stdout.String())[1])
		}
	}
}
