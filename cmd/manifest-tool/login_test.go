package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// login runs auth login for ci with a password on stdin, and returns what the file of logins holds then.
func login(t *testing.T, home, password string, args ...string) (code int, stderr, file string) {
	t.Helper()
	env := map[string]string{"HOME": home}
	code, stdout, stderr := tool(t, password, env, append([]string{"--debug", "auth", "login", "--username", "ci", "--password-stdin"}, args...)...)
	if stdout != "" {
		t.Errorf("%q prints a result: %s", args, stdout)
	}
	raw, err := os.ReadFile(filepath.Join(home, ".docker", "config.json"))
	if err == nil && !json.Valid(raw) {
		t.Errorf("the file is no JSON: %s", raw)
	}
	return code, stderr, string(raw)
}

func TestAuthLogin(t *testing.T) {
	for name, tt := range map[string]struct {
		options  registrytest.Options
		password string
		code     int
		want     string
		stored   string
	}{
		"basic":          {withLogin(registrytest.Options{Auth: registrytest.BasicAuth}), canary + "\n", output.ExitDone, "the login of ci is stored in ~/.docker/config.json", `"auth": "`},
		"token":          {withLogin(registrytest.Options{Auth: registrytest.TokenAuth}), canary, output.ExitDone, "the identity token of ci is stored in ~/.docker/config.json", `"identitytoken": "`},
		"open":           {registrytest.Options{}, canary, output.ExitDone, "asks for no login, so the password was not checked", `"auth": "`},
		"no rights":      {withLogin(registrytest.Options{Auth: registrytest.TokenAuth, Allow: func(_, _, _ string) bool { return false }}), canary, output.ExitDone, "is stored in", `"identitytoken": "`},
		"basic, wrong":   {withLogin(registrytest.Options{Auth: registrytest.BasicAuth}), "x" + canary, output.ExitDenied, "hint: no login was stored: check the user name and the password", ""},
		"token, wrong":   {withLogin(registrytest.Options{Auth: registrytest.TokenAuth}), "x" + canary, output.ExitDenied, "hint: no login was stored: check the user name and the password", ""},
		"empty":          {registrytest.Options{}, "", output.ExitUsage, "the password is empty", ""},
		"untrusted, TLS": {registrytest.Options{TLS: true}, canary, output.ExitUnavailable, "unknown CA", ""},
		"a line, and CR": {withLogin(registrytest.Options{Auth: registrytest.BasicAuth}), canary + "\r\n", output.ExitDone, "is stored in", `"auth": "`},
		"in two lines":   {withLogin(registrytest.Options{Auth: registrytest.BasicAuth}), canary + "\nx\n", output.ExitDenied, "no login was stored", ""},
	} {
		t.Run(name, func(t *testing.T) {
			server, home := registrytest.New(t, tt.options), t.TempDir()
			code, stderr, file := login(t, home, tt.password, server.Host())
			if code != tt.code || !strings.Contains(stderr, tt.want) || !strings.Contains(file, tt.stored) || tt.stored == "" && file != "" {
				t.Fatalf("exit %d, want %d with %q:\n%s\nthe file has %s", code, tt.code, tt.want, stderr, file)
			}
			if tt.stored == "" {
				return
			}
			if !strings.Contains(stderr, "which is an encoding and no encryption") {
				t.Errorf("it does not say that the file is not encrypted:\n%s", stderr)
			}
			server.Push(t, "app", "1.0", registrytest.Image{}.Build())
			env := map[string]string{"HOME": home}
			if code, _, stderr := tool(t, "", env, "inspect", server.Host()+"/app:1.0"); code != output.ExitDone && name != "no rights" {
				t.Errorf("the login is not used: exit %d\n%s", code, stderr)
			}
			code, stdout, stderr := tool(t, "", env, "auth", "ls")
			if code != output.ExitDone || !strings.Contains(stdout, server.Host()+" ") || !strings.Contains(stdout, "~/.docker/config.json") || stderr != "" {
				t.Errorf("auth ls: exit %d\n%s%s", code, stdout, stderr)
			}
			if code, _, stderr := tool(t, "", env, "auth", "logout", server.Host()); code != output.ExitDone || stderr != "manifest-tool: "+server.Host()+": the login is removed from ~/.docker/config.json\n" {
				t.Errorf("auth logout: exit %d\n%s", code, stderr)
			}
			if code, stdout, stderr := tool(t, "", env, "auth", "ls", "--output", "json"); code != output.ExitDone || !strings.Contains(stdout, `"logins": []`) {
				t.Errorf("after the logout: exit %d\n%s%s", code, stdout, stderr)
			}
		})
	}
}

// Answers that are no login of a registry store nothing.
func TestAuthLoginFaults(t *testing.T) {
	for name, tt := range map[string]struct {
		answer func(w http.ResponseWriter)
		code   int
		hint   string
	}{
		"web page": {func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<html>Sign in</html>")
		}, output.ExitUnverified, "check the image or the server"},
		"not found": {func(w http.ResponseWriter) { w.WriteHeader(http.StatusNotFound) }, output.ExitNotFound, "no login was stored: check the name and the port"},
		"forbidden": {func(w http.ResponseWriter) { w.WriteHeader(http.StatusForbidden) }, output.ExitDenied, ""},
		"broken":    {func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) }, output.ExitUnavailable, ""},
		"rate limit": {func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
		}, output.ExitUnavailable, ""},
		"no challenge": {func(w http.ResponseWriter) { w.WriteHeader(http.StatusUnauthorized) }, output.ExitDenied, "no login was sent"},
		"negotiate": {func(w http.ResponseWriter) {
			w.Header().Set("Www-Authenticate", "Negotiate")
			w.WriteHeader(http.StatusUnauthorized)
		}, output.ExitDenied, "no login was stored: check the login settings"},
		"no URL of a token server": {func(w http.ResponseWriter) {
			w.Header().Set("Www-Authenticate", `Bearer realm="file:///etc/passwd"`)
			w.WriteHeader(http.StatusUnauthorized)
		}, output.ExitDenied, "no login was stored: check the login settings"},
		"redirect": {func(w http.ResponseWriter) {
			w.Header().Set("Location", "http://127.0.0.1:1/v2/")
			w.WriteHeader(http.StatusTemporaryRedirect)
		}, output.ExitUnavailable, ""},
		"bad token": {func(w http.ResponseWriter) {
			w.Header().Set("Www-Authenticate", `Bearer realm="http://127.0.0.1:1/token"`)
			w.WriteHeader(http.StatusUnauthorized)
		}, output.ExitUnavailable, ""},
	} {
		t.Run(name, func(t *testing.T) {
			server := registrytest.New(t, registrytest.Options{})
			server.Intercept(func(w http.ResponseWriter, r *http.Request) bool { tt.answer(w); return true })
			if code, stderr, file := login(t, t.TempDir(), canary, server.Host()); code != tt.code || file != "" || !strings.Contains(stderr, "log in to "+server.Host()+": ") || !strings.Contains(stderr, "hint: "+tt.hint) || strings.Contains(stderr, "manifest-tool auth login") {
				t.Errorf("exit %d, want %d\n%s\nthe file has %s", code, tt.code, stderr, file)
			}
		})
	}
}

// What is wrong with the command line or with the file is found before a request.
func TestAuthLoginUsage(t *testing.T) {
	server := registrytest.New(t, withLogin(registrytest.Options{Auth: registrytest.BasicAuth}))
	broken := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(broken, []byte(`{"auths": `+canary), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"HOME": t.TempDir()}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"-u", "ci", "--password-stdin"}, "HOST is missing"},
		{[]string{"-u", "ci", "--password-stdin", server.Host(), canary}, "one HOST is expected, but there are 2 arguments"},
		{[]string{"-u", "ci", "-p" + canary, server.Host()}, "unknown flag -p, did you mean --password-stdin?"},
		{[]string{"-u", "ci", "-p", canary, server.Host()}, "-p"},
		{[]string{"-u", "ci", "--pass=" + canary, server.Host()}, "unknown flag --pass"},
		{[]string{"--password-stdin", server.Host()}, "--username"},
		{[]string{server.Host()}, "auth login requires --username"},
		{[]string{"-u", "ci", server.Host()}, "--password-stdin"},
		{[]string{"-u", "ci:" + canary, "--password-stdin", server.Host()}, "a user name must not have a colon"},
		{[]string{"-u", "ghcr.io=ci", "--password-stdin", server.Host()}, "but the login is for " + server.Host()},
		{[]string{"-u", "ci", "--password-stdin", "--password", canary, server.Host()}, "not both"},
		{[]string{"-u", "ci", "--password-stdin", "ghcr"}, "has a dot or a port"},
		{[]string{"-u", "ci", "--password-stdin", server.Host() + "/app:1.0"}, "is an image"},
		{[]string{"-u", "ci", "--password-stdin", "ci:" + canary + "@" + server.Host()}, "HOST is not valid"},
		{[]string{"-u", "ci", "--password-stdin", server.Host() + "/team"}, "--authfile"},
		{[]string{"-u", "ci", "--password-stdin", "--docker-cfg", broken, server.Host()}, "line 1: not valid JSON"},
		{[]string{"-u", "ci", "--password-stdin", "--authfile", broken, server.Host()}, "line 1: not valid JSON"},
		{[]string{"-u", "ci", "--password-stdin", "--authfile", "/dev/null", server.Host()}, "not a regular file"},
		{[]string{"-u", "ci", "--password-stdin", "--authfile", broken + "/x", server.Host()}, "credentials in"},
		{[]string{"-u", "ci", "--password-stdin", "--authfile=", server.Host()}, "--authfile is empty"},
		{[]string{"-u", "ci", "--password-stdin", "--authfile", "x", "--docker-cfg", "y", server.Host()}, "not both"},
		{[]string{"-u", "ci", "--password-stdin", "--creds", "ci:" + canary, server.Host()}, "and not --creds"},
	} {
		code, stdout, stderr := tool(t, canary, env, append([]string{"auth", "login"}, tt.args...)...)
		if code != output.ExitUsage || !strings.Contains(stderr, tt.want) || stdout != "" {
			t.Errorf("%q: exit %d, want %q\n%s%s", tt.args, code, tt.want, stdout, stderr)
		}
	}
	if n := len(server.Requests()); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// TestAuthLoginToHelper: the helper of the file keeps the login, and a helper that fails is an error.
func TestAuthLoginToHelper(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the helpers are shell scripts")
	}
	dir := t.TempDir()
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	seen, kept := filepath.Join(dir, "seen"), filepath.Join(dir, "kept")
	keeps := fmt.Sprintf("{ echo \"$*\"; env; } >> %s\ncase $1 in store) cat > %s;; get) cat %[2]s 2> /dev/null || { echo credentials not found in native keychain; exit 1; };; erase) rm %[2]s;; list) echo '{}';; esac", seen, kept)
	for name, script := range map[string]string{"keeps": keeps, "fails": "cat >&2; exit 3"} {
		if err := os.WriteFile(filepath.Join(dir, "docker-credential-"+name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	server, home := registrytest.New(t, withLogin(registrytest.Options{Auth: registrytest.BasicAuth})), t.TempDir()
	env := map[string]string{"HOME": home}
	config := filepath.Join(home, ".docker", "config.json")
	if err := os.MkdirAll(filepath.Dir(config), 0o700); err != nil {
		t.Fatal(err)
	}
	for helper, code := range map[string]int{"keeps": output.ExitDone, "fails": output.ExitDenied} {
		if err := os.WriteFile(config, []byte(`{"credsStore": "`+helper+`"}`), 0o600); err != nil {
			t.Fatal(err)
		}
		got, stderr, file := login(t, home, canary, server.Host())
		if got != code || !strings.Contains(stderr, "docker-credential-"+helper) || shows(file) || strings.Contains(file, `"auth"`) || strings.Contains(stderr, "encoding") {
			t.Errorf("%s: exit %d\n%s\nthe file has %s", helper, got, stderr, file)
		}
		if helper == "fails" {
			continue
		}
		if raw, err := os.ReadFile(kept); err != nil || !shows(string(raw)) {
			t.Errorf("the helper keeps %s, %v", raw, err)
		}
		if code, _, stderr := tool(t, "", env, "auth", "logout", server.Host()); code != output.ExitDone {
			t.Errorf("logout: exit %d\n%s", code, stderr)
		}
		if _, err := os.Stat(kept); err == nil {
			t.Error("the helper still keeps the login")
		}
	}
	if raw, err := os.ReadFile(seen); err != nil || shows(string(raw)) {
		t.Errorf("the helper is seen with %s, %v", raw, err)
	}
}

// A login that other commands do not use, and one that is left after a logout, are told.
func TestAuthLoginBehindAnother(t *testing.T) {
	server, home := registrytest.New(t, withLogin(registrytest.Options{Auth: registrytest.BasicAuth})), t.TempDir()
	other := fmt.Sprintf(`{"auths": {%q: {"username": "other", "password": "x"}}}`, server.Host())
	env := map[string]string{"HOME": home, "DOCKER_AUTH_CONFIG": other}
	code, _, stderr := tool(t, canary, env, "auth", "login", "-u", "ci", "--password-stdin", server.Host())
	if want := "warning: other commands do not use this login for " + server.Host() + ": they use the login for " + server.Host() + " from $DOCKER_AUTH_CONFIG"; code != output.ExitDone || !strings.Contains(stderr, want) {
		t.Errorf("exit %d, want %q\n%s", code, want, stderr)
	}
	if code, _, stderr := tool(t, "", env, "auth", "logout", server.Host()); code != output.ExitDone || !strings.Contains(stderr, "warning: "+server.Host()+" still has a login: $DOCKER_AUTH_CONFIG") {
		t.Errorf("logout: exit %d\n%s", code, stderr)
	}
	if code, _, stderr := tool(t, "", env, "auth", "logout", server.Host()); code != output.ExitDone || !strings.Contains(stderr, "~/.docker/config.json has no login for "+server.Host()) {
		t.Errorf("logout again: exit %d\n%s", code, stderr)
	}
}
