package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/manifest-tool/manifest-tool/internal/cli"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

const canary = "CANARY-PW-41d8"

// tool runs the program in process and checks that the canary is in nothing that it says.
func tool(t *testing.T, stdin string, env map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	var environ []string
	for name, value := range env {
		environ = append(environ, name+"="+value)
	}
	code = cli.Execute(t.Context(), append([]string{"manifest-tool"}, args...), cli.Env{
		Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs,
		Environ: environ,
		Backoff: testBackoff,
	})
	if shows(out.String() + errs.String()) {
		t.Errorf("manifest-tool %q shows a secret:\n%s%s", args, &out, &errs)
	}
	return code, out.String(), errs.String()
}

// shows reports whether a text has a secret in it, in one of the forms in which they travel.
func shows(text string) bool {
	for _, secret := range []string{
		canary, registrytest.Canary, // and all that the test registries give out
		base64.StdEncoding.EncodeToString([]byte("ci:" + canary)),
		url.QueryEscape("ci:" + canary),
	} {
		if strings.Contains(text, secret) {
			return true
		}
	}
	return false
}

// wantNoSecrets looks through all that a registry was sent that has no business with any.
func wantNoSecrets(t *testing.T, server *registrytest.Server) {
	t.Helper()
	for _, r := range server.Requests() {
		if text := fmt.Sprint(r, r.Header); r.Authorized || shows(text) {
			t.Errorf("%s was sent a login that is not for it: %s", server.Host(), text)
		}
	}
}

func withLogin(o registrytest.Options) registrytest.Options {
	o.Users = map[string]string{"ci": canary}
	return o
}

// dockerConfig writes a docker config with the login for some hosts and gives its folder.
func dockerConfig(t *testing.T, hosts ...string) string {
	t.Helper()
	var auths []string
	for _, host := range hosts {
		auths = append(auths, fmt.Sprintf("%q: {%q: %q}", host, "auth", base64.StdEncoding.EncodeToString([]byte("ci:"+canary))))
	}
	dir := t.TempDir()
	text := `{"auths": {` + strings.Join(auths, ", ") + `}}`
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestCredentialSources(t *testing.T) {
	server := registrytest.New(t, withLogin(registrytest.Options{Auth: registrytest.TokenAuth}))
	server.Push(t, "app", "1.0", registrytest.Image{}.Build())
	config := dockerConfig(t, server.Host())
	image := server.Host() + "/app:1.0"
	text, err := os.ReadFile(filepath.Join(config, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		stdin string
		env   map[string]string
		args  []string
		code  int
	}{
		{"$DOCKER_CONFIG", "", map[string]string{"DOCKER_CONFIG": config}, nil, output.ExitDone},
		{"$REGISTRY_AUTH_FILE", "", map[string]string{"REGISTRY_AUTH_FILE": config + "/config.json"}, nil, output.ExitDone},
		{"--docker-cfg DIR", "", nil, []string{"--docker-cfg", config}, output.ExitDone},
		{"--docker-cfg DIR/", "", nil, []string{"--docker-cfg=" + config + "/"}, output.ExitDone},
		{"--docker-cfg FILE", "", nil, []string{"--docker-cfg", config + "/config.json"}, output.ExitDone},
		{"--docker-cfg nowhere", "", nil, []string{"--docker-cfg", config + "/none"}, output.ExitUsage},
		{"--password-stdin", canary + "\n", nil, []string{"--username", "ci", "--password-stdin"}, output.ExitDone},
		{"--password", "", nil, []string{"--username", "ci", "--password", canary}, output.ExitDone},
		{"--creds", "", nil, []string{"--creds", "ci:" + canary}, output.ExitDone},
		{"--creds HOST=", "", nil, []string{"--creds", server.Host() + "=ci:" + canary}, output.ExitDone},
		{"--creds of another host", "", nil, []string{"--creds", "ghcr.io=ci:" + canary}, output.ExitUsage},
		{"--creds of another port", "", nil, []string{"--creds", "localhost:1=ci:" + canary}, output.ExitUsage},
		{"--creds that look like a host", "", nil, []string{"--creds", "ci:41=" + canary + ":x"}, output.ExitUsage},
		{"--creds twice", "", nil, []string{"--creds", "ci:" + canary, "--creds", server.Host() + "=ci:" + canary}, output.ExitUsage},
		{"--creds and --username", canary, nil, []string{"--creds", "ci:" + canary, "--username", "ci", "--password-stdin"}, output.ExitUsage},
		{"--creds without a password", "", nil, []string{"--creds", canary}, output.ExitUsage},
		{"--creds with an empty password", "", nil, []string{"--creds", "ci:"}, output.ExitUsage},
		{"--username HOST=", canary, nil, []string{"--username", server.Host() + "=ci", "--password-stdin"}, output.ExitDone},
		{"--username of another host", canary, nil, []string{"--username", "ghcr.io=ci", "--password-stdin"}, output.ExitUsage},
		{"--password twice", "", nil, []string{"--username", "ci", "--password", canary, "--password", canary}, output.ExitUsage},
		{"--password-stdin=", "", nil, []string{"--username", "ci", "--password-stdin=" + canary}, output.ExitUsage},
		{"$DOCKER_AUTH_CONFIG", "", map[string]string{"DOCKER_AUTH_CONFIG": string(text)}, nil, output.ExitDone},
		{"$DOCKER_AUTH_CONFIG that is broken", "", map[string]string{"DOCKER_AUTH_CONFIG": canary}, nil, output.ExitUsage},
		{"a job of GitLab", "", map[string]string{"GITLAB_CI": "true", "CI_REGISTRY": server.Host(), "CI_REGISTRY_USER": "ci", "CI_REGISTRY_PASSWORD": canary}, nil, output.ExitDone},
		{"a wrong one", "", nil, []string{"--username", "ci", "--password", "x" + canary}, output.ExitDenied},
		{"none", "", nil, nil, output.ExitDenied},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, stdout, stderr := tool(t, test.stdin, test.env, append(test.args, "--debug", "inspect", image)...)
			if code != test.code {
				t.Errorf("exit %d, want %d\n%s%s", code, test.code, stdout, stderr)
			}
		})
	}
}

// A step of Drone has settings for a login, and no flags: a refused login names the settings.
func TestCredentialsOfPlugin(t *testing.T) {
	server := registrytest.New(t, withLogin(registrytest.Options{Auth: registrytest.TokenAuth}))
	server.Push(t, "app", "amd64", registrytest.Image{}.Build())
	settings := map[string]string{
		"PLUGIN_PLATFORMS": "linux/amd64", "PLUGIN_TEMPLATE": server.Host() + "/app:ARCH", "PLUGIN_TARGET": server.Host() + "/app:1.0",
		"PLUGIN_USERNAME": "ci", "PLUGIN_PASSWORD": "x" + canary,
	}
	code, _, stderr := tool(t, "", settings)
	if code != output.ExitDenied || !strings.Contains(stderr, "from the settings username and password") || strings.Contains(stderr, "--username") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	delete(settings, "PLUGIN_USERNAME")
	delete(settings, "PLUGIN_PASSWORD")
	code, _, stderr = tool(t, "", settings)
	if code != output.ExitDenied || !strings.Contains(stderr, "log in with the settings username and password") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// A login on the command line is for the registry that is pushed to; a source on another registry
// has its own.
func TestCredentialsOfTwoRegistries(t *testing.T) {
	target := registrytest.New(t, withLogin(registrytest.Options{Auth: registrytest.BasicAuth}))
	open := registrytest.New(t, registrytest.Options{})
	closed := registrytest.New(t, withLogin(registrytest.Options{Auth: registrytest.TokenAuth}))
	open.Push(t, "app", "amd64", registrytest.Image{}.Build())
	closed.Push(t, "app", "arm64", registrytest.Image{Architecture: "arm64"}.Build())
	file := filepath.Join(t.TempDir(), "spec.yaml")
	text := fmt.Sprintf("image: %s/app:1.0\nmanifests: [{image: '%s/app:amd64'}, {image: '%s/app:arm64'}]\n", target.Host(), open.Host(), closed.Host())
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	flags := []string{"--username", "ci", "--password-stdin", "--debug", "push", "from-spec", file}
	if code, _, stderr := tool(t, canary, nil, flags...); code != output.ExitDenied || !strings.Contains(stderr, closed.Host()) {
		t.Errorf("the target's login opens another registry: exit %d\n%s", code, stderr)
	}
	both := []string{"--creds", closed.Host() + "=ci:" + canary, "--creds", "ci:" + canary, "push", "from-spec", "--by-digest", file}
	if code, stdout, stderr := tool(t, "", nil, both...); code != output.ExitDone || strings.Count(stderr, "--creds is visible to other users") != 1 {
		t.Errorf("with --creds for both: exit %d\n%s%s", code, stdout, stderr)
	}
	env := map[string]string{"DOCKER_CONFIG": dockerConfig(t, closed.Host())}
	code, stdout, stderr := tool(t, canary, env, flags...)
	if code != output.ExitDone || !strings.HasPrefix(stdout, "Digest: sha256:") {
		t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}
	if err := target.Complete("app", "1.0"); err != nil {
		t.Error(err)
	}
	wantNoSecrets(t, open)
}

// What only reads asks for the right to read, of the target too.
func TestLeastScope(t *testing.T) {
	server := registrytest.New(t, withLogin(registrytest.Options{
		Auth:  registrytest.TokenAuth,
		Allow: func(_, _, action string) bool { return action == registrytest.Pull },
	}))
	server.Push(t, "app", "amd64", registrytest.Image{}.Build())
	login := []string{"--username", "ci", "--password-stdin"}
	push := []string{"push", "from-args", "--platforms", "linux/amd64", "--template", server.Host() + "/app:ARCH", "--target", server.Host() + "/app:1.0"}
	for _, args := range [][]string{{"inspect", server.Host() + "/app:amd64"}, append(push, "--dry-run")} {
		server.ResetRequests()
		if code, _, stderr := tool(t, canary, nil, append(args, login...)...); code != output.ExitDone {
			t.Errorf("%q: exit %d\n%s", args, code, stderr)
		}
		for _, r := range server.Requests() {
			for _, scope := range r.Query["scope"] {
				if strings.Contains(scope, "push") {
					t.Errorf("%q asks for %s", args, scope)
				}
			}
		}
	}
	code, stdout, stderr := tool(t, canary, nil, append(push, login...)...)
	if code != output.ExitDenied || stdout != "" {
		t.Errorf("a push without the right to: exit %d\n%s%s", code, stdout, stderr)
	}
}

// A registry that forbids to read what is not there yet can be pushed to; one that forbids all is
// told by the first write.
func TestForbiddenTarget(t *testing.T) {
	for _, all := range []bool{false, true} {
		server := registrytest.New(t, registrytest.Options{})
		server.Push(t, "source", "amd64", registrytest.Image{}.Build())
		server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
			_, exists := server.Tag("target", "1.0")
			forbidden := strings.HasPrefix(r.URL.Path, "/v2/target/") && (all || !exists && r.Method == http.MethodHead || !exists && r.Method == http.MethodGet)
			if forbidden {
				w.WriteHeader(http.StatusForbidden)
			}
			return forbidden
		})
		code, stdout, stderr := tool(t, "", nil, "push", "from-args", "--platforms", "linux/amd64",
			"--template", server.Host()+"/source:ARCH", "--target", server.Host()+"/target:1.0")
		if want := map[bool]int{false: output.ExitDone, true: output.ExitDenied}[all]; code != want {
			t.Errorf("exit %d, want %d\n%s%s", code, want, stdout, stderr)
		}
	}
}

// Strings from a registry cannot drive a terminal.
func TestHostileStrings(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{})
	image := registrytest.Image{Architecture: "amd64\x1b]0;owned\x07", Variant: "\u202e\r\nDigest: sha256:0 1"}.Build()
	server.Push(t, "app", "1.0", image)
	server.Push(t, "app", "multi", registrytest.Index(false, image))
	for _, args := range [][]string{
		{"inspect", server.Host() + "/app:1.0"},
		{"inspect", server.Host() + "/app:multi"},
		{"push", "from-args", "--platforms", "linux/arm64", "--template", server.Host() + "/app:1.0", "--target", server.Host() + "/app:2", "--dry-run"},
		{"push", "from-args", "--platforms", "linux/arm64", "--template", server.Host() + "/app:multi", "--target", server.Host() + "/app:2"},
	} {
		_, stdout, stderr := tool(t, "", nil, args...)
		for _, r := range stdout + stderr {
			if r < ' ' && r != '\n' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u202e' {
				t.Errorf("%q prints %U:\n%s%s", args, r, stdout, stderr)
			}
		}
		for line := range strings.Lines(stdout + stderr) {
			if strings.HasPrefix(line, "Digest: sha256:0 1") || strings.HasPrefix(line, "manifest-tool: Digest:") {
				t.Errorf("%q prints a line that is not its own:\n%s%s", args, stdout, stderr)
			}
		}
		if !strings.Contains(stdout+stderr, `\u001b`) && !strings.Contains(stdout+stderr, `\x1b`) {
			t.Errorf("%q does not show what was escaped:\n%s%s", args, stdout, stderr)
		}
	}
}

// Where only some tags moved, --output json says which.
func TestPartialPushInJSON(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{})
	server.Push(t, "app", "amd64", registrytest.Image{}.Build())
	server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		immutable := r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/manifests/b")
		if immutable {
			w.WriteHeader(http.StatusConflict)
		}
		return immutable
	})
	code, stdout, stderr := tool(t, "", nil, "push", "from-args", "--output", "json", "--platforms", "linux/amd64",
		"--template", server.Host()+"/app:ARCH", "--target", server.Host()+"/app:a", "--tags", "b,c")
	var out output.PushOutput
	if err := json.Unmarshal([]byte(stdout), &out); err != nil || code != output.ExitPartial {
		t.Fatalf("exit %d, %v\n%s%s", code, err, stdout, stderr)
	}
	want := []output.TagOutput{{Tag: "a", Status: "created"}, {Tag: "b", Status: "failed"}, {Tag: "c", Status: "created"}}
	if !cmp.Equal(out.Tags, want) {
		t.Errorf("tags %+v, want %+v", out.Tags, want)
	}
}

// A text that looks like a host may be the beginning of a password.
func TestUnnamedHostIsNoSecret(t *testing.T) {
	for text, want := range map[string]string{"me:4711=x:y": "no registry of that name", "ghrc.io=me:x": "no registry ghrc.io"} {
		code, _, stderr := tool(t, "", nil, "inspect", "--creds", text, "localhost:1/app")
		if code != output.ExitUsage || strings.Contains(stderr, "4711") || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit %d\n%s", text, code, stderr)
		}
	}
}

// TestConfigFaults: what is wrong with the credentials for the target is found before the source is asked.
func TestConfigFaults(t *testing.T) {
	source := registrytest.New(t, registrytest.Options{})
	source.Push(t, "app", "1.0", registrytest.Image{}.Build())
	source.ResetRequests()
	target := registrytest.New(t, registrytest.Options{})
	for _, entry := range []string{`{"registrytoken": "` + canary + `\n"}`, `{"identitytoken": "` + canary + `\r\nx"}`, `{"auth": "` + canary + `"}`} {
		env := map[string]string{"DOCKER_AUTH_CONFIG": fmt.Sprintf(`{"auths": {%q: %s}}`, target.Host(), entry)}
		for _, args := range [][]string{
			{"copy", source.Host() + "/app:1.0", target.Host() + "/app:1.0"},
			{"copy", target.Host() + "/app:1.0", source.Host() + "/app:1.0"},
			{"copy", "--all-tags", source.Host() + "/app", target.Host() + "/app"},
			{"edit", source.Host() + "/app:1.0", "--add", target.Host() + "/app:1.0"},
			{"create", source.Host() + "/list:1.0", source.Host() + "/app:1.0", target.Host() + "/app:1.0"},
			{"push", "from-args", "--platforms", "linux/amd64", "--template", source.Host() + "/app:1.0", "--target", target.Host() + "/app:1.0"},
		} {
			code, _, stderr := tool(t, "", env, args...)
			if code != output.ExitUsage || len(source.Requests())+len(target.Requests()) > 0 {
				t.Errorf("%s: %q: exit %d after %v\n%s", entry, args, code, source.Requests(), stderr)
			}
		}
	}
}

// TestNamesAreShown: a password that is a part of the image's name does not change the result.
func TestNamesAreShown(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{Auth: registrytest.BasicAuth, Users: map[string]string{"admin": "admin"}})
	server.Push(t, "admin/app", "1.0", registrytest.Image{}.Build())
	image := server.Host() + "/admin/app:1.0"
	code, stdout, stderr := tool(t, "admin", nil, "--username", "admin", "--password-stdin", "inspect", "--format", "json", image)
	if code != output.ExitDone || !strings.Contains(stdout, image) || stderr != "" {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
}
