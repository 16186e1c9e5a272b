package auth

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// canary is a secret that may stand in no message.
const canary = "s3cr3t-canary"

var none authn.AuthConfig

func login(user string) authn.AuthConfig {
	return authn.AuthConfig{Username: user, Password: canary}
}

// stored is the entry of a file for login(user).
func stored(user string) string {
	return fmt.Sprintf(`{"auth": %q}`, base64.StdEncoding.EncodeToString([]byte(user+":"+canary)))
}

func write(t *testing.T, content string, path ...string) string {
	t.Helper()
	file := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// getenv is an environment that has nothing of the real one.
func getenv(env map[string]string) func(string) string {
	return func(key string) string { return env[key] }
}

// fromFile is a Keychain that reads one file, with the content given.
func fromFile(t *testing.T, content string) *Keychain {
	t.Helper()
	return New(Options{DockerConfig: write(t, content, t.TempDir(), "config.json"), Getenv: getenv(nil)})
}

func ask(t *testing.T, k *Keychain, repository string) (authn.AuthConfig, error) {
	t.Helper()
	r, err := name.NewRepository(repository)
	if err != nil {
		t.Fatal(err)
	}
	found, err := k.Credential(t.Context(), r)
	if text := fmt.Sprintf("%v %+v %v", found, found.Source, err); strings.Contains(text, canary) {
		t.Errorf("this holds the secret: %s", text)
	}
	return found.AuthConfig, err
}

func wantCredential(t *testing.T, k *Keychain, repository string, want authn.AuthConfig) {
	t.Helper()
	got, err := ask(t, k, repository)
	if err != nil {
		t.Errorf("credential of %s: %v", repository, err)
	} else if got != want {
		t.Errorf("credential of %s is %+v, want %+v", repository, got, want)
	}
}

func TestEntryForms(t *testing.T) {
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	tests := []struct {
		name, entry string
		want        authn.AuthConfig
	}{
		{"user:password", stored("me"), login("me")},
		{"colon in the password", `{"auth": "` + encode("me:a:b") + `"}`, authn.AuthConfig{Username: "me", Password: "a:b"}},
		{"user without password", `{"auth": "` + encode("me") + `"}`, authn.AuthConfig{Username: "me"}},
		{"NUL at the end, as old dockers wrote", `{"auth": "` + encode("me:pw\x00\x00") + `"}`, authn.AuthConfig{Username: "me", Password: "pw"}},
		{"apart", `{"username": "me", "password": "` + canary + `"}`, login("me")},
		{"apart and together", `{"username": "me", "password": "` + canary + `", "email": "x", "auth": "` + encode("me:"+canary) + `"}`, login("me")},
		{"identity token", `{"auth": "` + encode("00000000-0000-0000-0000-000000000000:") + `", "identitytoken": "T"}`, authn.AuthConfig{IdentityToken: "T"}},
		{"registry token", `{"registrytoken": "T"}`, authn.AuthConfig{RegistryToken: "T"}},
		{"empty", `{}`, none},
		{"empty auth", `{"auth": ""}`, none},
		{"auth before username", `{"username": "other", "auth": "` + encode("me:"+canary) + `"}`, login("me")},
		{"without padding", `{"auth": "` + strings.TrimRight(encode("me:"+canary+"x"), "=") + `"}`, authn.AuthConfig{Username: "me", Password: canary + "x"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantCredential(t, fromFile(t, `{"auths": {"quay.io": `+tt.entry+`}}`), "quay.io/me/app", tt.want)
		})
	}
}

func TestNotBase64(t *testing.T) {
	_, err := ask(t, fromFile(t, `{"auths": {"quay.io": {"auth": "%%%"}}}`), "quay.io/me/app")
	var config *ConfigError
	if !errors.As(err, &config) || strings.Contains(err.Error(), "%%%") {
		t.Errorf("error: %v", err)
	}
}

// A token with a character that no header can hold is a fault of the file, and is not shown.
func TestTokenForms(t *testing.T) {
	for _, kind := range []string{"registrytoken", "identitytoken"} {
		for _, end := range []string{`\n`, `\r\nX-Injected: yes`, ` x`, `\u0000`, `\u00e4`, `\t`, `\u007f`} {
			_, err := ask(t, fromFile(t, `{"auths": {"quay.io": {"`+kind+`": "`+canary+end+`"}}}`), "quay.io/me/app")
			var config *ConfigError
			if !errors.As(err, &config) || strings.Contains(err.Error(), canary) {
				t.Errorf("%s with %s: %v", kind, end, err)
			}
		}
	}
}

// An empty spelling of a host does not hide the one that holds something.
func TestEmptySpelling(t *testing.T) {
	for _, auths := range []string{`{"https://quay.io": {}, "quay.io": ` + stored("me") + `}`, `{"https://quay.io": ` + stored("me") + `, "quay.io": {}}`} {
		wantCredential(t, fromFile(t, `{"auths": `+auths+`}`), "quay.io/me/app", login("me"))
	}
}

func TestKeys(t *testing.T) {
	tests := []struct {
		name, key, repository string
		found                 bool
	}{
		{"host", "quay.io", "quay.io/me/app", true},
		{"port", "host:5000", "host:5000/app", true},
		{"host is not host:port", "localhost", "localhost:5000/app", false},
		{"host:port is not host", "localhost:5000", "localhost/app", false},
		{"another port", "localhost:5001", "localhost:5000/app", false},
		{"subdomain", "quay.io", "a.quay.io/app", false},
		{"parent domain", "a.quay.io", "quay.io/app", false},
		{"beginning of a host", "quay.io", "quay.io.evil.example/app", false},
		{"end of a host", "quay.io", "notquay.io/app", false},
		{"https URL", "https://quay.io", "quay.io/app", true},
		{"http URL", "http://quay.io/", "quay.io/app", true},
		{"v1 URL", "https://quay.io/v1/", "quay.io/app", true},
		{"v2 URL", "https://quay.io/v2", "quay.io/app", true},
		{"slash", "quay.io/", "quay.io/app", true},
		{"namespace", "quay.io/me", "quay.io/me/app", true},
		{"whole name", "quay.io/me/app", "quay.io/me/app", true},
		{"other namespace", "quay.io/me", "quay.io/you/app", false},
		{"a namespace that looks like an API", "quay.io/v1", "quay.io/other/app", false},
		{"upper-case host", "Quay.io", "quay.io/other/app", true},
		{"the registry of Docker Hub by its own name", "registry-1.docker.io", "registry-1.docker.io/me/app", true},
		{"beginning of a namespace", "quay.io/me", "quay.io/me2/app", false},
		{"below the name", "quay.io/me/app/x", "quay.io/me/app", false},
		{"namespace on another host", "quay.io/me", "ghcr.io/me/app", false},

		{"Docker Hub's old name", "https://index.docker.io/v1/", "alpine", true},
		{"Docker Hub's index", "index.docker.io", "me/app", true},
		{"docker.io", "docker.io", "me/app", true},
		{"docker.io as URL", "https://docker.io", "docker.io/me/app", true},
		{"docker.io namespace", "docker.io/me", "me/app", true},
		{"docker.io other namespace", "docker.io/me", "you/app", false},
		{"Docker Hub's registry", "registry-1.docker.io", "me/app", true},
		{"Docker Hub's registry as URL", "https://registry-1.docker.io/v2/", "me/app", true},
		{"end of docker.io", "notdocker.io", "me/app", false},
		{"beginning of docker.io", "docker.io.evil.example", "me/app", false},
		{"subdomain of docker.io", "hub.docker.io", "me/app", false},
		{"the other way: end", "docker.io", "notdocker.io/me/app", false},
		{"the other way: beginning", "docker.io", "docker.io.evil.example/me/app", false},
		{"the other way: subdomain", "docker.io", "x.docker.io/me/app", false},
		{"a host named like the URL's path", "https://evil.example/index.docker.io", "me/app", false},
		{"user info before another host", "https://index.docker.io@evil.example", "me/app", false},
		{"empty key", "", "me/app", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := none
			if tt.found {
				want = login("me")
			}
			wantCredential(t, fromFile(t, fmt.Sprintf(`{"auths": {%q: %s}}`, tt.key, stored("me"))), tt.repository, want)
		})
	}
}

// TestLongestKeyWins asks often, as the order of a Go map changes.
func TestLongestKeyWins(t *testing.T) {
	content := fmt.Sprintf(`{"auths": {"quay.io": %s, "quay.io/me": %s, "quay.io/me/app": %s, "https://quay.io/v1/": %s, "quay.io/empty": {}, "http://quay.io": %s}}`,
		stored("host"), stored("namespace"), stored("app"), stored("v1"), stored("http"))
	want := map[string]authn.AuthConfig{
		"quay.io/me/app":    login("app"),
		"quay.io/me/app/x":  login("app"),
		"quay.io/me/other":  login("namespace"),
		"quay.io/me":        login("namespace"),
		"quay.io/you/app":   login("http"), // of three spellings the first in sorted order
		"quay.io/empty/app": login("http"),
		"ghcr.io/me/app":    none,
	}
	for range 100 {
		k := fromFile(t, content)
		for repository, credential := range want {
			wantCredential(t, k, repository, credential)
		}
		if t.Failed() {
			return
		}
	}
}

func TestFileOrder(t *testing.T) {
	dir := t.TempDir()
	env := map[string]string{
		"REGISTRY_AUTH_FILE": filepath.Join(dir, "podman.json"),
		"DOCKER_CONFIG":      filepath.Join(dir, "docker"),
		"HOME":               filepath.Join(dir, "home"),
		"XDG_RUNTIME_DIR":    filepath.Join(dir, "run"),
		"XDG_CONFIG_HOME":    filepath.Join(dir, "config"),
	}
	file := func(user string, path ...string) {
		// Each file knows the host that all know, and one of its own.
		write(t, fmt.Sprintf(`{"auths": {"all.example": %s, "%s.example": %s}}`, stored(user), user, stored(user)), append([]string{dir}, path...)...)
	}
	file("podman", "podman.json")
	file("docker", "docker", "config.json")
	file("home", "home", ".docker", "config.json")
	file("run", "run", "containers", "auth.json")
	file("config", "config", "containers", "auth.json")
	file("dotconfig", "home", ".config", "containers", "auth.json")

	steps := []struct {
		first string
		drop  string // leaves the environment after the step
	}{
		{"podman", "REGISTRY_AUTH_FILE"},
		{"docker", "DOCKER_CONFIG"},
		{"home", "HOME"},
		{"run", "XDG_RUNTIME_DIR"},
		{"config", "XDG_CONFIG_HOME"},
	}
	for _, step := range steps {
		k := New(Options{Getenv: getenv(env)})
		wantCredential(t, k, "all.example/app", login(step.first))
		for _, user := range []string{"run", "config"} { // what one file has not, the next may have
			if env["XDG_RUNTIME_DIR"] != "" {
				wantCredential(t, k, user+".example/app", login(user))
			}
		}
		delete(env, step.drop)
	}
	wantCredential(t, New(Options{Getenv: getenv(env)}), "all.example/app", none)

	home := New(Options{Getenv: getenv(map[string]string{"HOME": filepath.Join(dir, "home")})})
	wantCredential(t, home, "home.example/app", login("home"))
	wantCredential(t, home, "dotconfig.example/app", login("dotconfig"))
	windows := New(Options{Getenv: getenv(map[string]string{"USERPROFILE": filepath.Join(dir, "home")})})
	wantCredential(t, windows, "home.example/app", login("home"))
	override := New(Options{Getenv: getenv(map[string]string{"HOME": filepath.Join(dir, "home"), "DOCKER_CONFIG": filepath.Join(dir, "docker")})})
	wantCredential(t, override, "home.example/app", none) // DOCKER_CONFIG stands for ~/.docker
}

func TestFallThroughAfterEmptyEntry(t *testing.T) {
	dir := t.TempDir()
	write(t, `{"auths": {"quay.io": {}}}`, dir, ".docker", "config.json")
	write(t, `{"auths": {"quay.io": `+stored("podman")+`}}`, dir, ".config", "containers", "auth.json")
	wantCredential(t, New(Options{Getenv: getenv(map[string]string{"HOME": dir})}), "quay.io/app", login("podman"))
}

// TestNoHome sees to it that no variable means no file: not one in the working directory.
func TestNoHome(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{".docker/config.json", "config.json", "containers/auth.json", ".config/containers/auth.json"} {
		write(t, `{"auths": {"quay.io": `+stored("me")+`}}`, dir, path)
	}
	t.Chdir(dir)
	wantCredential(t, New(Options{Getenv: getenv(nil)}), "quay.io/app", none)
}

func TestDockerConfig(t *testing.T) {
	dir := t.TempDir()
	write(t, `{"auths": {"quay.io": `+stored("me")+`}}`, dir, "docker", "config.json")
	write(t, `{"auths": {"quay.io": `+stored("podman")+`}}`, dir, "auth.json") // C48
	write(t, `{"auths": {"quay.io": `+stored("home")+`, "ghcr.io": `+stored("home")+`}}`, dir, ".docker", "config.json")
	env := getenv(map[string]string{"HOME": dir, "REGISTRY_AUTH_FILE": filepath.Join(dir, "auth.json")})
	tests := []struct{ name, path, user string }{
		{"folder", filepath.Join(dir, "docker"), "me"},
		{"folder with slash", filepath.Join(dir, "docker") + "/", "me"},
		{"file", filepath.Join(dir, "docker", "config.json"), "me"},
		{"file with another name", filepath.Join(dir, "auth.json"), "podman"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k := New(Options{DockerConfig: tt.path, Getenv: env})
			wantCredential(t, k, "quay.io/app", login(tt.user))
			wantCredential(t, k, "ghcr.io/app", none) // no other file is read
		})
	}
	for name, path := range map[string]string{"missing": filepath.Join(dir, "nowhere"), "folder without file": t.TempDir()} {
		t.Run(name, func(t *testing.T) {
			_, err := ask(t, New(Options{DockerConfig: path, Getenv: env}), "quay.io/app")
			var wrong *ConfigError
			if !errors.As(err, &wrong) || !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
				t.Errorf("error %v, want a *ConfigError that names %s", err, path)
			}
		})
	}
}

func TestBadFile(t *testing.T) {
	tests := []struct{ name, content, want string }{
		{"cut off", "{\n\"auths\": {\n\"quay.io\": {\"auth\": \"" + canary, "line 3"},
		{"comma too many", "{\n\"auths\": {},\n}", "line 3"},
		{"not JSON", canary, "line 1"},
		{"a list", `["` + canary + `"]`, "not the configuration file of docker"},
		{"auths a word", `{"auths": "` + canary + `"}`, "not the configuration file of docker"},
		{"entry a word", `{"auths": {"quay.io": "` + canary + `"}}`, "not the configuration file of docker"},
		{"auth a number", `{"auths": {"quay.io": {"auth": 1}}}`, "not the configuration file of docker"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k := fromFile(t, tt.content)
			for range 2 { // and again, for the next repository
				_, err := ask(t, k, "quay.io/app")
				var wrong *ConfigError
				if !errors.As(err, &wrong) {
					t.Fatalf("error %T %v, want a *ConfigError", err, err)
				}
				if !strings.Contains(err.Error(), "config.json") || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("error %v, want it to name the file and say %q", err, tt.want)
				}
			}
		})
	}
	for _, content := range []string{"", " \n", "{}", `{"auths": null}`, `{"HttpHeaders": {"x": "y"}, "psFormat": "z"}`} {
		wantCredential(t, fromFile(t, content), "quay.io/app", none)
	}
}

func TestGiven(t *testing.T) {
	given := func(host, user string) *Keychain {
		registry, err := name.NewRegistry(host)
		if err != nil {
			t.Fatal(err)
		}
		config := write(t, `{"auths": {"quay.io": `+stored("stored")+`, "quay.io:443": `+stored("port")+`, "docker.io": `+stored("hub")+`}}`, t.TempDir(), "config.json")
		return New(Options{Given: []Given{{Registry: registry, Username: user, Password: canary, Flag: "--username"}}, DockerConfig: config, Getenv: getenv(nil)})
	}
	k := given("quay.io", "given")
	wantCredential(t, k, "quay.io/me/app", login("given"))
	wantCredential(t, k, "quay.io:443/me/app", login("port"))
	wantCredential(t, k, "me/app", login("hub"))
	wantCredential(t, k, "ghcr.io/me/app", none)
	wantCredential(t, k, "quay.io.evil.example/me/app", none)
	wantCredential(t, k, "a.quay.io/me/app", none)

	wantCredential(t, given("docker.io", "given"), "me/app", login("given"))
	wantCredential(t, given("docker.io", "given"), "quay.io/me/app", login("stored"))
	wantCredential(t, given("registry-1.docker.io", "given"), "me/app", login("given"))
}

// TestGivenNeedsNoFile: who gives a credential is not stopped by a file that is broken.
func TestGivenNeedsNoFile(t *testing.T) {
	registry, err := name.NewRegistry("quay.io")
	if err != nil {
		t.Fatal(err)
	}
	k := New(Options{
		Given:        []Given{{Registry: registry, Username: "given", Password: canary, Flag: "--username"}},
		DockerConfig: write(t, "broken", t.TempDir(), "config.json"), Getenv: getenv(nil),
	})
	wantCredential(t, k, "quay.io/app", login("given"))
	if _, err := k.Credential(context.Background(), name.Repository{}); err == nil {
		t.Error("the broken file is not told for another registry")
	}
}

func TestFilesAreReadOnceAndLate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.json")
	k := New(Options{DockerConfig: path, Getenv: getenv(nil)})
	write(t, `{"auths": {"quay.io": `+stored("first")+`}}`, path)
	wantCredential(t, k, "quay.io/app", login("first"))
	write(t, `{"auths": {"quay.io": `+stored("second")+`}}`, path)
	wantCredential(t, k, "quay.io/app", login("first"))
}
