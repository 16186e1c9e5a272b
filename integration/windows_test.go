package integration

import (
	"cmp"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestWindows runs the program for Windows under Wine: paths of Windows, its folders, and what the program writes there.
func TestWindows(t *testing.T) {
	if os.Getenv("MANIFEST_TOOL_WINDOWS") == "" {
		t.Skip("make test-windows runs this test: it needs Debian's wine64 and gcc-mingw-w64-x86-64")
	}
	w := newWine(t)
	host := startDistribution(t).Host
	for _, architecture := range architectures {
		pushArtifact(t, host, "app", architecture, build("windows", architecture))
	}
	target := host + "/app:1.0"
	w.run(t, 0, "Digest: sha256:", "push", "from-args", "--platforms", "linux/amd64,linux/arm64", "--template", host+"/app:ARCH", "--target", target)
	w.run(t, 0, "linux/arm64", "inspect", target)

	// Paths with drives and backslashes. Wine 8 cannot remove files as Go does: nothing is written to disk but drafts.
	w.write(t, "spec.yaml", "image: "+host+"/spec:1.0\nmanifests:\n  - image: "+host+"/app:amd64\n  - image: oci-layout:C:\\job\\layout\n")
	if out, err := exec.Command(binary(t), "copy", host+"/app:arm64", "oci-layout:"+w.path("layout")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	w.run(t, 0, "Digest: sha256:", "push", "from-spec", `C:\job\spec.yaml`)
	w.run(t, 0, "linux/arm64", "inspect", `oci-layout:C:\job\layout`)
	w.run(t, 0, "same digest", "diff", target, host+"/spec:1.0")

	// The folder of drafts, and a login in the folder of the user.
	w.run(t, 0, "", "create", host+"/app:draft", host+"/app:amd64", host+"/app:arm64")
	w.run(t, 0, "app:draft", "ls")
	w.run(t, 0, "sha256:", "push", host+"/app:draft")
	users, err := filepath.Glob(filepath.Join(w.prefix, "drive_c/users/*/AppData"))
	if err != nil || len(users) != 1 {
		t.Fatalf("the users are %q, %v", users, err)
	}
	login := `{"auths":{"` + host + `":{"auth":"dXNlcjpwYXNzd29yZA=="}}}`
	profile, err := filepath.Rel(w.path("."), filepath.Dir(users[0]))
	if err != nil {
		t.Fatal(err)
	}
	w.write(t, filepath.Join(profile, ".docker/config.json"), login)
	w.run(t, 0, `~\.docker\config.json`, "auth", "explain", host+"/app")

	// Faults keep their places and exit codes.
	w.write(t, "wrong.yaml", "image: app:1\nmanifests:\n  - imag: app:2\n")
	w.run(t, 2, `C:\job\wrong.yaml:3:5`, "push", "from-spec", `C:\job\wrong.yaml`)
	w.run(t, 3, "app:none", "inspect", host+"/app:none")
}

// wine runs the program for Windows. C:\job is a folder of the test.
type wine struct{ loader, program, prefix string }

func newWine(t *testing.T) wine {
	t.Helper()
	loader, err := exec.LookPath("wine64")
	if err != nil {
		loader = "/usr/lib/wine/wine64" // Debian has it there
	}
	prefix, err := os.MkdirTemp(scratch, "wine") // t.TempDir fails where Wine still writes after the test
	if err != nil {
		t.Fatal(err)
	}
	w := wine{loader: loader, program: filepath.Join(t.TempDir(), "manifest-tool.exe"), prefix: prefix}
	if _, err := runGo(buildTime, []string{"CGO_ENABLED=0", "GOOS=windows"}, "build", "-buildvcs=false", "-o", w.program, "../cmd/manifest-tool"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.command(context.Background(), "wineboot", "--kill").Run() })
	if out, err := w.command(t.Context(), "wineboot").CombinedOutput(); err != nil {
		t.Fatalf("wineboot: %v\n%s", err, out)
	}
	// Go programs need a function that Wine has only since version 9.
	library := filepath.Join(w.prefix, "drive_c/windows/system32/bcryptprimitives.dll")
	out, err := exec.CommandContext(t.Context(), "x86_64-w64-mingw32-gcc", "-shared", "-o", library, "wine/bcryptprimitives.c", "-ladvapi32").CombinedOutput()
	if err != nil {
		t.Fatalf("x86_64-w64-mingw32-gcc: %v\n%s", err, out)
	}
	return w
}

func (w wine) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, w.loader, append([]string{program}, args...)...)
	cmd.Env = append(os.Environ(), "WINEPREFIX="+w.prefix, "WINEDEBUG=-all")
	return cmd
}

// run runs the program, which has to end with a code and print a text on stdout, or on stderr if it fails.
func (w wine) run(t *testing.T, code int, want string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), commandTime)
	defer cancel()
	cmd := w.command(ctx, w.program, args...)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	out := stdout.String()
	if code != 0 {
		out = stderr.String()
	}
	if cmd.ProcessState.ExitCode() != code || !strings.Contains(out, want) {
		t.Errorf("%q: %v, want the exit code %d and %q\n%s%s", args, cmp.Or(err, ctx.Err()), code, want, &stdout, &stderr)
	}
}

func (w wine) path(name string) string { return filepath.Join(w.prefix, "drive_c/job", name) }

func (w wine) write(t *testing.T, name, text string) {
	t.Helper()
	path := w.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
