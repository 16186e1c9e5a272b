package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/cli"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// explainJSON runs auth explain and reads what it prints.
func explainJSON(t *testing.T, want int, stdin string, env map[string]string, args ...string) (out output.AuthReport, stderr string) {
	t.Helper()
	code, stdout, stderr := tool(t, stdin, env, append([]string{"--debug", "auth", "explain", "--output", "json"}, args...)...)
	if code != want {
		t.Errorf("exit %d, want %d\n%s%s", code, want, stdout, stderr)
	}
	if err := json.Unmarshal([]byte(stdout), &out); err != nil || out.Schema != "manifest-tool.auth/v1" {
		t.Fatalf("%v\n%s%s", err, stdout, stderr)
	}
	return out, stderr
}

func TestAuthExplain(t *testing.T) {
	readOnly := withLogin(registrytest.Options{Auth: registrytest.TokenAuth, Allow: func(_, _, action string) bool { return action == registrytest.Pull }})
	tests := []struct {
		name       string
		options    registrytest.Options
		login      string
		pull, push string
	}{
		{"open", registrytest.Options{}, "none", "yes", "unknown"},
		{"basic", withLogin(registrytest.Options{Auth: registrytest.BasicAuth}), "basic", "yes", "unknown"},
		{"token", withLogin(registrytest.Options{Auth: registrytest.TokenAuth}), "bearer", "yes", "yes"},
		{"reading only", readOnly, "bearer", "yes", "no"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := registrytest.New(t, tt.options)
			server.Push(t, "app", "1.0", registrytest.Image{}.Build())
			server.ResetRequests()
			config := dockerConfig(t, server.Host())
			image := server.Host() + "/app:1.0"
			out, _ := explainJSON(t, output.ExitDone, "", map[string]string{"DOCKER_CONFIG": config}, image)
			if c := out.Credential; c.Kind != "login" || c.From != filepath.Join(config, "config.json") || c.Key != server.Host() {
				t.Errorf("the credential is told as %+v", c)
			}
			if out.Registry.Login != tt.login || out.Pull.Answer != tt.pull || out.Push.Answer != tt.push ||
				out.Image.Answer != "yes" || out.Tags.Answer != "yes" || out.Referrers.Answer != "no" {
				t.Errorf("login %s, pull %s, push %s, image %s, tags %s, referrers %s", out.Registry.Login, out.Pull.Answer, out.Push.Answer,
					out.Image.Answer, out.Tags.Answer, out.Referrers.Answer)
			}
			for _, r := range server.Requests() {
				if r.Method != http.MethodGet && r.Method != http.MethodHead {
					t.Errorf("it does not only read: %s", r)
				}
			}
			_, stdout, _ := tool(t, "", map[string]string{"DOCKER_CONFIG": config}, "auth", "explain", image)
			for _, want := range []string{"Name:       " + image, "Credential: the login for " + server.Host() + " from " + config, "Push:       " + tt.push} {
				if !strings.Contains(stdout, want) {
					t.Errorf("the text lacks %q:\n%s", want, stdout)
				}
			}
		})
	}
}

func TestAuthExplainTroubles(t *testing.T) {
	server := registrytest.New(t, withLogin(registrytest.Options{Auth: registrytest.TokenAuth}))
	image := server.Host() + "/app:1.0"
	out, stderr := explainJSON(t, output.ExitDenied, "", nil, image)
	if out.Credential.Kind != "none" || out.Pull.Answer != "no" || !strings.Contains(stderr, "hint: log in with docker login") {
		t.Errorf("without a login: %+v\n%s", out, stderr)
	}
	_, text, _ := tool(t, "", nil, "auth", "explain", image)
	if n := strings.Count(text, "manifests/1.0: 401 Unauthorized"); n != 1 || !strings.Contains(text, "\nImage:      no, for the reason of Pull\n") {
		t.Errorf("the text names the reason %d times:\n%s", n, text)
	}
	out, stderr = explainJSON(t, output.ExitDenied, "x"+canary, nil, "--username", "ci", "--password-stdin", image)
	if out.Credential.From != "--username" || out.Push.Answer != "no" || !strings.Contains(stderr, "hint: log in again") {
		t.Errorf("with a wrong password: %+v\n%s", out, stderr)
	}
	out, _ = explainJSON(t, output.ExitDone, canary, nil, "--username", "ci", "--password-stdin", image)
	if out.Push.Answer != "yes" || out.Image.Answer != "no" || out.Pull.Answer != "yes" {
		t.Errorf("where nothing is, as yet: %+v", out)
	}
	unknown := registrytest.New(t, registrytest.Options{TLS: true}) // nobody has signed its certificate
	out, _ = explainJSON(t, output.ExitUnavailable, "", map[string]string{"DOCKER_CONFIG": dockerConfig(t, unknown.Host())}, unknown.Host()+"/app")
	if out.Credential.Key != unknown.Host() || out.Pull != nil {
		t.Errorf("where nothing can be asked: %+v", out)
	}
	if code, _, stderr := tool(t, "", nil, "auth", "explain", "oci-layout:x"); code != output.ExitUsage {
		t.Errorf("for a layout: exit %d\n%s", code, stderr)
	}
	exposed := filepath.Join(dockerConfig(t, server.Host()), "config.json")
	if err := os.Chmod(exposed, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, stderr = explainJSON(t, output.ExitDone, "", map[string]string{"REGISTRY_AUTH_FILE": exposed}, image); !strings.Contains(stderr, "chmod 600") {
		t.Errorf("a file that all can read is not told:\n%s", stderr)
	}
}

// What a registry says cannot drive a terminal here either.
func TestAuthExplainHostile(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{})
	server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/token" {
			w.Write([]byte(`{"token":"` + canary + `","scope":"repository:app:pull,\u001b]0;x\u0007,\u202epush"}`))
			return true
		}
		if r.Header.Get("Authorization") != "" {
			return false
		}
		w.Header().Set("Www-Authenticate", `Bearer realm="http://`+r.Host+`/token?secret=`+canary+`",service="`+"s\u202e"+`"`)
		w.WriteHeader(http.StatusUnauthorized)
		return true
	})
	server.Push(t, "app2", "1.0", registrytest.Image{}.Build())
	for _, format := range []string{"text", "json"} {
		_, stdout, stderr := tool(t, "", nil, "auth", "explain", "--output", format, server.Host()+"/app:1.0")
		if !strings.Contains(stdout, "pull") {
			t.Errorf("no grant is told:\n%s%s", stdout, stderr)
		}
		for _, r := range stdout + stderr {
			if r < ' ' && r != '\n' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u202e' && format == "text" {
				t.Errorf("%s shows %U:\n%s%s", format, r, stdout, stderr)
			}
		}
	}
}

// Each way to be turned away says which credential was used, and what to do.
func TestDeniedMessages(t *testing.T) {
	token := withLogin(registrytest.Options{Auth: registrytest.TokenAuth, Allow: func(_, repository, action string) bool {
		return action == registrytest.Pull
	}})
	basic := token
	basic.Auth = registrytest.BasicAuth
	config := func(host, entry string) map[string]string {
		return map[string]string{"DOCKER_AUTH_CONFIG": fmt.Sprintf(`{"auths": {%q: %s}}`, host, entry)}
	}
	right := fmt.Sprintf(`{"username": "ci", "password": %q}`, canary)
	wrong := fmt.Sprintf(`{"username": "ci", "password": %q}`, "old"+canary)
	const page = "docs/how-to/logins.md"
	explained := readPage(t, page)
	const again, ask, none = "log in again", "lacks the permission", "log in with docker login"
	tests := []struct {
		name       string
		options    registrytest.Options
		entry      string
		write      bool
		text, hint string
	}{
		{"token, no login", token, `{}`, false, "(no credential found for this registry)", none},
		{"token, wrong password", token, wrong, false, "rejects the login for HOST from $DOCKER_AUTH_CONFIG", again},
		{"token, no push right", token, right, true, "(with the login for HOST from $DOCKER_AUTH_CONFIG)", ask},
		{"expired identity token", token, `{"identitytoken": "` + canary + `"}`, false, "rejects the identity token for HOST from $DOCKER_AUTH_CONFIG", again},
		{"expired registry token", token, `{"registrytoken": "` + canary + `"}`, false, "rejects the registry token for HOST from $DOCKER_AUTH_CONFIG", again},
		{"basic, no login", basic, `{}`, false, "(no credential found for this registry)", none},
		{"basic, wrong password", basic, wrong, false, "rejects the login for HOST from $DOCKER_AUTH_CONFIG", again},
		{"basic, no push right", basic, right, true, "(with the login for HOST from $DOCKER_AUTH_CONFIG)", ask},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := registrytest.New(t, tt.options)
			server.Push(t, "app", "amd64", registrytest.Image{}.Build())
			args := []string{"--debug", "inspect", server.Host() + "/app:amd64"}
			if tt.write {
				args = []string{"--debug", "push", "from-args", "--platforms", "linux/amd64", "--template", server.Host() + "/app:ARCH", "--target", server.Host() + "/app:1.0"}
			}
			code, stdout, stderr := tool(t, "", config(server.Host(), tt.entry), args...)
			text := strings.ReplaceAll(tt.text, "HOST", server.Host())
			shown := strings.NewReplacer("HOST", "ghcr.io", "$DOCKER_AUTH_CONFIG", "~/.docker/config.json", "registry token", "identity token").Replace(tt.text)
			if !strings.Contains(explained, "`"+shown+"`") {
				t.Errorf("%s does not have %q", page, shown)
			}
			if code != output.ExitDenied || stdout != "" || !strings.Contains(stderr, text) || !strings.Contains(stderr, "\nhint: ") || !strings.Contains(stderr, tt.hint) {
				t.Errorf("exit %d, want %q and %q:\n%s%s", code, text, tt.hint, stdout, stderr)
			}
		})
	}
}

// direct is a network with one server, which has every name.
type direct struct{ http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	r.Host = r.URL.Host
	d.ServeHTTP(w, r)
	return w.Result(), nil
}

// The registries of clouds have helpers for their short-lived passwords.
func TestCloudHint(t *testing.T) {
	const host = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
	registry := registrytest.NewRegistry(withLogin(registrytest.Options{Auth: registrytest.BasicAuth}))
	for _, config := range []string{
		`{}`,
		`{"auths": {"` + host + `": {"username": "AWS", "password": "` + canary + `"}}}`, // it has expired
		`{"auths": {"gcr.io": {"username": "AWS", "password": "` + canary + `"}}}`,
	} {
		var stderr strings.Builder
		code := cli.Execute(t.Context(), []string{"manifest-tool", "inspect", host + "/app:1"}, cli.Env{
			Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: &stderr,
			Environ: []string{"DOCKER_AUTH_CONFIG=" + config}, Transport: direct{registry},
		})
		hint := `hint: put "credHelpers": {"` + host + `": "ecr-login"} into ~/.docker/config.json, and docker-credential-ecr-login into PATH`
		if code != output.ExitDenied || !strings.Contains(stderr.String(), hint) || shows(stderr.String()) {
			t.Errorf("with %s: exit %d\n%s", config, code, &stderr)
		}
	}
}

// Blobs are mounted from where the same credential is good, and sent from elsewhere on the registry.
func TestMountNeedsTheSameCredential(t *testing.T) {
	for _, same := range []bool{true, false} {
		server := registrytest.New(t, registrytest.Options{
			Auth: registrytest.TokenAuth, Users: map[string]string{"ci": canary, "other": canary},
			Allow: func(user, repository, action string) bool {
				return same || strings.HasPrefix(repository, map[string]string{"ci": "target", "other": "source"}[user]+"/")
			},
		})
		server.Push(t, "source/app", "amd64", registrytest.Image{}.Build())
		server.ResetRequests()
		login := func(user string) string { return fmt.Sprintf(`{"username": %q, "password": %q}`, user, canary) }
		auths := fmt.Sprintf(`{"auths": {"%[1]s/source": %[2]s, "%[1]s": %[3]s}}`, server.Host(), login(map[bool]string{true: "ci", false: "other"}[same]), login("ci"))
		code, stdout, stderr := tool(t, "", map[string]string{"DOCKER_AUTH_CONFIG": auths}, "--debug", "push", "from-args", "--output", "json",
			"--platforms", "linux/amd64", "--template", server.Host()+"/source/app:ARCH", "--target", server.Host()+"/target/app:1.0")
		if code != output.ExitDone {
			t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
		}
		var out output.PushOutput
		if err := json.Unmarshal([]byte(stdout), &out); err != nil || (out.Blobs.Mounted > 0) != same || (out.Blobs.Streamed > 0) == same {
			t.Errorf("same credential: %v; blobs %+v, %v", same, out.Blobs, err)
		}
		for _, r := range server.Requests() {
			if r.Query.Has("mount") && !same {
				t.Errorf("a mount across credentials: %s", r)
			}
			if scope := strings.Join(r.Query["scope"], " "); !same && strings.Contains(scope, "source/") && strings.Contains(scope, "target/") {
				t.Errorf("one token for two credentials: %s", scope)
			}
		}
	}
}
