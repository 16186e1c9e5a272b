package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/manifest-tool/manifest-tool/internal/lazyregexp"
)

// helperTimeout is how long a helper may take. A test has less time.
var helperTimeout = 30 * time.Second

const maxHelperText = 64 << 10

// helperName matches the part after docker-credential-, which must not be a path.
var helperName = lazyregexp.New(`^[A-Za-z0-9._-]+$`)

// A HelperError is the failure of a credential helper. It does not hold the output of the helper, which may be a
// secret.
type HelperError struct {
	Helper, Server string
	Err            error
}

func (e *HelperError) Error() string {
	return fmt.Sprintf("credential helper docker-credential-%s failed for %s: %v", e.Helper, e.Server, e.Err)
}

// Unwrap returns the cause.
func (e *HelperError) Unwrap() error { return e.Err }

var (
	errHelperName   = errors.New("the name of the helper is invalid")
	errHelperAnswer = errors.New("the helper sent an invalid answer")
	errNotKept      = errors.New("the helper has no credential")
)

// tokenUser is the user name of an identity token in a helper.
const tokenUser = "<token>"

// askHelper returns the credential of a server. A helper that does not know the server returns no credential.
func askHelper(ctx context.Context, helper, server string) (authn.AuthConfig, error) {
	raw, err := runHelper(ctx, helper, "get", server)
	switch {
	case errors.Is(err, errNotKept):
		return authn.AuthConfig{}, nil
	case err != nil:
		return authn.AuthConfig{}, err
	}
	var answer struct{ Username, Secret string }
	if json.Unmarshal(raw, &answer) != nil {
		return authn.AuthConfig{}, &HelperError{Helper: helper, Server: server, Err: errHelperAnswer}
	}
	if answer.Username == tokenUser {
		return authn.AuthConfig{IdentityToken: answer.Secret}, nil
	}
	return authn.AuthConfig{Username: answer.Username, Password: answer.Secret}, nil
}

// runHelper runs "docker-credential-NAME ACTION" (https://github.com/docker/docker-credential-helpers,
// "Development"). The output has no other use and is never shown.
func runHelper(ctx context.Context, helper, action, input string) ([]byte, error) {
	fail := func(err error) ([]byte, error) {
		return nil, &HelperError{Helper: helper, Server: subject(action, input), Err: err}
	}
	if !helperName().MatchString(helper) {
		return fail(errHelperName)
	}
	limited, cancel := context.WithTimeout(ctx, helperTimeout)
	defer cancel()
	var stdout, stderr limitedBuffer
	// The helper stays in the process group, because it may ask a question on the terminal.
	cmd := exec.CommandContext(limited, "docker-credential-"+helper, action)
	cmd.Stdin = strings.NewReader(input)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = time.Second // for children that keep stdout open
	err := cmd.Run()
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return nil, ctx.Err()
	case limited.Err() != nil:
		return fail(fmt.Errorf("no answer within %s", helperTimeout))
	case errors.Is(err, exec.ErrNotFound):
		return fail(errors.New("not found in PATH"))
	case err != nil && (saysNotFound(stdout.kept.String()) || saysNotFound(stderr.kept.String())):
		return fail(errNotKept)
	case err != nil:
		return fail(err)
	}
	return stdout.kept.Bytes(), nil
}

// subject returns what a helper was asked about, for messages. What is stored has a secret in it.
func subject(action, input string) string {
	switch action {
	case "store":
		var given struct{ ServerURL string }
		_ = json.Unmarshal([]byte(input), &given)
		return given.ServerURL
	case "list":
		return "the list of logins"
	}
	return input
}

// notFoundWords are texts of helpers that have no credential for a server. The first three are those of the library
// of most helpers (docker-credential-helpers, credentials/error.go). The others are those of the key stores of
// macOS, of Windows and of the Secret Service, and of helpers without the library.
var notFoundWords = []string{
	"credentials not found",
	"no credentials server url",
	"no credentials username",
	"could not be found in the keychain",
	"element not found",
	"no such secret item",
	"no credentials found",
	"no matching credentials",
}

// saysNotFound reports whether a helper has no credential.
func saysNotFound(text string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(notFoundWords, func(words string) bool { return strings.Contains(text, words) })
}

// A limitedBuffer keeps the first bytes and drops the rest. It does not embed the buffer, because ReadFrom of the
// buffer has no limit.
type limitedBuffer struct{ kept bytes.Buffer }

func (b *limitedBuffer) Write(p []byte) (int, error) {
	b.kept.Write(p[:min(len(p), maxHelperText-b.kept.Len())])
	return len(p), nil
}
