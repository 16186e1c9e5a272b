package remote

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote/network"
)

// A registry that another one names must not be closer than the other one.
func TestLeader(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{})
	server.Push(t, "app", "1", registrytest.Image{}.Build())
	repository, err := name.NewRepository(server.Host() + "/app")
	if err != nil {
		t.Fatal(err)
	}
	for what, test := range map[string]struct {
		leaders map[string]Leader
		allow   []string
		refused bool
	}{
		"the user names the registry":   {nil, nil, false},
		"a public leader":               {map[string]Leader{server.Host(): {"reg.example", network.Public}}, nil, true},
		"a leader of unknown reach":     {map[string]Leader{server.Host(): {"reg.example", 0}}, nil, true},
		"a leader on this machine":      {map[string]Leader{server.Host(): {"localhost:5000", network.Local}}, nil, false},
		"the leader of another one":     {map[string]Leader{"other.example": {"reg.example", network.Public}}, nil, false},
		"a public leader, and a permit": {map[string]Leader{server.Host(): {"reg.example", network.Public}}, []string{server.Host()}, false},
	} {
		t.Run(what, func(t *testing.T) {
			server.ResetRequests()
			s := NewSession([]Use{{Repository: repository}}, Options{Leaders: test.leaders, AllowRealms: test.allow})
			defer s.Close()
			r, err := s.Open(t.Context(), repository)
			if err != nil {
				t.Fatal(err)
			}
			_, err = r.Describe(t.Context(), registry.Ref{Tag: "1"})
			if refused := errors.Is(err, registry.ErrUnverified); refused != test.refused || !refused && err != nil {
				t.Errorf("%v", err)
			}
			if test.refused && (!strings.Contains(err.Error(), "reg.example leads to 127.0.0.1, which is on this machine") || len(server.Requests()) > 0) {
				t.Errorf("%d requests: %v", len(server.Requests()), err)
			}
			if want := network.Local; !test.refused && s.Reach(repository.Registry) != want {
				t.Errorf("the reach is %s, want %s", s.Reach(repository.Registry), want)
			}
		})
	}
}
