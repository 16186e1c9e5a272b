package auth

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// programs puts scripts on PATH under the names of credential helpers, and gives their folder.
func programs(t *testing.T, scripts map[string]string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the helpers of this test are shell scripts")
	}
	dir := t.TempDir()
	for name, script := range scripts {
		path := filepath.Join(dir, "docker-credential-"+name)
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	return dir
}

// answer is a script that says who was asked for what.
func answer(user string) string {
	return fmt.Sprintf(`printf '{"ServerURL":"%%s","Username":"%s","Secret":"%s"}' "$(cat)"`, user, canary)
}

const notFound = `echo "credentials not found in native keychain"; exit 1`

func TestHelper(t *testing.T) {
	programs(t, map[string]string{
		"one": answer("one"), "two": answer("two"), "missing": notFound,
		"token": `printf '{"Username":"<token>","Secret":"T"}'`,
		"empty": `printf '{}'`,
		"echo":  `printf '{"Username":"%s","Secret":"%s"}' "$1" "$(cat; printf .)"`,
	})
	tests := []struct {
		name, config string
		repository   string
		want         authn.AuthConfig
	}{
		{"store", `{"credsStore": "one"}`, "quay.io/app", login("one")},
		{"store behind an empty entry", `{"auths": {"quay.io": {}}, "credsStore": "one"}`, "quay.io/app", login("one")},
		{"what is stored in the file comes first", `{"auths": {"quay.io": ` + stored("file") + `}, "credsStore": "one"}`, "quay.io/app", login("file")},
		{"helper of the host before the store", `{"credHelpers": {"quay.io": "two"}, "credsStore": "one"}`, "quay.io/app", login("two")},
		{"helper of another host", `{"credHelpers": {"ghcr.io": "two"}, "credsStore": "one"}`, "quay.io/app", login("one")},
		{"helper of another host, no store", `{"credHelpers": {"ghcr.io": "two"}}`, "quay.io/app", none},
		{"helper of the end of a host", `{"credHelpers": {"docker.io": "two"}}`, "notdocker.io/app", none},
		{"helper of the host without port", `{"credHelpers": {"localhost": "two"}}`, "localhost:5000/app", none},
		{"helper of docker.io", `{"credHelpers": {"docker.io": "two"}}`, "me/app", login("two")},
		{"helper of Docker Hub's old name", `{"credHelpers": {"https://index.docker.io/v1/": "two"}}`, "me/app", login("two")},
		{"not found", `{"credsStore": "missing"}`, "quay.io/app", none},
		{"token", `{"credsStore": "token"}`, "quay.io/app", authn.AuthConfig{IdentityToken: "T"}},
		{"empty answer", `{"credsStore": "empty"}`, "quay.io/app", none},
		{"what it is asked", `{"credsStore": "echo"}`, "host:5000/me/app", authn.AuthConfig{Username: "get", Password: "host:5000."}},
		{"what it is asked for Docker Hub", `{"credsStore": "echo"}`, "me/app", authn.AuthConfig{Username: "get", Password: "https://index.docker.io/v1/."}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantCredential(t, fromFile(t, tt.config), tt.repository, tt.want)
		})
	}
}

func TestHelperFallThrough(t *testing.T) {
	programs(t, map[string]string{"missing": notFound})
	dir := t.TempDir()
	write(t, `{"credsStore": "missing"}`, dir, ".docker", "config.json")
	write(t, `{"auths": {"quay.io": `+stored("podman")+`}}`, dir, ".config", "containers", "auth.json")
	wantCredential(t, New(Options{Getenv: getenv(map[string]string{"HOME": dir})}), "quay.io/app", login("podman"))
}

func TestHelperFails(t *testing.T) {
	dir := programs(t, map[string]string{
		"fails":   `echo ` + canary + `; echo ` + canary + ` >&2; exit 1`,
		"garbage": `echo "secret: ` + canary + `"`,
		"list":    `echo '["` + canary + `"]'`,
		"silent":  `exit 0`,
		"loud":    `head -c 10485760 /dev/zero | tr '\0' a`,
		"huge":    `printf '{"Username":"x","Secret":"'; head -c 10485760 /dev/zero | tr '\0' a; printf '"}'`,
		"killed":  `kill -9 $$`,
	})
	outside := filepath.Join(dir, "outside")
	write(t, "#!/bin/sh\ntouch "+outside+".ran\n"+answer("x")+"\n", outside)
	if err := os.Chmod(outside, 0o755); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ helper, want string }{
		{"fails", "exit status 1"},
		{"garbage", "invalid answer"},
		{"list", "invalid answer"},
		{"silent", "invalid answer"},
		{"loud", "invalid answer"},
		{"huge", "invalid answer"},
		{"killed", "killed"},
		{"nowhere", "not found in PATH"},
		{"../x", "the name of the helper is invalid"},
		{"../outside", "the name of the helper is invalid"},
		{"x/../../outside", "the name of the helper is invalid"},
		{`..\\x`, "the name of the helper is invalid"},
		{"a b", "the name of the helper is invalid"},
		{"a;b", "the name of the helper is invalid"},
		{"a\\n", "the name of the helper is invalid"},
	}
	for _, tt := range tests {
		t.Run(tt.helper, func(t *testing.T) {
			start := time.Now()
			got, err := ask(t, fromFile(t, `{"credHelpers": {"quay.io": "`+tt.helper+`"}}`), "quay.io/app")
			var wrong *HelperError
			if !errors.As(err, &wrong) {
				t.Fatalf("credential of %.40q, error %T %v; want a *HelperError", got.Username, err, err)
			}
			if !strings.Contains(err.Error(), tt.want) || got != none {
				t.Errorf("credential of %.40q, error %v; want none, and %q", got.Username, err, tt.want)
			}
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
	if _, err := os.Stat(outside + ".ran"); err == nil {
		t.Error("a program outside of PATH was run")
	}
}

// TestHelperHangs: neither the helper nor a child of it that keeps its stdout open holds us up.
func TestHelperHangs(t *testing.T) {
	programs(t, map[string]string{"hangs": `exec sleep 20`, "child": "sleep 20 &\nsleep 20"})
	r, err := name.NewRepository("quay.io/app")
	if err != nil {
		t.Fatal(err)
	}
	for _, helper := range []string{"hangs", "child"} {
		t.Run(helper, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			start := time.Now()
			got, err := fromFile(t, `{"credsStore": "`+helper+`"}`).Credential(ctx, r)
			var wrong *HelperError
			if !errors.As(err, &wrong) || !got.IsNone() {
				t.Errorf("credential of %.40q, error %T %v; want a *HelperError", got.Username, err, err)
			}
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestHelperIsAskedOnce(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	programs(t, map[string]string{
		"log":     `server=$(cat); echo "$server" >> ` + log + `; sleep 0.1; printf '{"Username":"%s","Secret":"` + canary + `"}' "$server"`,
		"missing": `echo missing >> ` + log + "\n" + notFound,
	})
	k := fromFile(t, `{"credHelpers": {"none.example": "missing"}, "credsStore": "log"}`)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			host := []string{"a.example", "b.example"}[i%2]
			wantCredential(t, k, fmt.Sprintf("%s/app%d", host, i), login(host))
			wantCredential(t, k, "none.example/app", none)
		})
	}
	wg.Wait()
	raw, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]int{}
	for line := range strings.Lines(string(raw)) {
		asked[strings.TrimSpace(line)]++
	}
	for _, server := range []string{"a.example", "b.example", "missing"} {
		if asked[server] != 1 {
			t.Errorf("%s was asked for %d times, want once", server, asked[server])
		}
	}
}

// TestHelperSeesNoSecret: what we know stays out of the helper's arguments.
func TestHelperSeesNoSecret(t *testing.T) {
	log := filepath.Join(t.TempDir(), "args")
	programs(t, map[string]string{"args": `echo "$0 $*" > ` + log + "\n" + answer("x")})
	wantCredential(t, fromFile(t, `{"auths": {"ghcr.io": `+stored("me")+`}, "credsStore": "args"}`), "quay.io/app", login("x"))
	raw, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if args := strings.TrimSpace(string(raw)); !strings.HasSuffix(args, "docker-credential-args get") {
		t.Errorf("the helper was run as %q", args)
	}
}

// Helpers say in many words that they keep nothing for a server. Any other failure is an error.
func TestHelperSaysNotFound(t *testing.T) {
	for words, missing := range map[string]bool{
		`echo "credentials not found in native keychain"`:                                true,
		`printf "credentials not found in native keychain"`:                              true,
		`echo "no credentials server URL"`:                                               true,
		`echo "no credentials username"`:                                                 true,
		`echo "Credentials not found in native keychain" >&2`:                            true,
		`echo "The specified item could not be found in the keychain."`:                  true,
		`echo "Element not found."`:                                                      true,
		`echo "error getting credentials: No such secret item at path: /org/x" >&2`:      true,
		`echo "no credentials found for $(cat)" >&2`:                                     true,
		`echo "pass not initialized: exit status 1"`:                                     false,
		`echo "error getting credentials - err: exit status 1, out: keychain is locked"`: false,
		`echo "401 Unauthorized" >&2`:                                                    false,
		`:`:                                                                              false,
	} {
		t.Run(words, func(t *testing.T) {
			programs(t, map[string]string{"says": words + "; exit 1"})
			got, err := ask(t, fromFile(t, `{"credsStore": "says"}`), "quay.io/app")
			if got != none || (err == nil) != missing {
				t.Errorf("credential of %q, error %v", got.Username, err)
			}
		})
	}
}
