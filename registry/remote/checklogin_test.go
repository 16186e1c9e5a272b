package remote

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
)

// TestCheckLogin: a login is checked without a repository, and the password becomes an identity token where the token
// server gives one.
func TestCheckLogin(t *testing.T) {
	users := map[string]string{"ci": registrytest.Canary}
	for label, tt := range map[string]struct {
		options  registrytest.Options
		password string
		kind     string
		denied   bool
		identity bool
	}{
		"open":         {registrytest.Options{}, registrytest.Canary, "none", false, false},
		"basic":        {registrytest.Options{Auth: registrytest.BasicAuth, Users: users}, registrytest.Canary, "basic", false, false},
		"basic, wrong": {registrytest.Options{Auth: registrytest.BasicAuth, Users: users}, "x", "", true, false},
		"token":        {registrytest.Options{Auth: registrytest.TokenAuth, Users: users}, registrytest.Canary, "bearer", false, true},
		"token, wrong": {registrytest.Options{Auth: registrytest.TokenAuth, Users: users}, "x", "", true, false},
	} {
		t.Run(label, func(t *testing.T) {
			server := registrytest.New(t, tt.options)
			r, err := name.NewRepository(server.Host() + "/login")
			if err != nil {
				t.Fatal(err)
			}
			session := NewSession([]Use{{Repository: r}}, Options{Backoff: time.Millisecond, Credentials: func(context.Context, name.Repository) (Credential, error) {
				return Credential{AuthConfig: authn.AuthConfig{Username: "ci", Password: tt.password}}, nil
			}})
			defer session.Close()
			got, err := session.CheckLogin(t.Context(), r)
			if errors.Is(err, registry.ErrDenied) != tt.denied || (err != nil) != tt.denied || got.Kind != tt.kind || (got.IdentityToken != "") != tt.identity {
				t.Errorf("kind %q, identity token %v, error %v", got.Kind, got.IdentityToken != "", err)
			}
			for _, request := range server.Requests() {
				if !strings.HasPrefix(request.Path, "/v2/") && request.Query.Get("scope") != "" || strings.Contains(request.Path, "login") {
					t.Errorf("a repository is asked for: %s", request)
				}
			}
		})
	}
}
