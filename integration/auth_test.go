package integration

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// explained is what these tests look at in the result of auth explain.
type explained struct {
	Credential struct{ Kind, From, Key, Helper string }
	Registry   struct{ Scheme, Login, Realm string }
	Pull, Push struct {
		Answer  string
		Granted []string
	}
	Image, Referrers struct{ Answer string }
}

const (
	done   = "exit status 0"
	denied = "exit status 4"
)

func explain(t testing.TB, env []string, args ...string) explained {
	t.Helper()
	stdout, _ := quietly(t, done, env, "", append([]string{"auth", "explain", "--output", "json"}, args...)...)
	var e explained
	if err := json.Unmarshal([]byte(stdout), &e); err != nil {
		t.Fatalf("%v in %s", err, stdout)
	}
	return e
}

// sources puts two images of many layers onto an open registry, and gives the flags that push them.
func sources(t testing.TB, repository string) []string {
	t.Helper()
	open := startDistribution(t)
	for _, architecture := range architectures {
		image := registrytest.Image{Architecture: architecture, Seed: architecture, Layers: 8, LayerSize: 1000}.Build()
		pushArtifact(t, open.Host, repository, architecture, image)
	}
	return []string{"push", "from-args", "--platforms", "linux/amd64,linux/arm64", "--template", open.Host + "/" + repository + ":ARCH"}
}

// TestTokenServer pushes to a distribution that takes the tokens of a server.
func TestTokenServer(t *testing.T) {
	t.Parallel()
	g := startGuarded(t, canary+"one")
	env := []string{"DOCKER_AUTH_CONFIG=" + authConfig(map[string]string{g.Host: g.password})}
	push := sources(t, "app")

	if e := explain(t, env, g.Host+"/team/app:1.0"); e.Push.Answer != "yes" || e.Registry.Realm != "http://"+g.Host+"/auth/token" || e.Image.Answer != "no" {
		t.Errorf("before the push: %+v", e)
	}
	t.Run("dry run", func(t *testing.T) {
		before := len(g.asked())
		quietly(t, done, env, "", append(push, "--dry-run", "--target", g.Host+"/team/app:1.0")...)
		for _, scope := range g.asked()[before:] {
			if strings.Contains(scope, "push") {
				t.Errorf("it asks for %s", scope)
			}
		}
	})
	t.Run("one token", func(t *testing.T) {
		before := len(g.asked())
		quietly(t, done, env, "", append(push, "--target", g.Host+"/team/app:1.0")...)
		if asked := g.asked()[before:]; len(asked) != 1 || asked[0] != "repository:team/app:push,pull" {
			t.Errorf("tokens were asked for %q", asked)
		}
	})
	t.Run("mounts", func(t *testing.T) {
		stdout, _ := quietly(t, done, env, "", "push", "from-args", "--output", "json", "--platforms", "linux/amd64,linux/arm64",
			"--template", g.Host+"/team/app:1.0", "--target", g.Host+"/team/other:1.0")
		if !strings.Contains(stdout, `"streamed": 0`) {
			t.Error(stdout)
		}
	})
	t.Run("expiry", func(t *testing.T) {
		g.life, g.delay = 2*time.Second, 150*time.Millisecond // and its server says that it is good for a minute
		defer func() { g.life, g.delay = time.Minute, 0 }()
		before := len(g.asked())
		quietly(t, done, env, "", append(push, "--jobs", "2", "--target", g.Host+"/team/slow:1.0")...)
		if n := len(g.asked()) - before; n < 2 {
			t.Errorf("%d tokens: none expired", n)
		}
	})
	t.Run("renewal", func(t *testing.T) {
		g.life, g.told, g.delay = 3*time.Second, 1, 100*time.Millisecond
		defer func() { g.life, g.told, g.delay = time.Minute, 60, 0 }()
		before := len(g.asked())
		_, stderr := quietly(t, done, env, "", append(push, "--jobs", "2", "--target", g.Host+"/team/slow2:1.0")...)
		if n := len(g.asked()) - before; n < 2 || strings.Count(stderr, ": 401 ") != 1 {
			t.Errorf("%d tokens; only the first request is to be refused\n%s", n, stderr)
		}
	})
	t.Run("no right to push", func(t *testing.T) {
		g.allow = func(_, action string) bool { return action == "pull" }
		defer func() { g.allow = func(string, string) bool { return true } }()
		e := explain(t, env, g.Host+"/team/app:1.0")
		if e.Pull.Answer != "yes" || e.Push.Answer != "no" || e.Image.Answer != "yes" || e.Referrers.Answer != "no" {
			t.Errorf("explained as %+v", e)
		}
		_, stderr := quietly(t, denied, env, "", append(push, "--target", g.Host+"/team/new:1.0")...)
		if !strings.Contains(stderr, "(with the login for "+g.Host+" from $DOCKER_AUTH_CONFIG)") {
			t.Error(stderr)
		}
	})
}

// TestTwoGuardedRegistries: each gets its own password, and nothing of the other's.
func TestTwoGuardedRegistries(t *testing.T) {
	t.Parallel()
	one, two := startGuarded(t, canary+"one"), startGuarded(t, canary+"two")
	env := []string{"DOCKER_AUTH_CONFIG=" + authConfig(map[string]string{one.Host: one.password})}
	login := []string{"--username", "ci", "--password-stdin"}
	quietly(t, done, env, "", append(sources(t, "app"), "--target", one.Host+"/app:1.0")...)
	args := append(login, "push", "from-args", "--platforms", "linux/amd64,linux/arm64", "--template", one.Host+"/app:1.0", "--target", two.Host+"/app:1.0")
	if stdout, _ := quietly(t, done, env, two.password, args...); !strings.HasPrefix(stdout, "Digest: ") {
		t.Error(stdout)
	}
	if one.got(two.password) || two.got(one.password) {
		t.Error("a password went to the other registry")
	}
	if !one.got(one.password) || !two.got(two.password) {
		t.Error("the passwords were not seen where they belong: this test sees nothing")
	}
	if strings.Contains(strings.Join(one.asked()[1:], " "), "push") {
		t.Errorf("the source is asked for %q", one.asked())
	}
}

// authConfig is a docker config with logins of ci.
func authConfig(passwords map[string]string) string {
	type entry struct {
		Auth string `json:"auth"`
	}
	auths := map[string]entry{}
	for host, password := range passwords {
		auths[host] = entry{base64.StdEncoding.EncodeToString([]byte("ci:" + password))}
	}
	raw, _ := json.Marshal(map[string]any{"auths": auths})
	return string(raw)
}

const (
	htpasswdPassword = "CANARY-PW-9e02"
	htpasswd         = "ci:$2a$04$EHs2Oe1gTHUDzp8V1jtCDufQiu3Y9M5t/7CoU0/M9RtoGxiNbj5su\n"
	htpasswdConfig   = "auth:\n  htpasswd:\n    realm: locked\n    path: %q\n"
)

// TestLogins pushes to a distribution with passwords, with the logins that other programs have stored.
func TestLogins(t *testing.T) {
	t.Parallel()
	locked := startLocked(t)
	push := sources(t, "app")
	tests := []struct {
		name  string
		login func(t *testing.T, host string) (env []string, from string)
	}{
		{"helper", helperLogin}, {"podman", podmanLogin}, {"docker", dockerLogin},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			env, from := test.login(t, locked.Host)
			target := locked.Host + "/" + test.name + "/app:1.0"
			quietly(t, done, env, "", append(push, "--target", target)...)
			e := explain(t, env, target)
			if e.Registry.Login != "basic" || e.Image.Answer != "yes" || e.Push.Answer != "unknown" || e.Credential.From != from {
				t.Errorf("explained as %+v, want it from %s", e, from)
			}
		})
	}
	_, stderr := quietly(t, denied, nil, canary+"wrong", "--username", "ci", "--password-stdin", "inspect", locked.Host+"/podman/app:1.0")
	if !strings.Contains(stderr, "rejects the login for "+locked.Host+" from --username") {
		t.Error(stderr)
	}
}

// helperLogin has the login in a credential helper.
func helperLogin(t *testing.T, host string) (env []string, from string) {
	dir := t.TempDir()
	if _, err := runGo(buildTime, nil, "build", "-buildvcs=false", "-o", dir+string(filepath.Separator), "./testdata/docker-credential-canary"); err != nil {
		t.Fatal(err)
	}
	store, config := filepath.Join(dir, "store.json"), filepath.Join(dir, "config.json")
	for path, text := range map[string]string{
		store:  fmt.Sprintf(`{%q: {"ServerURL": %q, "Username": "ci", "Secret": %q}}`, host, host, htpasswdPassword),
		config: fmt.Sprintf(`{"credHelpers": {%q: "canary"}}`, host),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return []string{"PATH=" + dir, "CANARY_STORE=" + store, "DOCKER_CONFIG=" + dir}, "credHelpers of " + config
}

// podmanLogin has the login in the file that podman writes.
func podmanLogin(t *testing.T, host string) (env []string, from string) {
	program, podmanEnv := installed(t, "podman"), containersEnv(t)
	file := filepath.Join(t.TempDir(), "auth.json")
	if _, err := command(t, podmanEnv, program, "login", "--tls-verify=false", "--authfile", file, "-u", "ci", "-p", htpasswdPassword, host); err != nil {
		t.Fatal(err)
	}
	return []string{"REGISTRY_AUTH_FILE=" + file}, file
}

// dockerLogin has the login in the file that docker writes.
func dockerLogin(t *testing.T, host string) (env []string, from string) {
	e := startEngine(t)
	e.must(t, "login", "-u", "ci", "-p", htpasswdPassword, host)
	for _, variable := range e.env {
		if dir, ok := strings.CutPrefix(variable, "DOCKER_CONFIG="); ok {
			return []string{variable}, filepath.Join(dir, "config.json")
		}
	}
	t.Fatal("the engine's client has no config")
	return nil, ""
}
