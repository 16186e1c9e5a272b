package attest

import (
	"net/url"
	"strings"
)

// LocalBuilder is the id of a builder that no CI names.
const LocalBuilder = reference + "#local-builder"

// A Builder is who has run the assembly, and in which run.
type Builder struct{ ID, InvocationID string }

// BuilderFrom finds the builder in the environment of a CI. Only variables of the CI itself count, and none of them is
// a secret.
func BuilderFrom(getenv func(string) string) Builder {
	var b Builder
	switch {
	case getenv("GITHUB_ACTIONS") == "true":
		server := getenv("GITHUB_SERVER_URL")
		repository := server + "/" + getenv("GITHUB_REPOSITORY")
		// as actions/attest-build-provenance names them
		b.ID = server + "/" + getenv("GITHUB_WORKFLOW_REF")
		b.InvocationID = repository + "/actions/runs/" + getenv("GITHUB_RUN_ID") + "/attempts/" + getenv("GITHUB_RUN_ATTEMPT")
	case getenv("GITLAB_CI") == "true":
		// as GitLab Runner names them
		b.ID = getenv("CI_PROJECT_URL") + "/-/runners/" + getenv("CI_RUNNER_ID")
		b.InvocationID = getenv("CI_JOB_URL")
	}
	if !isPublicURL(b.ID) {
		return Builder{ID: LocalBuilder}
	}
	if !isPublicURL(b.InvocationID) {
		b.InvocationID = ""
	}
	return b
}

const maxURL = 2000 // bytes

// isPublicURL reports whether a text is a complete URL without a user name and a password.
func isPublicURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && u.RawQuery == "" &&
		len(text) <= maxURL && !strings.HasSuffix(text, "/") && !strings.Contains(u.Path, "//")
}
