package main

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// inspectCase is a command line of inspect, with what it prints and what it costs.
type inspectCase struct {
	name   string
	image  registrytest.Artifact
	args   string // behind inspect; the image is reg.test/app:1.0
	budget budget
	code   int
	want   []string // parts of stdout
	not    []string // what is not part of stdout
}

// bare leaves the platforms out of what an index will list.
func bare(a registrytest.Artifact) registrytest.Artifact {
	a.Platform = v1.Platform{}
	return a
}

func archImage(architecture string) registrytest.Artifact {
	return registrytest.Image{Architecture: architecture, Layers: 2}.Build()
}

// TestInspectCases runs inspect on images that scripts cannot make, and counts its requests.
func TestInspectCases(t *testing.T) {
	amd64, arm64, riscv64 := archImage("amd64"), archImage("arm64"), archImage("riscv64")
	nested := registrytest.Index(false, arm64, riscv64)
	outer := registrytest.Index(false, amd64, nested)
	noPlatforms := registrytest.Index(false, bare(amd64), bare(arm64))
	cases := []inspectCase{
		{name: "for, chosen by the index", image: registrytest.Index(false, amd64, arm64), args: "--for linux/arm64",
			budget: budget{requests: 2, chain: 2}, want: []string{"Chosen: linux/arm64 " + arm64.Digest}},
		{name: "for, none by the index", image: registrytest.Index(false, amd64, arm64), args: "--for linux/s390x",
			budget: budget{requests: 1, chain: 1}, code: 3, want: []string{"Chosen: none"}},
		{name: "for, chosen by the config", image: noPlatforms, args: "--for linux/amd64",
			budget: budget{requests: 3, chain: 3}, want: []string{"Chosen: linux/amd64 " + amd64.Digest, "containerd tries only the first such entry"}},
		{name: "for, refused by the config", image: noPlatforms, args: "--for linux/arm64",
			budget: budget{requests: 3, chain: 3}, code: 3, want: []string{"its config: the architecture is amd64/v1, the node has arm64/v8"}},
		{name: "for, in a nested index", image: outer, args: "--for linux/riscv64",
			budget: budget{requests: 3, chain: 3}, want: []string{"Chosen: linux/riscv64 " + riscv64.Digest, "In the index " + nested.Digest}},
		{name: "tree, nested", image: outer, args: "--format tree",
			budget: budget{requests: 5, chain: 5}, want: []string{"├── linux/amd64  " + amd64.Digest, "└── an index of its own  " + nested.Digest, "    ├── linux/arm64  " + arm64.Digest, "    └── linux/riscv64  " + riscv64.Digest}},
		{name: "template without configs", image: registrytest.Index(false, amd64, arm64), args: "--format={{.Digest}}",
			budget: budget{requests: 3, chain: 3}},
		{name: "template with configs", image: registrytest.Index(false, amd64, arm64), args: "--format={{.Image|json}}",
			budget: budget{requests: 5, chain: 4}, want: []string{`"linux/arm64":{`}},
		{name: "labels of an index", image: registrytest.Index(false, amd64, arm64), args: "--format labels",
			budget: budget{requests: 5, chain: 4}},
		{name: "config of a single image", image: amd64, args: "--format config",
			budget: budget{requests: 2, chain: 2}, want: []string{`"architecture":"amd64"`}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.run(t) })
	}
}

func (c inspectCase) run(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(scenario{options: registrytest.Options{Latency: 50 * time.Millisecond, Referrers: true}}.hostOptions(), nil)
		defer s.close()
		s.network.Latency = 50 * time.Millisecond
		s.registry[regHost].Push(t, "app", "1.0", c.image)
		args := append([]string{"--plain-http", "inspect"}, strings.Fields(c.args)...)
		o := s.run(t, "", append(args, "reg.test/app:1.0")...)
		if o.code != c.code {
			t.Fatalf("exit %d\n%s%s", o.code, o.stdout, o.stderr)
		}
		for _, want := range c.want {
			if !strings.Contains(o.stdout, want) {
				t.Errorf("stdout has no %q:\n%s", want, o.stdout)
			}
		}
		for _, not := range c.not {
			if strings.Contains(o.stdout, not) {
				t.Errorf("stdout has %q:\n%s", not, o.stdout)
			}
		}
		if strings.Contains(c.args, "json") && c.code == 0 && !json.Valid([]byte(o.stdout)) {
			t.Errorf("no JSON: %s", o.stdout)
		}
		c.budget.check(t, s.requests(), o)
	})
}
