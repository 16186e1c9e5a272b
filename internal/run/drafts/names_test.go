package drafts

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	dir := t.TempDir()
	f := Folder{dir, func(...string) { t.Error("a warning") }}
	names := []string{
		"docker.io/library/alpine:latest", "localhost:5000/app/b.c_d-e:V1.0-RC", "oci-layout:/tmp/My Images+more:a", "registry.example/app:1.0",
		"registry.example/app@sha256:" + strings.Repeat("0a", 32),
	}
	var want []string
	for _, name := range names {
		ref, err := ParseList(name)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, ref.String())
		if err := os.WriteFile(f.Path(ref), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, other := range []string{"registry.example+app=1.0.yaml.bak", ".hidden.yaml", "notes.yaml", "%zz.yaml", "%%%.yaml", strings.Repeat("a", 190) + ".yaml", "REGISTRY.example+app=1.yaml", ".lock"} {
		if err := os.WriteFile(filepath.Join(dir, other), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, ref := range f.Names() {
		got = append(got, ref.String())
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := (Folder{filepath.Join(dir, "nowhere"), nil}).Names(); got != nil {
		t.Errorf("without a folder: %v", got)
	}
}
