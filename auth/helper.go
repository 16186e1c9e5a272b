package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
)

const (
	helperTimeout = 30 * time.Second
	maxHelperText = 64 << 10
)

// helperName is what may stand behind docker-credential-: no path.
var helperName = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// A HelperError is a credential helper that did not do its work. It holds nothing that the helper
// said, as that may be a secret.
type HelperError struct {
	Helper, Server string
	Err            error
}

func (e *HelperError) Error() string {
	return fmt.Sprintf("credential helper docker-credential-%s, asked for %s: %v", e.Helper, e.Server, e.Err)
}

// Unwrap gives the cause.
func (e *HelperError) Unwrap() error { return e.Err }

// askHelper runs "docker-credential-NAME get" (https://github.com/docker/docker-credential-helpers,
// "Development"). A helper that does not know the server gives no credential.
func askHelper(ctx context.Context, helper, server string) (authn.AuthConfig, error) {
	fail := func(err error) (authn.AuthConfig, error) {
		return authn.AuthConfig{}, &HelperError{Helper: helper, Server: server, Err: err}
	}
	if !helperName.MatchString(helper) {
		return fail(errors.New("this is no name of a helper"))
	}
	limited, cancel := context.WithTimeout(ctx, helperTimeout)
	defer cancel()
	var stdout limitedBuffer
	// It stays in our process group: it may have to ask something on the terminal.
	cmd := exec.CommandContext(limited, "docker-credential-"+helper, "get")
	cmd.Stdin = strings.NewReader(server)
	cmd.Stdout = &stdout
	cmd.WaitDelay = time.Second // for children that keep stdout open
	err := cmd.Run()
	switch text := stdout.kept.String(); {
	case errors.Is(ctx.Err(), context.Canceled):
		return authn.AuthConfig{}, ctx.Err()
	case limited.Err() != nil:
		return fail(fmt.Errorf("no answer within %s", helperTimeout))
	case errors.Is(err, exec.ErrNotFound):
		return fail(errors.New("not found in PATH"))
	case err != nil && strings.Contains(text, "credentials not found"):
		return authn.AuthConfig{}, nil
	case err != nil:
		return fail(err)
	}
	var answer struct{ Username, Secret string }
	if json.Unmarshal(stdout.kept.Bytes(), &answer) != nil {
		return fail(errors.New("its answer has not the form that it should have"))
	}
	if answer.Username == "<token>" {
		return authn.AuthConfig{IdentityToken: answer.Secret}, nil
	}
	return authn.AuthConfig{Username: answer.Username, Password: answer.Secret}, nil
}

// limitedBuffer keeps the first bytes and drops the rest. The buffer is not embedded: its ReadFrom
// would know no limit.
type limitedBuffer struct{ kept bytes.Buffer }

func (b *limitedBuffer) Write(p []byte) (int, error) {
	b.kept.Write(p[:min(len(p), maxHelperText-b.kept.Len())])
	return len(p), nil
}
