package push_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

func TestAwait(t *testing.T) {
	amd64, arm64 := v1.Platform{OS: "linux", Architecture: "amd64"}, v1.Platform{OS: "linux", Architecture: "arm64"}
	never := 24 * time.Hour
	tests := []struct {
		name     string
		amd, arm time.Duration // when they are there
		failing  error         // what the registry says of arm64 instead
		wanted   []v1.Platform
		min, max time.Duration // that it takes
		told     string
		looks    int // for arm64, at most
	}{
		{name: "all there"},
		{name: "one comes soon", arm: 1200 * time.Millisecond, min: 1200 * time.Millisecond, max: 3 * time.Second, told: "arm64", looks: 3},
		{name: "one comes", arm: 20 * time.Second, min: 20 * time.Second, max: 36 * time.Second, told: "arm64", looks: 8},
		{name: "both come", amd: 3 * time.Second, arm: 90 * time.Second, min: 90 * time.Second, max: 105 * time.Second, told: "amd64 arm64", looks: 19},
		{name: "one never comes", arm: never, min: 5 * time.Minute, max: 5 * time.Minute, told: "arm64", looks: 47},
		{name: "nobody asks for it", arm: never, wanted: []v1.Platform{amd64}},
		{name: "not a 404", arm: never, failing: registry.ErrDenied, looks: 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				var mu sync.Mutex
				looks := 0
				w := &world{}
				w.describe = func(ref registry.Ref, d v1.Descriptor, err error) (v1.Descriptor, error) {
					mu.Lock()
					defer mu.Unlock()
					from := test.amd
					if ref.Tag == "arm64" {
						looks++
						if from = test.arm; test.failing != nil {
							return d, test.failing
						}
					}
					if time.Since(start) < from {
						return v1.Descriptor{}, registry.ErrNotFound
					}
					return d, err
				}
				s := target("1.0")
				s.Entries = []spec.Entry{w.add(t, "example.com/app:amd64", image("amd64")), w.add(t, "example.com/app:arm64", image("arm64"))}
				s.Entries[0].Platform, s.Entries[1].Platform = amd64, arm64
				s.Entries = append(s.Entries, s.Entries[1])
				var told []string
				err := resolve.Await(t.Context(), w, s, resolve.AwaitOptions{
					For:     5 * time.Minute,
					Plan:    plan.Options{Platforms: test.wanted},
					Waiting: func(ref spec.Reference) { told = append(told, ref.Tag) },
				})
				took := time.Since(start)
				if err != nil || took < test.min || took > test.max {
					t.Errorf("error %v after %s, want none after %s to %s", err, took, test.min, test.max)
				}
				if slices.Sort(told); strings.Join(told, " ") != test.told {
					t.Errorf("told %q, want %q", told, test.told)
				}
				if test.looks > 0 && looks > test.looks {
					t.Errorf("%d looks, at most %d", looks, test.looks)
				}
			})
		})
	}
}

func TestAwaitStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{}
		s := target("1.0")
		s.Entries = []spec.Entry{w.add(t, "example.com/app:amd64", image("amd64"))}
		w.describe = func(registry.Ref, v1.Descriptor, error) (v1.Descriptor, error) {
			return v1.Descriptor{}, registry.ErrNotFound
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		err := resolve.Await(ctx, w, s, resolve.AwaitOptions{For: time.Hour})
		if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took != 10*time.Second {
			t.Errorf("error %v after %s", err, took)
		}
	})
}
