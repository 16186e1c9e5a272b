package remote

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/manifest-tool/manifest-tool/registry"
)

// withTokenServer is a registry without content that asks for tokens, and its token server.
func withTokenServer(token answers) answers {
	return func(r *http.Request) (*http.Response, error) {
		switch {
		case r.URL.Path == "/token":
			return token(r)
		case r.Header.Get("Authorization") == "":
			return answerOf(401, `Bearer realm="https://reg.test/token",service="x"`, ""), nil
		}
		return answerOf(404, "", ""), nil
	}
}

func answerOf(status int, challenge, body string) *http.Response {
	header := http.Header{}
	if challenge != "" {
		header.Set("WWW-Authenticate", challenge)
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body))}
}

// The refusal of one login is not that of another login for the same registry, however often it happens.
func TestLoginsForOneRegistry(t *testing.T) {
	token := func(r *http.Request) (*http.Response, error) {
		time.Sleep(time.Second)
		if _, password, _ := r.BasicAuth(); password != "right" {
			return answerOf(401, "", "{}"), nil
		}
		return answerOf(200, "", `{"token":"abc"}`), nil
	}
	for _, many := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			o := Options{Many: many, Transport: withTokenServer(token), Credentials: func(_ context.Context, r name.Repository) (Credential, error) {
				return Credential{AuthConfig: authn.AuthConfig{Username: "ci", Password: r.RepositoryStr()}}, nil
			}}
			r := open(t, o, "reg.test", "wrong", "right")
			done := make(chan error, 2*maxTries)
			for range 2 * maxTries {
				go func() {
					_, err := r[0].Manifest(t.Context(), tag("x"))
					done <- err
				}()
				synctest.Wait()
			}
			if _, err := r[1].Manifest(t.Context(), tag("x")); !errors.Is(err, registry.ErrNotFound) {
				t.Errorf("the right login: %v", err)
			}
			for range 2 * maxTries {
				if err := <-done; !errors.Is(err, registry.ErrDenied) {
					t.Errorf("the wrong login: %v", err)
				}
			}
		})
	}
}

// A registry that asks for a password while requests wait for a token gets the token from these.
func TestBasicChallengeDuringTokenRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		token := func(r *http.Request) (*http.Response, error) {
			select {
			case <-r.Context().Done():
				return nil, r.Context().Err()
			case <-time.After(time.Second):
				return answerOf(200, "", `{"token":"abc","expires_in":1}`), nil
			}
		}
		r := open(t, Options{Transport: withTokenServer(token), Credentials: login}, "reg.test", "a")[0]
		read := func(ctx context.Context) error {
			_, err := r.Manifest(ctx, tag("x"))
			return err
		}
		if err := read(t.Context()); !errors.Is(err, registry.ErrNotFound) {
			t.Fatal(err)
		}
		time.Sleep(time.Minute) // the token expires
		first, giveUp := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- read(first) }()
		synctest.Wait()
		go func() { done <- read(t.Context()) }() // waits for the first
		synctest.Wait()
		if _, err := r.client.answerBasic(challenge{scheme: "basic"}, sentLogin{}); err != nil {
			t.Fatal(err)
		}
		giveUp()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if err := <-done; !errors.Is(err, registry.ErrNotFound) {
			t.Error(err)
		}
	})
}
