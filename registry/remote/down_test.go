package remote

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/manifest-tool/manifest-tool/registry"
)

// The message does not name a scheme, because the program tries http first and https second.
func TestNoSchemeOfARegistryThatIsDown(t *testing.T) {
	repository, err := name.NewRepository("127.0.0.1:9/app")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	s := NewSession([]Use{{Repository: repository}}, Options{})
	defer s.Close()
	r, err := s.Open(ctx, repository)
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Manifest(ctx, registry.Ref{Tag: "1.0"})
	if err == nil || strings.Contains(err.Error(), "http://") || !strings.Contains(err.Error(), "GET 127.0.0.1:9/v2/app/manifests/1.0") {
		t.Errorf("%v", err)
	}
}
