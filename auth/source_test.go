package auth

import (
	"context"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
)

func wantSource(t *testing.T, k *Keychain, repository, want string) {
	t.Helper()
	r, err := name.NewRepository(repository)
	if err != nil {
		t.Fatal(err)
	}
	found, err := k.Credential(t.Context(), r)
	if got := fmt.Sprint(found); err != nil || got != want || strings.Contains(got, canary) {
		t.Errorf("for %s there is %q, %v; want %q", repository, got, err, want)
	}
}

func TestSourceIsNamed(t *testing.T) {
	programs(t, map[string]string{"one": answer("one"), "token": `printf '{"Username":"<token>","Secret":"` + canary + `"}'`})
	home := t.TempDir()
	write(t, `{"auths": {"https://quay.io": `+stored("me")+`, "docker.io": `+stored("me")+`, "ghcr.io": {"registrytoken": "`+canary+`"},
		"reg.example/team": {"identitytoken": "`+canary+`"}}, "credHelpers": {"a.example": "one", "b.example": "token"}}`, home, ".docker", "config.json")
	write(t, `{"credsStore": "one"}`, home, "run", "containers", "auth.json")
	k := New(Options{
		Given:  []Given{{Registry: registryOf(t, "given.example:5000"), Username: "me", Password: canary, Flag: "--creds"}},
		Getenv: getenv(map[string]string{"HOME": home, "XDG_RUNTIME_DIR": filepath.Join(home, "run")}),
	})
	file := filepath.FromSlash("~/.docker/config.json")
	for repository, want := range map[string]string{
		"given.example:5000/app":     "the login for given.example:5000 from --creds",
		"quay.io/me/app":             "the login for quay.io from " + file,
		"me/app":                     "the login for index.docker.io from " + file,
		"ghcr.io/me/app":             "the registry token for ghcr.io from " + file,
		"reg.example/team/app":       "the identity token for reg.example/team from " + file,
		"a.example/app":              "the login from docker-credential-one for a.example (credHelpers of " + file + ")",
		"b.example/app":              "the identity token from docker-credential-token for b.example (credHelpers of " + file + ")",
		"c.example/app":              "the login from docker-credential-one for c.example (credsStore of " + filepath.FromSlash("~/run/containers/auth.json") + ")",
		"given.example.evil.org/app": "the login from docker-credential-one for given.example.evil.org (credsStore of " + filepath.FromSlash("~/run/containers/auth.json") + ")",
	} {
		wantSource(t, k, repository, want)
	}
}

func registryOf(t *testing.T, host string) name.Registry {
	t.Helper()
	registry, err := name.NewRegistry(host)
	if err != nil {
		t.Fatal(err)
	}
	return registry
}

// What answers first is all that is read: what comes behind it may be broken.
func TestSourcesAreAskedInTurn(t *testing.T) {
	home := t.TempDir()
	write(t, "broken", home, ".docker", "config.json")
	env := map[string]string{"HOME": home, "DOCKER_AUTH_CONFIG": `{"auths": {"quay.io": ` + stored("env") + `}}`}
	k := New(Options{Getenv: getenv(env)})
	wantSource(t, k, "quay.io/app", "the login for quay.io from $DOCKER_AUTH_CONFIG")
	if _, err := ask(t, k, "ghcr.io/app"); err == nil || !strings.Contains(err.Error(), "config.json") {
		t.Errorf("the broken file is told as %v", err)
	}
	file := write(t, `{"auths": {"quay.io": `+stored("file")+`, "ghcr.io": `+stored("file")+`}}`, home, "auth.json")
	env["REGISTRY_AUTH_FILE"] = file
	wantSource(t, New(Options{Getenv: getenv(env)}), "quay.io/app", "the login for quay.io from $DOCKER_AUTH_CONFIG")
	wantSource(t, New(Options{Getenv: getenv(env)}), "ghcr.io/app", "the login for ghcr.io from "+filepath.FromSlash("~/auth.json"))
	wantSource(t, New(Options{DockerConfig: file, Getenv: getenv(env)}), "quay.io/app", "the login for quay.io from "+filepath.FromSlash("~/auth.json"))
	env["DOCKER_AUTH_CONFIG"] = `{"auths": {"quay.io": {"auth": "` + canary
	if _, err := ask(t, New(Options{Getenv: getenv(env)}), "quay.io/app"); err == nil || !strings.Contains(err.Error(), "$DOCKER_AUTH_CONFIG: line 1") {
		t.Errorf("a broken variable is told as %v", err)
	}
}

func TestLoginOfAJob(t *testing.T) {
	gitlab := map[string]string{"GITLAB_CI": "true", "CI_REGISTRY": "gitlab.example:5050", "CI_REGISTRY_USER": "bot", "CI_REGISTRY_PASSWORD": canary}
	github := map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_ACTOR": "me", "GITHUB_TOKEN": canary}
	tests := []struct {
		name         string
		env          map[string]string
		but          string // NAME=value of a variable that is another, or not there
		repository   string
		user, source string
	}{
		{"GitLab", gitlab, "", "gitlab.example:5050/group/app", "bot", "the login for gitlab.example:5050 from $CI_REGISTRY_PASSWORD"},
		{"GitLab, another host", gitlab, "", "gitlab.example/group/app", "", ""},
		{"GitLab, a longer host", gitlab, "", "gitlab.example.evil.org:5050/app", "", ""},
		{"no job of GitLab", gitlab, "GITLAB_CI=", "gitlab.example:5050/group/app", "", ""},
		{"GitLab without its registry", gitlab, "CI_REGISTRY=", "gitlab.example:5050/group/app", "", ""},
		{"GitLab without a password", gitlab, "CI_REGISTRY_PASSWORD=", "gitlab.example:5050/group/app", "", ""},
		{"GitHub", github, "", "ghcr.io/me/app", "me", "the login for ghcr.io from $GITHUB_TOKEN"},
		{"GitHub, another host", github, "", "ghcr.io.evil.org/me/app", "", ""},
		{"GitHub, Docker Hub", github, "", "me/app", "", ""},
		{"no job of GitHub", github, "GITHUB_ACTIONS=", "ghcr.io/me/app", "", ""},
		{"a job of Gitea", github, "GITHUB_SERVER_URL=https://gitea.example", "ghcr.io/me/app", "", ""},
		{"a job of something alike", github, "GITHUB_SERVER_URL=", "ghcr.io/me/app", "", ""},
		{"GitHub without a token", github, "GITHUB_TOKEN=", "ghcr.io/me/app", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			changed, value, _ := strings.Cut(tt.but, "=")
			env := func(key string) string {
				if key == changed {
					return value
				}
				return tt.env[key]
			}
			want := none
			if tt.user != "" {
				want = login(tt.user)
				wantSource(t, New(Options{Getenv: env}), tt.repository, tt.source)
			}
			wantCredential(t, New(Options{Getenv: env}), tt.repository, want)
			config := write(t, `{}`, t.TempDir(), "config.json")
			wantCredential(t, New(Options{DockerConfig: config, Getenv: env}), tt.repository, none)
		})
	}
	home := t.TempDir()
	write(t, `{"auths": {"ghcr.io": `+stored("stored")+`}}`, home, ".docker", "config.json")
	github["HOME"] = home
	wantCredential(t, New(Options{Getenv: getenv(github)}), "ghcr.io/me/app", login("stored"))
}

func TestCloudHelper(t *testing.T) {
	for host, want := range map[string]string{
		"123456789012.dkr.ecr.eu-central-1.amazonaws.com":          "ecr-login",
		"123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn":         "ecr-login",
		"123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com":    "ecr-login",
		"123456789012.dkr-ecr.us-east-1.on.aws":                    "ecr-login",
		"public.ecr.aws":                                           "ecr-login",
		"europe-west1-docker.pkg.dev":                              "gcloud",
		"gcr.io":                                                   "gcloud",
		"eu.gcr.io":                                                "gcloud",
		"acme.azurecr.io":                                          "acr-env",
		"123456789012.dkr.ecr.eu-central-1.amazonaws.com.evil.org": "",
		"amazonaws.com":                                            "",
		"evilgcr.io":                                               "",
		"gcr.io.evil.org":                                          "",
		"acme.azurecr.io:1":                                        "",
		"ghcr.io":                                                  "",
	} {
		if got := CloudHelper(host); got != want {
			t.Errorf("the helper of %s is %q, want %q", host, got, want)
		}
	}
}

// FuzzConfig: whatever a config says, reading it ends without a panic, and an error does not repeat it.
func FuzzConfig(f *testing.F) {
	for _, seed := range []string{
		`{"auths": {"quay.io": {"auth": "bWU6cHc="}}}`, `{"auths": {"quay.io/a": {"identitytoken": "x"}, "https://quay.io/v1/": {}}}`,
		`{"credHelpers": {"quay.io": "../x"}}`, `{"auths": {"": {"auth": "%"}}}`, `{"auths": null}`, "", "[", `{"auths": {"///": {"auth": "/"}}}`,
	} {
		f.Add([]byte(seed), "quay.io/a/b")
	}
	f.Fuzz(func(t *testing.T, raw []byte, repository string) {
		r, err := name.NewRepository(repository)
		if err != nil {
			t.Skip()
		}
		secret := base64.StdEncoding.EncodeToString([]byte("x:" + canary))
		c, err := parse([]byte(strings.ReplaceAll(string(raw), "bWU6cHc=", secret)))
		if err == nil {
			c.CredHelpers, c.CredsStore = nil, "" // nothing is run here
			s := configSource{read: func(context.Context) (*config, error) { return c, nil }}
			var found Credential
			if found, err = s.find(context.Background(), r); strings.Contains(fmt.Sprint(found), canary) {
				t.Errorf("%v shows the secret", found)
			}
		}
		if err != nil && (strings.Contains(err.Error(), canary) || strings.Contains(err.Error(), secret)) {
			t.Errorf("the error shows the secret: %v", err)
		}
	})
}
