package auth

import (
	"context"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// A CI system may give its jobs a login for its own registry. The login is used in such a job only: elsewhere
// the variable may have another meaning.

// A jobLogin is a login in the environment of a job.
type jobLogin struct {
	host               string
	username, password string
	variable           string
}

func (j jobLogin) find(_ context.Context, r name.Repository) (Credential, error) {
	if j.password == "" || canonicalHost(r.RegistryStr()) != canonicalHost(j.host) {
		return Credential{}, nil
	}
	return Credential{
		AuthConfig: authn.AuthConfig{Username: j.username, Password: j.password},
		Source:     Source{Place: "$" + j.variable, Key: j.host},
	}, nil
}

// gitlabLogin is the login for the registry of the GitLab server that runs the job
// (https://docs.gitlab.com/ci/variables/predefined_variables/).
func gitlabLogin(getenv func(string) string) jobLogin {
	j := jobLogin{
		host:     getenv("CI_REGISTRY"),
		username: getenv("CI_REGISTRY_USER"),
		password: getenv("CI_REGISTRY_PASSWORD"),
		variable: "CI_REGISTRY_PASSWORD",
	}
	if getenv("GITLAB_CI") != "true" || j.host == "" || j.username == "" {
		return jobLogin{}
	}
	return j
}

// githubLogin is the login for ghcr.io in a job of github.com. Gitea and Forgejo set the same variables, but GitHub
// must not see their token. GITHUB_SERVER_URL shows the difference.
func githubLogin(getenv func(string) string) jobLogin {
	server := strings.TrimSuffix(getenv("GITHUB_SERVER_URL"), "/")
	if getenv("GITHUB_ACTIONS") != "true" || server != "https://github.com" || getenv("GITHUB_ACTOR") == "" {
		return jobLogin{}
	}
	return jobLogin{host: "ghcr.io", username: getenv("GITHUB_ACTOR"), password: getenv("GITHUB_TOKEN"), variable: "GITHUB_TOKEN"}
}
