package archive

import (
	"slices"
	"testing"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Each name that is listed can be read. An archive with an image that has no name lists none.
func TestTags(t *testing.T) {
	for file, tt := range map[string]struct {
		kind spec.Kind
		want []string
	}{
		"three-platforms.oci.tar":      {spec.OCIArchive, []string{"1.0"}},
		"podman-arm64.oci-archive.tar": {spec.OCIArchive, []string{"localhost/fx/pod:1.0-arm64"}},
		"amd64-plain.oci.tar":          {spec.OCIArchive, nil},
		"arm64.docker.tar":             {spec.DockerArchive, []string{"docker.io/acme/app:1.0-arm64"}},
		"engine-one-image.docker.tar":  {spec.DockerArchive, []string{"fx/one:1.0-arm64"}},
	} {
		t.Run(file, func(t *testing.T) {
			r, err := Open("testdata/"+file, Options{Kind: tt.kind})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			names, err := r.Tags(t.Context())
			if err != nil || !slices.Equal(names, tt.want) {
				t.Errorf("%q, %v", names, err)
			}
			for _, name := range names {
				if _, err := r.Manifest(t.Context(), registry.Ref{Tag: name}); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
}
