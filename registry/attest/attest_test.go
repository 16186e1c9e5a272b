package attest

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

var update = flag.Bool("update", false, "write the golden files again")

func at(t *testing.T, name string) spec.Reference {
	t.Helper()
	ref, err := spec.ParseReference(name)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func digest(text string) v1.Hash { return registry.DigestOf([]byte(text)) }

func assembly(t *testing.T) Assembly {
	return Assembly{
		Target: at(t, "registry.example/app").Place, Index: digest("index"), Tags: []Tag{{"1.0", digest("index")}, {"1.0-arm64", digest("arm64")}},
		Parameters: Parameters{
			Targets: []string{"registry.example/app:1.0"}, Type: "auto",
			Entries:     []EntryParameters{{Image: "registry.example/app:1.0-arm64", Platform: "linux/arm64", Annotations: map[string]string{"b": "<&>", "a": "1"}}},
			Annotations: map[string]string{"org.opencontainers.image.version": "1.0"},
		},
		Sources: []Source{
			{at(t, "registry.example/app:1.0-arm64"), v1.Platform{OS: "linux", Architecture: "arm64"}, digest("arm64")},
			{at(t, "registry.example/app:1.0-arm64"), v1.Platform{OS: "linux", Architecture: "arm64"}, digest("arm64")},
			{at(t, "oci-layout:/home/user/secret-folder/build"), v1.Platform{}, digest("layout")},
		},
		Builder: Builder{ID: "https://ci.example/builder", InvocationID: "https://ci.example/runs/1"},
	}
}

// The bytes of a statement and of its manifest are the same on each machine. Users compare their digests.
func TestGolden(t *testing.T) {
	statement, err := assembly(t).Statement()
	if err != nil {
		t.Fatal(err)
	}
	made, err := NewReferrer(v1.Descriptor{MediaType: types.OCIImageIndex, Digest: digest("index"), Size: 491}, statement)
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string][]byte{"statement.json": statement, "manifest.json": made.Manifest.Bytes} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, got, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v\n got %s\nwant %s", name, err, got, want)
		}
	}
	for i, content := range made.Contents {
		if d := made.Blobs[i]; d.Digest != registry.DigestOf(content) || d.Size != int64(len(content)) {
			t.Errorf("blob %d is not what its descriptor says", i)
		}
	}
	predicate, err := Predicate(statement)
	if err != nil || !bytes.Contains(statement, append([]byte(`"predicate":`), predicate...)) {
		t.Errorf("the predicate is not that of the statement: %v\n%s", err, predicate)
	}
}

// The byproduct is the digest of bytes that the statement holds too.
func TestByproduct(t *testing.T) {
	raw, err := assembly(t).Statement()
	var s struct {
		Predicate struct {
			RunDetails struct{ Byproducts []descriptor }
		}
	}
	if err != nil || json.Unmarshal(raw, &s) != nil {
		t.Fatal(err)
	}
	plan := s.Predicate.RunDetails.Byproducts[0]
	if plan.Digest.SHA256 != registry.DigestOf(plan.Content).Hex {
		t.Errorf("the content %s does not have the digest %s", plan.Content, plan.Digest.SHA256)
	}
	want := `{"target":"registry.example/app","index":"` + digest("index").String() + `","tags":[{"tag":"1.0","digest":"` + digest("index").String() + `"},{"tag":"1.0-arm64","digest":"` + digest("arm64").String() + `"}]}`
	if string(plan.Content) != want {
		t.Errorf("the plan is\n%s\nwant\n%s", plan.Content, want)
	}
}

func TestPURL(t *testing.T) {
	const hex = "ab7a82c2b5cdc9261c0f05c7beacd4fa89b3f4bb4566e65c47426bccfb1187e6"
	for name, want := range map[string]string{
		"alpine:3.20":                        "pkg:docker/alpine@3.20",
		"acme/app:1.0":                       "pkg:docker/acme/app@1.0",
		"localhost:5000/app:1.0":             "pkg:docker/localhost:5000/app@1.0",
		"registry.example/a/b@sha256:" + hex: "pkg:docker/registry.example/a/b?digest=sha256:" + hex,
		"registry.example/a:1@sha256:" + hex: "pkg:docker/registry.example/a@1?digest=sha256:" + hex,
	} {
		if got := purl(Source{Reference: at(t, name)}); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	windows := Source{Reference: at(t, "app:1"), Platform: v1.Platform{OS: "windows", Architecture: "amd64", OSVersion: "10.0.20348.1"}}
	if got, want := purl(windows), "pkg:docker/app@1?platform=windows%2Famd64:10.0.20348.1"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// The builder is that of the CI. What is no public URL is left out.
func TestBuilderFrom(t *testing.T) {
	github := map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "acme/app",
		"GITHUB_WORKFLOW_REF": "acme/app/.github/workflows/release.yml@refs/heads/main", "GITHUB_RUN_ID": "7", "GITHUB_RUN_ATTEMPT": "2",
	}
	with := func(key, value string) map[string]string {
		changed := map[string]string{key: value}
		for k, v := range github {
			if k != key {
				changed[k] = v
			}
		}
		return changed
	}
	run := "https://github.com/acme/app/actions/runs/7/attempts/2"
	for name, tt := range map[string]struct {
		env  map[string]string
		want Builder
	}{
		"none":   {nil, Builder{ID: LocalBuilder}},
		"GitHub": {github, Builder{"https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main", run}},
		"GitLab": {map[string]string{"GITLAB_CI": "true", "CI_PROJECT_URL": "https://gitlab.example/acme/app", "CI_RUNNER_ID": "3", "CI_JOB_URL": "https://gitlab.example/acme/app/-/jobs/9"},
			Builder{"https://gitlab.example/acme/app/-/runners/3", "https://gitlab.example/acme/app/-/jobs/9"}},
		"another CI":       {map[string]string{"CI": "true", "GITHUB_SERVER_URL": "https://github.com"}, Builder{ID: LocalBuilder}},
		"no workflow":      {with("GITHUB_WORKFLOW_REF", ""), Builder{ID: LocalBuilder}},
		"no server":        {with("GITHUB_SERVER_URL", ""), Builder{ID: LocalBuilder}},
		"a password":       {with("GITHUB_SERVER_URL", "https://ci:secret@github.com"), Builder{ID: LocalBuilder}},
		"no repository":    {with("GITHUB_REPOSITORY", ""), Builder{ID: "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main"}},
		"no runner":        {map[string]string{"GITLAB_CI": "true", "CI_PROJECT_URL": "https://gitlab.example/acme/app"}, Builder{ID: LocalBuilder}},
		"a control letter": {with("GITHUB_SERVER_URL", "https://github.com\n"), Builder{ID: LocalBuilder}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := BuilderFrom(func(key string) string { return tt.env[key] }); got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
}
