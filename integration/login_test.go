package integration

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/manifest-tool/manifest-tool/auth"
)

// startLocked starts a distribution that knows ci and its password.
func startLocked(t testing.TB) registry {
	t.Helper()
	file := filepath.Join(t.TempDir(), "htpasswd")
	if err := os.WriteFile(file, []byte(htpasswd), 0o600); err != nil {
		t.Fatal(err)
	}
	return serveDistribution(t, "locked", tool(t, "registry"), inMemory, fmt.Sprintf(htpasswdConfig, file))
}

// A client finds logins at a place.
type client struct {
	name  string
	env   []string                        // of our program too
	login func(t *testing.T, host string) // nil if the client writes no such file
	reads func(image string) error
	// namespaces: the client has logins for namespaces.
	namespaces bool
}

// loginClients are other programs, with the files that they keep logins in. No file is there yet.
func loginClients(t *testing.T) []client {
	crane, craneDir := tool(t, "crane"), filepath.Join(t.TempDir(), "docker")
	craneEnv := []string{"HOME=" + t.TempDir(), "DOCKER_CONFIG=" + craneDir}
	run := func(t testing.TB, env []string, program string, args ...string) {
		t.Helper()
		if _, err := command(t, env, program, args...); err != nil {
			t.Fatal(err)
		}
	}
	clients := []client{{
		name: "crane", env: craneEnv,
		login: func(t *testing.T, host string) {
			run(t, craneEnv, crane, "auth", "login", host, "-u", "ci", "-p", htpasswdPassword)
		},
		reads: func(image string) error { _, err := command(t, craneEnv, crane, "digest", image); return err },
	}}
	for _, name := range []string{"skopeo", "podman"} {
		program, env := installed(t, name), containersEnv(t)
		file := "REGISTRY_AUTH_FILE=" + filepath.Join(t.TempDir(), "new", "auth.json")
		env = append(env, file)
		clients = append(clients, client{
			name: name, env: []string{file}, namespaces: true,
			login: func(t *testing.T, host string) {
				run(t, env, program, "login", "--tls-verify=false", "-u", "ci", "-p", htpasswdPassword, host)
			},
			reads: func(image string) error {
				if name == "podman" {
					_, err := command(t, env, program, "pull", "--quiet", "--tls-verify=false", image)
					return err
				}
				_, err := command(t, env, program, "inspect", "--raw", "--tls-verify=false", "docker://"+image)
				return err
			},
		})
	}
	skopeo, home := installed(t, "skopeo"), t.TempDir()
	env := append(containersEnv(t), "HOME="+home, "REGISTRY_AUTH_FILE=")
	return append(clients, client{ // which reads docker's file
		name: "skopeo with the file of docker", env: []string{"HOME=" + home},
		reads: func(image string) error {
			_, err := command(t, append(env, "XDG_RUNTIME_DIR="+home), skopeo, "inspect", "--raw", "--tls-verify=false", "docker://"+image)
			return err
		},
	})
}

// TestLoginsOfClients: other programs use the logins of auth login until auth logout, and the other way round.
func TestLoginsOfClients(t *testing.T) {
	t.Parallel()
	locked := startLocked(t)
	image := locked.Host + "/team/app:1.0"
	push := append(sources(t, "app"), "--username", "ci", "--password-stdin")
	quietly(t, done, nil, htpasswdPassword, append(push, "--target", image)...)
	for _, c := range loginClients(t) {
		t.Run(c.name, func(t *testing.T) {
			if err := c.reads(image); err == nil {
				t.Fatal("it reads without a login: this test sees nothing")
			}
			quietly(t, denied, c.env, canary+"wrong", "auth", "login", "-u", "ci", "--password-stdin", locked.Host)
			_, stderr := quietly(t, done, c.env, htpasswdPassword+"\n", "auth", "login", "-u", "ci", "--password-stdin", locked.Host)
			if strings.Contains(stderr, htpasswdPassword) || !strings.Contains(stderr, "no encryption") {
				t.Error(stderr)
			}
			if err := c.reads(image); err != nil {
				t.Errorf("it does not find our login: %v", err)
			}
			quietly(t, done, c.env, "", "auth", "logout", locked.Host)
			if err := c.reads(image); err == nil {
				t.Error("it reads after our logout")
			}
			if c.login == nil {
				return
			}
			c.login(t, locked.Host)
			if listed := listLogins(t, c.env); len(listed) != 1 || listed[0].Registry != locked.Host || listed[0].Username != "ci" {
				t.Errorf("its login is listed as %+v", listed)
			}
			quietly(t, done, c.env, "", "digest", image)
			quietly(t, done, c.env, "", "auth", "logout", "--all")
			if err := c.reads(image); err == nil {
				t.Error("it reads after our logout of its login")
			}
			if !c.namespaces {
				return
			}
			quietly(t, done, c.env, htpasswdPassword, "auth", "login", "-u", "ci", "--password-stdin", locked.Host+"/team")
			if err := c.reads(image); err != nil {
				t.Errorf("it does not find our login for a namespace: %v", err)
			}
			if err := c.reads(locked.Host + "/other/app:1.0"); err == nil || !strings.Contains(err.Error(), "authentication required") {
				t.Errorf("it uses the login for another namespace: %v", err)
			}
		})
	}
}

type listedLogin struct{ Registry, Username, Kind, From, Helper string }

func listLogins(t *testing.T, env []string) []listedLogin {
	t.Helper()
	stdout, _ := quietly(t, done, env, "", "auth", "ls", "--output", "json")
	var out struct{ Logins []listedLogin }
	if err := json.Unmarshal([]byte(stdout), &out); err != nil {
		t.Fatalf("%v in %s", err, stdout)
	}
	return out.Logins
}

// TestLoginOfDockerHub: podman and crane find the keys of Docker Hub, which differ.
func TestLoginOfDockerHub(t *testing.T) {
	t.Parallel()
	key, err := auth.ParseKey("docker.io")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, o := range []auth.Options{{DockerConfig: filepath.Join(dir, "config.json")}, {AuthFile: filepath.Join(dir, "auth.json")}} {
		o.Getenv = func(string) string { return "" }
		file, err := auth.FileOf(o)
		if err == nil {
			_, err = file.Store(t.Context(), key, authn.AuthConfig{Username: "ci", Password: htpasswdPassword})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	got, err := command(t, []string{"HOME=" + dir, "DOCKER_CONFIG=" + dir}, tool(t, "crane"), "auth", "get", "docker.io")
	if err != nil || !strings.Contains(got, `"ci"`) {
		t.Errorf("crane finds %q, %v", got, err)
	}
	got, err = command(t, containersEnv(t), installed(t, "podman"), "login", "--get-login", "--authfile", filepath.Join(dir, "auth.json"), "docker.io")
	if err != nil || strings.TrimSpace(got) != "ci" {
		t.Errorf("podman finds %q, %v", got, err)
	}
}

// TestLoginInHelper: crane and we share what a helper keeps.
func TestLoginInHelper(t *testing.T) {
	t.Parallel()
	locked := startLocked(t)
	env, _ := helperLogin(t, locked.Host)
	for _, variable := range env {
		if dir, ok := strings.CutPrefix(variable, "DOCKER_CONFIG="); ok {
			config := filepath.Join(dir, "config.json")
			if err := os.WriteFile(config, []byte(`{"credsStore": "canary"}`), 0o600); err != nil {
				t.Fatal(err)
			}
			defer func() {
				if raw, err := os.ReadFile(config); err != nil || strings.Contains(string(raw), `"auth"`) {
					t.Errorf("the file has %s, %v", raw, err)
				}
			}()
		}
	}
	push := sources(t, "app")
	quietly(t, done, env, "", "auth", "logout", locked.Host)
	quietly(t, denied, env, "", append(push, "--target", locked.Host+"/app:1.0")...)
	_, stderr := quietly(t, done, env, htpasswdPassword, "auth", "login", "-u", "ci", "--password-stdin", locked.Host)
	if !strings.Contains(stderr, "is stored by docker-credential-canary") || strings.Contains(stderr, "encryption") {
		t.Error(stderr)
	}
	quietly(t, done, env, "", append(push, "--target", locked.Host+"/app:1.0")...)
	if _, err := command(t, env, tool(t, "crane"), "digest", locked.Host+"/app:1.0"); err != nil {
		t.Error(err)
	}
	if listed := listLogins(t, env); len(listed) != 1 || listed[0].Username != "ci" || listed[0].Helper != "docker-credential-canary" {
		t.Errorf("listed as %+v", listed)
	}
	quietly(t, done, env, "", "auth", "logout", "--all")
	quietly(t, denied, env, "", "digest", locked.Host+"/app:1.0")
}

// TestLoginOfEngine: docker uses our login, and its own file is as it was beside the login.
func TestLoginOfEngine(t *testing.T) {
	t.Parallel()
	locked, e := startLocked(t), startEngine(t)
	var env []string
	for _, variable := range e.env {
		if strings.HasPrefix(variable, "DOCKER_CONFIG=") {
			env = []string{variable}
		}
	}
	if _, err := e.docker(t, "login", locked.Host); err == nil {
		t.Fatal("docker logs in without a password: this test sees nothing")
	}
	quietly(t, done, env, htpasswdPassword, "auth", "login", "-u", "ci", "--password-stdin", locked.Host)
	if said := e.must(t, "login", locked.Host); !strings.Contains(said, "existing credentials") {
		t.Errorf("docker says %s", said)
	}
	e.must(t, "logout", locked.Host)
	if listed := listLogins(t, env); len(listed) > 0 {
		t.Errorf("after docker logout there is %+v", listed)
	}
}

// TestLoginsAtTheSameTime: processes lose no login of each other.
func TestLoginsAtTheSameTime(t *testing.T) {
	t.Parallel()
	open := startDistribution(t)
	env := []string{"REGISTRY_AUTH_FILE=" + filepath.Join(t.TempDir(), "new", "auth.json")}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			quietly(t, done, env, canary, "auth", "login", "-u", "ci", "--password-stdin", fmt.Sprintf("%s/team%d", open.Host, i))
		})
	}
	all.Wait()
	if listed := listLogins(t, env); len(listed) != 8 {
		t.Errorf("%d logins are left: %+v", len(listed), listed)
	}
}
