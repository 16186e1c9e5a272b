package intoto

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

const slsa02 = `{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://slsa.dev/provenance/v0.2","predicate":{
 "builder":{"id":"https://github.com/acme/app/actions/runs/1"},"buildType":"https://mobyproject.org/buildkit@v1",
 "materials":[{"uri":"pkg:docker/alpine@3"},{"uri":"pkg:docker/golang@1"}],
 "invocation":{"configSource":{"entryPoint":"Dockerfile"}},
 "metadata":{"https://mobyproject.org/buildkit@v1#metadata":{"vcs":{"revision":"0123","source":"https://github.com/acme/app"}}}}}`

const slsa1 = `{"predicate":{"buildDefinition":{"buildType":"https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md",
 "externalParameters":{"configSource":{"path":"Dockerfile"}},"resolvedDependencies":[{},{},{}]},
 "runDetails":{"builder":{"id":"b"},"metadata":{"buildkit_metadata":{"vcs":{"source":"s","revision":"r"}}}}},
 "predicateType":"https://slsa.dev/provenance/v1"}`

const github = `{"predicateType":"https://slsa.dev/provenance/v1","predicate":{"buildDefinition":{"buildType":"t","externalParameters":{"workflow":{"ref":"refs/heads/main","repository":"https://github.com/acme/app"}},
 "resolvedDependencies":[{"uri":"git+https://github.com/acme/app"}]},"runDetails":{"builder":{"id":"https://github.com/actions/runner"}}}}`

const spdx = `{"predicateType":"https://spdx.dev/Document","predicate":{"SPDXID":"x","packages":[{"name":"a","packages":[1,2,3]},{"name":"b"}],"files":[{}]}}`

const cyclonedx = `{"predicateType":"https://cyclonedx.org/bom","predicate":{"metadata":{"component":{"components":[1]}},"components":[{},{},{}]}}`

// buildkitType is the buildType of slsa1.
const buildkitType = "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md"

func TestParse(t *testing.T) {
	enveloped := `{"payloadType":"application/vnd.in-toto+json","payload":"` + base64.StdEncoding.EncodeToString([]byte(spdx)) + `","signatures":[]}`
	wantSPDX := Statement{PredicateType: "https://spdx.dev/Document", Packages: 2, HasPackages: true}
	tests := []struct {
		text string
		want Statement
	}{
		{slsa02, Statement{PredicateType: "https://slsa.dev/provenance/v0.2", Builder: "https://github.com/acme/app/actions/runs/1", BuildType: "https://mobyproject.org/buildkit@v1",
			Source: "https://github.com/acme/app", Revision: "0123", Materials: 2}},
		{slsa1, Statement{PredicateType: "https://slsa.dev/provenance/v1", Builder: "b", BuildType: buildkitType, Source: "s", Revision: "r", Materials: 3}},
		{github, Statement{PredicateType: "https://slsa.dev/provenance/v1", Builder: "https://github.com/actions/runner", BuildType: "t", Source: "https://github.com/acme/app", Materials: 1}},
		{spdx, wantSPDX},
		{cyclonedx, Statement{PredicateType: "https://cyclonedx.org/bom", Packages: 3, HasPackages: true}},
		{enveloped, wantSPDX},
		{`{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","dsseEnvelope":` + enveloped + `}`, wantSPDX},
		{`{"predicateType":"x","predicate":{"packages":[]}}`, Statement{PredicateType: "x", HasPackages: true}},
		{`{"predicateType":"x","predicate":{"packages":"none","builder":{"id":["a"]}}}`, Statement{PredicateType: "x"}},
	}
	for _, tt := range tests {
		got, err := Parse(strings.NewReader(tt.text))
		if err != nil || got != tt.want {
			t.Errorf("%s:\n%+v, %v, want\n%+v", tt.text, got, err, tt.want)
		}
	}
	for _, none := range []string{"", "{", "[]", "1", `{"predicate":{}}`, `{"payload":"%"}`, `{"payload":""}`, `{"predicateType":"x"`, `{"predicateType":"x",}`,
		`{"predicateType":"x","a":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}`} {
		if s, err := Parse(strings.NewReader(none)); !errors.Is(err, ErrNoStatement) {
			t.Errorf("%.40s: %+v, %v", none, s, err)
		}
	}
}

// TestBuildKit reads what buildx has written.
func TestBuildKit(t *testing.T) {
	f, err := os.Open("../layout/testdata/buildx-amd64/blobs/sha256/421de180e217ad9e33c1060f421dc947fe7ef29575cac063698b6e8a7a15d33a")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := Parse(f)
	want := Statement{PredicateType: "https://slsa.dev/provenance/v1", BuildType: buildkitType}
	if err != nil || s != want {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestTextIsCut(t *testing.T) {
	s, err := Parse(strings.NewReader(`{"predicateType":"` + strings.Repeat("x", 5000) + `"}`))
	if err != nil || len(s.PredicateType) > maxText+len("…") {
		t.Errorf("%d bytes, %v", len(s.PredicateType), err)
	}
}

// A large SBOM is counted while it arrives: the writer has no other reader.
func TestManyPackages(t *testing.T) {
	r, w := io.Pipe()
	go func() {
		fmt.Fprint(w, `{"predicateType":"https://spdx.dev/Document","predicate":{"packages":[{}`)
		for range 100_000 {
			fmt.Fprint(w, `,{"name":"`+strings.Repeat("p", 80)+`"}`)
		}
		fmt.Fprint(w, `]}}`)
		w.Close()
	}()
	s, err := Parse(r)
	if err != nil || s.Packages != 100_001 {
		t.Errorf("%d packages, %v", s.Packages, err)
	}
}

func TestIsStatement(t *testing.T) {
	for mediaType, want := range map[string]bool{"application/vnd.in-toto+json": true, "application/vnd.dsse.envelope.v1+json": true,
		"application/vnd.dev.sigstore.bundle.v0.3+json": true, "application/vnd.oci.image.layer.v1.tar": false} {
		if IsStatement(mediaType) != want {
			t.Error(mediaType)
		}
	}
}

// FuzzParse reads any content.
func FuzzParse(f *testing.F) {
	for _, text := range []string{slsa02, slsa1, github, spdx, cyclonedx, `{"payload":"e30="}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		s, err := Parse(strings.NewReader(string(content)))
		if (err == nil) != (s.PredicateType != "") || s.Packages > len(content) || s.Materials > len(content) {
			t.Errorf("%+v, %v", s, err)
		}
	})
}
