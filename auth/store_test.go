package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	docker "github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/types"
	"github.com/gofrs/flock"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/authn"
)

func keyOf(t *testing.T, text string) Key {
	t.Helper()
	key, err := ParseKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func fileOf(t *testing.T, o Options) File {
	t.Helper()
	if o.Getenv == nil {
		o.Getenv = getenv(nil)
	}
	f, err := FileOf(o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func store(t *testing.T, f File, key string, login authn.AuthConfig) Source {
	t.Helper()
	source, err := f.Store(t.Context(), keyOf(t, key), login)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func content(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestParseKey(t *testing.T) {
	for text, want := range map[string]string{
		"ghcr.io": "ghcr.io", "GHCR.io/": "ghcr.io", "https://ghcr.io": "ghcr.io", "https://ghcr.io/v2/": "ghcr.io",
		"docker.io": "docker.io", "index.docker.io": "docker.io", "registry-1.docker.io": "docker.io", "https://index.docker.io/v1/": "docker.io",
		"localhost": "localhost", "localhost:5000": "localhost:5000", "127.0.0.1:5000": "127.0.0.1:5000", "registry:5000": "registry:5000",
		"ghcr.io/team": "ghcr.io/team", "ghcr.io/team/app/": "ghcr.io/team/app", "docker.io/me": "docker.io/me",
	} {
		if key, err := ParseKey(text); err != nil || key.String() != want {
			t.Errorf("%s is %q, %v; want %q", text, key, err, want)
		}
	}
	for _, text := range []string{"", "/", "ghcr", "team/app", "ghcr.io/app:1.0", "ghcr.io/app@sha256:0", "ci:" + canary + "@ghcr.io", "ghcr.io=" + canary,
		"ghcr.io/Team", "ghcr.io//team", "ghcr.io/te am", "ghcr.io:x", "https://", "ghcr.io/..", "-/x"} {
		if key, err := ParseKey(text); err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("%q is %q, %v; want an error", text, key, err)
		}
	}
}

// TestDockerReadsWhatIsStored: docker's own package finds our logins, and we find those that it stores.
func TestDockerReadsWhatIsStored(t *testing.T) {
	for key, asked := range map[string]string{"quay.io": "quay.io", "docker.io": "https://index.docker.io/v1/", "localhost:5000": "localhost:5000"} {
		dir := filepath.Join(t.TempDir(), "new", "docker")
		f := fileOf(t, Options{DockerConfig: filepath.Join(dir, "config.json")})
		store(t, f, key, login("me"))
		hers, err := docker.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := hers.GetAuthConfig(asked); err != nil || got.Username != "me" || got.Password != canary {
			t.Errorf("for %s docker finds %q, %v", asked, got.Username, err)
		}
		if err := hers.GetCredentialsStore("").Store(types.AuthConfig{ServerAddress: asked, Username: "docker", Password: canary}); err != nil {
			t.Fatal(err)
		}
		wantCredential(t, New(Options{DockerConfig: dir, Getenv: getenv(nil)}), keyOf(t, key).Repository().Name(), login("docker"))
		store(t, f, key, authn.AuthConfig{Username: "me", IdentityToken: canary})
		if hers, err = docker.Load(dir); err != nil {
			t.Fatal(err)
		}
		if got, err := hers.GetAuthConfig(asked); err != nil || got.Username != "me" || got.IdentityToken != canary || got.Password != "" {
			t.Errorf("for %s docker finds an identity token of %q, %v", asked, got.Username, err)
		}
		if erased, err := f.Erase(t.Context(), keyOf(t, key)); err != nil || !erased || strings.Contains(content(t, f.place.path), `"auth"`) {
			t.Errorf("%s: erased %v, %v: %s", key, erased, err, content(t, f.place.path))
		}
		if erased, err := f.Erase(t.Context(), keyOf(t, key)); err != nil || erased {
			t.Errorf("%s: erased again %v, %v", key, erased, err)
		}
	}
}

// TestStoreKeepsTheRest: what other programs have in the file stays, in its order and with its text.
func TestStoreKeepsTheRest(t *testing.T) {
	const before = `{
	"zeta": {"html": "<&>\u00e4", "number": 1.50, "big": 12345678901234567890, "list": [ 1,2 ]},
	"auths": {
		"z.example": {"auth": "eDp5", "email": "z@example"},
		"https://quay.io/v1/": {"auth": "b2xkOm9sZA==", "email": "me@example", "identitytoken": "old"},
		"quay.io": {"auth": "b2xkOm9sZA=="},
		"a.example": {}
	},
	"HttpHeaders": {"X": "y"},
	"currentContext": "default"
}
`
	const want = `{
	"zeta": {
		"html": "<&>\u00e4",
		"number": 1.50,
		"big": 12345678901234567890,
		"list": [
			1,
			2
		]
	},
	"auths": {
		"z.example": {
			"auth": "eDp5",
			"email": "z@example"
		},
		"quay.io": {
			"auth": "bWU6czNjcjN0LWNhbmFyeQ==",
			"email": "me@example"
		},
		"a.example": {}
	},
	"HttpHeaders": {
		"X": "y"
	},
	"currentContext": "default"
}`
	path := write(t, before, t.TempDir(), "config.json")
	f := fileOf(t, Options{DockerConfig: filepath.Dir(path)})
	if source := store(t, f, "quay.io", login("me")); source.Place != path || source.Key != "quay.io" {
		t.Errorf("stored at %+v", source)
	}
	if diff := cmp.Diff(want, content(t, path)); diff != "" {
		t.Error(diff)
	}
	info, _ := os.Stat(path)
	store(t, f, "quay.io", login("me"))
	if again, _ := os.Stat(path); !os.SameFile(info, again) {
		t.Error("a login that is there already is written again")
	}
	if _, err := f.Erase(t.Context(), keyOf(t, "quay.io")); err != nil {
		t.Fatal(err)
	}
	if got := content(t, path); strings.Contains(got, "quay") || !strings.Contains(got, "z@example") || !strings.Contains(got, "12345678901234567890") {
		t.Errorf("after logout: %s", got)
	}
}

// TestKeysOfFiles: docker and podman have other keys for Docker Hub, and only podman has namespaces.
func TestKeysOfFiles(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		o         Options
		key, want string
	}{
		{Options{DockerConfig: filepath.Join(dir, "a")}, "docker.io", "https://index.docker.io/v1/"},
		{Options{DockerConfig: filepath.Join(dir, "new") + string(filepath.Separator)}, "docker.io", "https://index.docker.io/v1/"},
		{Options{DockerConfig: filepath.Join(dir, "h", "auth.json")}, "docker.io", "docker.io"},
		{Options{AuthFile: filepath.Join(dir, "b")}, "docker.io", "docker.io"},
		{Options{AuthFile: filepath.Join(dir, "c", "config.json")}, "docker.io", "https://index.docker.io/v1/"},
		{Options{Getenv: getenv(map[string]string{"REGISTRY_AUTH_FILE": filepath.Join(dir, "d"), "HOME": dir})}, "docker.io", "docker.io"},
		{Options{Getenv: getenv(map[string]string{"DOCKER_CONFIG": filepath.Join(dir, "e")})}, "docker.io", "https://index.docker.io/v1/"},
		{Options{Getenv: getenv(map[string]string{"HOME": dir, "DOCKER_AUTH_CONFIG": "{}"})}, "docker.io", "https://index.docker.io/v1/"},
		{Options{AuthFile: filepath.Join(dir, "f")}, "quay.io/team", "quay.io/team"},
		{Options{AuthFile: filepath.Join(dir, "g")}, "docker.io/team", "docker.io/team"},
	} {
		f := fileOf(t, tt.o)
		store(t, f, tt.key, login("me"))
		if got := content(t, f.place.path); !strings.Contains(got, `"`+tt.want+`": {`) {
			t.Errorf("%s: no key %s in %s", f.Name(), tt.want, got)
		}
		if tt.o.Getenv == nil {
			tt.o.Getenv = getenv(nil)
		}
		wantCredential(t, New(tt.o), keyOf(t, tt.key).Repository().Name(), login("me"))
	}
	var misplaced *KeyError
	if _, err := fileOf(t, Options{DockerConfig: dir}).Store(t.Context(), keyOf(t, "quay.io/team"), login("me")); !errors.As(err, &misplaced) {
		t.Errorf("a namespace in docker's file: %v", err)
	}
	if _, err := FileOf(Options{Getenv: getenv(nil)}); err == nil {
		t.Error("without HOME there is a file")
	}
}

func TestStoredFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no modes and links")
	}
	home := t.TempDir()
	real := write(t, `{"credsStore": "", "x": 1}`, home, "dotfiles", "real.json")
	for name, target := range map[string]string{"linked": real, "relative": "../dotfiles/real.json", "dangling": filepath.Join(home, "dotfiles", "later.json")} {
		dir := filepath.Join(home, name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		link := filepath.Join(dir, "config.json")
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(real, 0o644); err != nil {
			t.Fatal(err)
		}
		store(t, fileOf(t, Options{DockerConfig: link}), name+".example", login("me"))
		if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("%s is no link any more", link)
		}
		if info, err := os.Stat(link); err != nil || info.Mode().Perm() != 0o600 || !strings.Contains(content(t, link), name+".example") {
			t.Errorf("%s: %v, %v", link, info.Mode(), err)
		}
	}
	if !strings.Contains(content(t, real), `"x": 1`) {
		t.Error(content(t, real))
	}
	made := filepath.Join(home, "made", "docker")
	f := fileOf(t, Options{DockerConfig: filepath.Join(made, "config.json")})
	if erased, err := f.Erase(t.Context(), keyOf(t, "quay.io")); err != nil || erased {
		t.Errorf("erased %v, %v", erased, err)
	}
	if _, err := os.Stat(made); err == nil {
		t.Error("a logout makes a folder")
	}
	store(t, f, "quay.io", login("me"))
	if info, err := os.Stat(made); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder has %v, %v", info.Mode(), err)
	}
	entries, _ := os.ReadDir(made)
	if len(entries) != 1 {
		t.Errorf("the folder has %v", entries)
	}
}

// TestBrokenFile: a file that is not understood is an error, and stays.
func TestBrokenFile(t *testing.T) {
	for _, text := range []string{"{", `{"auths": {`, "[]", `"x"`, "{} x", "{}{}", `{"auths": []}`, `{"auths": "x"}`, `{"auths": {"quay.io": 1}}`,
		`{"auths": {}, "Auths": {}}`, `{"auths": {"a": {}}, "auths": {"b": {}}}`, `{"credHelpers": []}`, "\xff\xfe{}", "x" + canary} {
		path := write(t, text, t.TempDir(), "config.json")
		f := fileOf(t, Options{DockerConfig: path})
		_, err := f.Store(t.Context(), keyOf(t, "quay.io"), login("me"))
		var wrong *ConfigError
		if !errors.As(err, &wrong) || strings.Contains(err.Error(), canary) || content(t, path) != text {
			t.Errorf("%q: error %v, and the file has %q", text, err, content(t, path))
		}
	}
	for _, text := range []string{"", "\n", "null", "{}", `{"auths": null}`, `{"AUTHS": {"a.example": {}}}`} {
		path := write(t, text, t.TempDir(), "config.json")
		store(t, fileOf(t, Options{DockerConfig: path}), "quay.io", login("me"))
		wantCredential(t, New(Options{DockerConfig: path, Getenv: getenv(nil)}), "quay.io/app", login("me"))
		if strings.Contains(text, "a.example") && !strings.Contains(content(t, path), "a.example") {
			t.Error(content(t, path))
		}
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "config.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := fileOf(t, Options{DockerConfig: dir}).Store(t.Context(), keyOf(t, "quay.io"), login("me")); err == nil {
		t.Error("a folder is taken for a file")
	}
}

// TestStoreAtTheSameTime: no login is lost, and readers see whole files.
func TestStoreAtTheSameTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "config.json")
	var all sync.WaitGroup
	for i := range 30 {
		all.Go(func() {
			host := fmt.Sprintf("host%d.example", i)
			f := fileOf(t, Options{DockerConfig: path})
			if _, err := f.Store(t.Context(), keyOf(t, host), login("me")); err != nil {
				t.Error(err)
			}
			if i%3 == 0 {
				if erased, err := f.Erase(t.Context(), keyOf(t, host)); err != nil || !erased {
					t.Errorf("%s: erased %v, %v", host, erased, err)
				}
			}
			if raw, err := os.ReadFile(path); err != nil || !json.Valid(raw) {
				t.Errorf("a reader sees %q, %v", raw, err)
			}
		})
	}
	all.Wait()
	for i := range 30 {
		want := login("me")
		if i%3 == 0 {
			want = none
		}
		wantCredential(t, New(Options{DockerConfig: path, Getenv: getenv(nil)}), fmt.Sprintf("host%d.example/app", i), want)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("the folder has %v", entries)
	}
}

// TestStoreWaitsForTheLock: a lock that another process holds is an error after a while, and what a killed process leaves
// is none.
func TestStoreWaitsForTheLock(t *testing.T) {
	path := write(t, "{}", t.TempDir(), "config.json")
	f := fileOf(t, Options{DockerConfig: path})
	lock := flock.New(write(t, "", path+".lock"))
	if err := lock.Lock(); err != nil {
		t.Fatal(err)
	}
	defer func(d time.Duration) { lockWait = d }(lockWait)
	lockWait = 200 * time.Millisecond
	if _, err := f.Store(t.Context(), keyOf(t, "quay.io"), login("me")); !errors.Is(err, ErrLocked) || content(t, path) != "{}" {
		t.Errorf("error %v, and the file has %s", err, content(t, path))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := f.Store(ctx, keyOf(t, "quay.io"), login("me")); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrLocked) {
		t.Errorf("at the end of the context: %v", err)
	}
	if err := lock.Close(); err != nil { // the file stays
		t.Fatal(err)
	}
	store(t, f, "quay.io", login("me"))
	if _, err := os.Stat(path + ".lock"); err == nil {
		t.Error("the lock file stays")
	}
	if err := os.Mkdir(path+".lock", 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Store(t.Context(), keyOf(t, "ghcr.io"), login("me")); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a folder in the place of the lock: %v", err)
	}
}

// TestStoreInHelper: the helper keeps the login, the file an empty entry, and the secret is in no argument or variable.
func TestStoreInHelper(t *testing.T) {
	seen := realHelpers(t, "one", "two")
	path := write(t, `{"auths": {"quay.io": `+stored("old")+`}, "credHelpers": {"ghcr.io": "two", "fails.example": "fails"}, "credsStore": "one"}`, t.TempDir(), "config.json")
	f := fileOf(t, Options{DockerConfig: path})
	for key, want := range map[string]Source{
		"quay.io":   {Place: "credsStore of " + path, Key: "quay.io", Helper: "docker-credential-one"},
		"docker.io": {Place: "credsStore of " + path, Key: "https://index.docker.io/v1/", Helper: "docker-credential-one"},
		"ghcr.io":   {Place: "credHelpers of " + path, Key: "ghcr.io", Helper: "docker-credential-two"},
	} {
		if got := store(t, f, key, login("me")); got != want {
			t.Errorf("stored at %+v, want %+v", got, want)
		}
		found, err := New(Options{DockerConfig: path, Getenv: getenv(nil)}).Credential(t.Context(), keyOf(t, key).Repository())
		if err != nil || found.AuthConfig != login("me") || found.Source != want {
			t.Errorf("%s: found %+v, %v", key, found.Source, err)
		}
	}
	if got := content(t, path); strings.Contains(got, `"auth"`) || !strings.Contains(got, `"quay.io": {}`) || !strings.Contains(got, `"https://index.docker.io/v1/": {}`) {
		t.Errorf("the file has %s", got)
	}
	hers, err := docker.Load(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := hers.GetAuthConfig("docker.io"); err != nil || got.Password != canary {
		t.Errorf("docker finds %q, %v", got.Username, err)
	}
	store(t, f, "quay.io", authn.AuthConfig{Username: "me", IdentityToken: canary})
	wantCredential(t, New(Options{DockerConfig: path, Getenv: getenv(nil)}), "quay.io/app", authn.AuthConfig{IdentityToken: canary})
	logins, err := List(t.Context(), Options{DockerConfig: path, Getenv: getenv(nil)})
	var shown []string
	for _, l := range logins {
		shown = append(shown, strings.Join([]string{l.Key, l.Username, l.Kind, l.Source.Helper}, " "))
	}
	want := []string{"fails.example  helper docker-credential-fails", "docker.io me login docker-credential-one", "quay.io  identity token docker-credential-one", "ghcr.io me login docker-credential-two"}
	slices.Sort(shown)
	slices.Sort(want)
	if err != nil || !slices.Equal(shown, want) {
		t.Errorf("listed %q, %v", shown, err)
	}
	if erased, err := f.Erase(t.Context(), keyOf(t, "quay.io")); err != nil || !erased || strings.Contains(content(t, path), "quay.io") {
		t.Errorf("erased %v, %v", erased, err)
	}
	wantCredential(t, New(Options{DockerConfig: path, Getenv: getenv(nil)}), "quay.io/app", none)
	if erased, err := f.EraseAll(t.Context()); err != nil || !slices.Equal(erased, []string{"docker.io", "ghcr.io"}) {
		t.Errorf("erased %q, %v", erased, err)
	}
	wantCredential(t, New(Options{DockerConfig: path, Getenv: getenv(nil)}), "ghcr.io/app", none)
	if text := seen(); !strings.Contains(text, "[store]") || !strings.Contains(text, "[erase]") || strings.Contains(text, canary) {
		t.Errorf("the helpers are seen with %s", text)
	}
}

// TestHelperRefuses: a helper that fails or hangs is an error, nothing of its output is told, and nothing goes into the
// file instead.
func TestHelperRefuses(t *testing.T) {
	programs(t, map[string]string{
		"fails": `cat; cat >&2 <<X
` + canary + `
X
exit 1`,
		"hangs":  `exec sleep 20`,
		"killed": `kill -9 $$`,
		"sticky": `case $1 in get) printf '{"Username":"x","Secret":"` + canary + `"}';; *) echo not implemented; exit 1;; esac`,
	})
	defer func(d time.Duration) { helperTimeout = d }(helperTimeout)
	helperTimeout = 300 * time.Millisecond
	for helper, want := range map[string]string{"fails": "exit status 1", "hangs": "no answer within 300ms", "killed": "killed", "nowhere": "not found in PATH", "../x": "the name of the helper is invalid", "sticky": "exit status 1"} {
		text := `{"credsStore": "` + helper + `"}`
		path := write(t, text, t.TempDir(), "config.json")
		f := fileOf(t, Options{DockerConfig: path})
		for name, do := range map[string]func() error{
			"store": func() error { _, err := f.Store(t.Context(), keyOf(t, "quay.io"), login("me")); return err },
			"erase": func() error { _, err := f.Erase(t.Context(), keyOf(t, "quay.io")); return err },
			"all":   func() error { _, err := f.EraseAll(t.Context()); return err },
			"list": func() error {
				_, err := List(t.Context(), Options{DockerConfig: path, Getenv: getenv(nil)})
				return err
			},
		} {
			start := time.Now()
			err := do()
			var wrong *HelperError
			if !errors.As(err, &wrong) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), canary) || content(t, path) != text {
				t.Errorf("%s %s: error %v, want %q; the file has %s", helper, name, err, want, content(t, path))
			}
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("%s %s took %v", helper, name, took)
			}
		}
	}
}

// TestEraseWithoutHelper: a helper that does not work, such as one of another machine, keeps no login in the file.
func TestEraseWithoutHelper(t *testing.T) {
	programs(t, map[string]string{"fails": "exit 1"})
	for _, helper := range []string{`"credsStore": "fails"`, `"credsStore": "nowhere"`, `"credsStore": "../x"`, `"credHelpers": {"quay.io": "nowhere"}`} {
		path := write(t, `{"auths": {"quay.io": `+stored("me")+`}, `+helper+`}`, t.TempDir(), "config.json")
		erased, err := fileOf(t, Options{DockerConfig: path}).Erase(t.Context(), keyOf(t, "quay.io"))
		var failed *HelperError
		if !errors.As(err, &failed) || !erased || strings.Contains(content(t, path), `"auth"`) {
			t.Errorf("%s: erased %v, %v; the file has %s", helper, erased, err, content(t, path))
		}
	}
}

// TestListNeverSecret: what is listed holds no secret, also where one stands in the place of a user name.
func TestListNeverSecret(t *testing.T) {
	home := t.TempDir()
	write(t, `{"auths": {"quay.io": `+stored("me")+`, "docker.io": {"identitytoken": "`+canary+`"}, "a.example": {"registrytoken": "`+canary+`"},
		"b.example": {"auth": "`+canary+`"}, "c.example": {"username": "me", "password": "`+canary+`"}, "d.example": {"username": "`+canary+`"}, "empty.example": {}}}`, home, ".docker", "config.json")
	write(t, `{"auths": {"quay.io/team": `+stored("team")+`}}`, home, ".config", "containers", "auth.json")
	write(t, `{`, home, "run", "containers", "auth.json")
	o := Options{Getenv: getenv(map[string]string{"HOME": home, "XDG_RUNTIME_DIR": filepath.Join(home, "run"), "DOCKER_AUTH_CONFIG": `{"auths": {"e.example": ` + stored("e") + `}}`,
		"GITLAB_CI": "true", "CI_REGISTRY": "gitlab.example", "CI_REGISTRY_USER": "job", "CI_REGISTRY_PASSWORD": canary})}
	logins, err := List(context.Background(), o)
	var wrong *ConfigError
	if !errors.As(err, &wrong) || strings.Contains(err.Error(), canary) {
		t.Errorf("error %v", err)
	}
	var shown []string
	for _, l := range logins {
		shown = append(shown, l.Key+" "+l.Username+" "+l.Kind+" "+filepath.ToSlash(l.Source.Place))
	}
	want := []string{"e.example e login $DOCKER_AUTH_CONFIG", "a.example  registry token ~/.docker/config.json", "c.example me login ~/.docker/config.json",
		"d.example  login ~/.docker/config.json", "docker.io  identity token ~/.docker/config.json", "quay.io me login ~/.docker/config.json",
		"quay.io/team team login ~/.config/containers/auth.json", "gitlab.example job login $CI_REGISTRY_PASSWORD"}
	if diff := cmp.Diff(want, shown); diff != "" {
		t.Error(diff)
	}
	if logins, err := List(t.Context(), Options{AuthFile: filepath.Join(home, "none"), Getenv: getenv(nil)}); err != nil || len(logins) > 0 {
		t.Errorf("without a file: %+v, %v", logins, err)
	}
}
