// Package examples holds specs to start from. The test plans every one of them.
package examples

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/internal/repositorytest"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

func TestExamples(t *testing.T) {
	var files []string
	for _, pattern := range []string{"*.yaml", "*.json"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) < 5 {
		t.Fatalf("only %q", files)
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			s, notes, err := spec.Load(file, f, spec.Options{Strict: true})
			if err != nil || len(notes) > 0 {
				t.Fatalf("%v %q", err, notes)
			}
			everything := everything{}
			for i, e := range s.Entries {
				s.Entries[i].Source = everything.add(e)
			}
			state, err := resolve.Push(t.Context(), everything, s, plan.Options{})
			if err != nil {
				t.Fatal(err)
			}
			plans, notes, err := plan.Push(s, state, plan.Options{Strict: true})
			if err != nil || len(notes) > 0 || len(plans[0].Entries) != len(s.Entries) {
				t.Errorf("%d plans, notes %q, %v", len(plans), notes, err)
			}
		})
	}
}

// everything is a session in which every image exists that an example names.
type everything map[spec.Place]*repositorytest.Memory

func (w everything) memory(place spec.Place) *repositorytest.Memory {
	if w[place] == nil {
		w[place] = &repositorytest.Memory{}
	}
	return w[place]
}

func (w everything) Open(_ context.Context, place spec.Place) (registry.Repository, error) {
	return w.memory(place), nil
}

func (w everything) Close() error { return nil }

// add makes an image for the platform that the entry names, or that its name says, and gives the
// reference to it: a digest that an example pins is only an example.
func (w everything) add(e spec.Entry) spec.Reference {
	architecture := e.Platform.Architecture
	for _, word := range []string{"amd64", "arm64", "s390x"} {
		if architecture == "" && strings.Contains(e.Source.String(), word) {
			architecture = word
		}
	}
	version := e.Platform.OSVersion
	if e.Platform.OS == "windows" && version == "" {
		version = "10.0.17763.5329"
	}
	image := registrytest.Image{OS: e.Platform.OS, Architecture: architecture, Variant: e.Platform.Variant, OSVersion: version}.Build()
	m := w.memory(e.Source.Place)
	for _, blob := range image.Blobs {
		m.AddBlob(types.OCILayer, blob)
	}
	manifest := registry.NewManifest(types.MediaType(image.MediaType), image.Manifest)
	m.AddManifest("latest", manifest)
	return spec.Reference{Place: e.Source.Place, Digest: manifest.Digest}
}
