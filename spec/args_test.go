package spec

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFromArgs(t *testing.T) {
	tests := []struct {
		name string
		args Args
		want string
	}{
		{
			"C34: the architecture in the name",
			Args{Platforms: []string{"linux/amd64", "linux/arm64"}, Template: "quay.io/app-ARCH:1.0", Target: "quay.io/app:1.0"},
			"quay.io/app [1.0] auto\nquay.io/app-amd64:1.0 linux/amd64\nquay.io/app-arm64:1.0 linux/arm64\n",
		},
		{
			"C35: the architecture in front, bare arm",
			Args{Platforms: []string{"linux/arm", "linux/s390x"}, Template: "me/app:ARCH-1.0", Target: "me/app:1.0"},
			"docker.io/me/app [1.0] auto\ndocker.io/me/app:arm-1.0 linux/arm\ndocker.io/me/app:s390x-1.0 linux/s390x\n",
		},
		{
			"C39: ARCHVARIANT",
			Args{Platforms: []string{"linux/amd64", "linux/arm/v7", "linux/arm64/v8"}, Template: "quay.io/app:1-ARCHVARIANT", Target: "quay.io/app:1"},
			"quay.io/app [1] auto\nquay.io/app:1-amd64 linux/amd64\nquay.io/app:1-armv7 linux/arm/v7\nquay.io/app:1-arm64v8 linux/arm64/v8\n",
		},
		{
			"C44: the name alone",
			Args{Platforms: []string{"linux/amd64"}, Template: "me/app:ARCH", Target: "me/app"},
			"docker.io/me/app [latest] auto\ndocker.io/me/app:amd64 linux/amd64\n",
		},
		{
			"C49: the target is the source",
			Args{Platforms: []string{"linux/amd64"}, Template: "quay.io/app:1", Target: "quay.io/app:1"},
			"quay.io/app [1] auto\nquay.io/app:1 linux/amd64\n",
		},
		{
			"tags in their order, each once",
			Args{Platforms: []string{"linux/amd64"}, Template: "quay.io/app:ARCH", Target: "quay.io/app:1", Tags: []string{"b", "1", "a", "b"}},
			"quay.io/app [1 b a] auto\nquay.io/app:amd64 linux/amd64\n",
		},
		{
			"tags alone",
			Args{Platforms: []string{"linux/amd64"}, Template: "quay.io/app:ARCH", Target: "quay.io/app", Tags: []string{"b", "a"}},
			"quay.io/app [b a] auto\nquay.io/app:amd64 linux/amd64\n",
		},
		{
			"aliases",
			Args{Platforms: []string{"linux/x86_64", "Linux/armhf"}, Template: "quay.io/app:OS-ARCHVARIANT", Target: "quay.io/app:1"},
			"quay.io/app [1] auto\nquay.io/app:linux-amd64 linux/amd64\nquay.io/app:linux-armv7 linux/arm/v7\n",
		},
		{
			"the version of the system",
			Args{Platforms: []string{"windows/amd64:10.0.17763"}, Template: "quay.io/app:OS", Target: "quay.io/app:1"},
			"quay.io/app [1] auto\nquay.io/app:windows windows/amd64:10.0.17763\n",
		},
		{
			"layouts",
			Args{Platforms: []string{"linux/amd64"}, Template: "oci-layout:out/ARCH", Target: "oci-layout:out/all:1"},
			"oci-layout:out/all [1] auto\noci-layout:out/amd64 linux/amd64\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _, err := FromArgs(tt.args, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, specText(s)); diff != "" {
				t.Errorf("FromArgs (-want +got):\n%s", diff)
			}
			checkValid(t, s)
		})
	}
}

func TestFromArgsArchNames(t *testing.T) {
	args := Args{Platforms: []string{"linux/amd64", "linux/arm64", "linux/arm/v6", "linux/arm/v7"}, Template: "quay.io/app:ARCHVARIANT", Target: "quay.io/app:1"}
	s, _, err := FromArgs(args, Options{ArchNames: []string{"x86_64=x64", "arm64=aarch64", "arm/v6=armel"}})
	if err != nil {
		t.Fatal(err)
	}
	want := "quay.io/app [1] auto\nquay.io/app:x64 linux/amd64\nquay.io/app:aarch64 linux/arm64\nquay.io/app:armel linux/arm/v6\nquay.io/app:armv7 linux/arm/v7\n"
	if diff := cmp.Diff(want, specText(s)); diff != "" {
		t.Errorf("FromArgs (-want +got):\n%s", diff)
	}
}

func TestFromArgsRefuses(t *testing.T) {
	good := Args{Platforms: []string{"linux/amd64"}, Template: "app:ARCH", Target: "app:1"}
	tests := []struct {
		name    string
		change  func(*Args)
		options Options
		want    string // a line for each problem; "…" is any text
	}{
		{"nothing given", func(a *Args) { *a = Args{} }, Options{}, "an image name is missing\nno platform given: …"},
		{"target with digest", func(a *Args) { a.Target = "app@" + digest }, Options{}, `image "docker.io/library/app@` + digest + `": the target must have a tag, not a digest`},
		{"archive without a name in it", func(a *Args) { a.Target = "oci-archive:out.tar" }, Options{ByDigest: true}, `image "oci-archive:out.tar": an image in an archive needs a name: remove --by-digest`},
		{"docker's archive as target", func(a *Args) { a.Target = "docker-archive:out.tar" }, Options{}, "…manifest-tool cannot write docker archives: push to a registry, to oci-layout:DIR or to oci-archive:FILE"},
		{"target with tag and digest", func(a *Args) { a.Target = "app:1@" + digest }, Options{ByDigest: true}, "…the target must have a tag, not a digest"},
		{"unknown os", func(a *Args) { a.Platforms = []string{"linx/amd64"} }, Options{}, `unknown os "linx"; did you mean linux?…`},
		{"no platform", func(a *Args) { a.Platforms = []string{"amd64"} }, Options{}, `platform "amd64": …`},
		{"too many platforms", func(a *Args) { a.Platforms = slices.Repeat(a.Platforms, MaxEntries+1) }, Options{}, "1001 platforms; the limit is 1000"},
		{"Docker with annotations", func(*Args) {}, Options{Type: Docker, Annotations: Annotations{Index: map[string]string{"k": "v"}}}, "a Docker list cannot hold annotations…"},
		{"bad tag", func(a *Args) { a.Tags = []string{"ok", "-a"} }, Options{}, `tag "-a": …`},
		{"arch name without name", func(*Args) {}, Options{ArchNames: []string{"amd64"}}, `arch name "amd64": expected ARCHITECTURE=NAME…`},
		{"arch name that is empty", func(*Args) {}, Options{ArchNames: []string{"amd64="}}, `arch name "amd64=": expected ARCHITECTURE=NAME…`},
		{"arch name of nothing known", func(*Args) {}, Options{ArchNames: []string{"amd46=x"}}, `arch name "amd46=x": unknown architecture "amd46"; did you mean amd64?…`},
		{"placeholder of another tool", func(a *Args) { a.Template = "app:{{.Arch}}" }, Options{}, "…the placeholder {{.Arch}} was not replaced"},
		{"one mistake in the template is told once", func(a *Args) { a.Template, a.Platforms = "App:1", []string{"linux/amd64", "linux/arm64"} }, Options{}, `image "App:1": a repository name must be in lower case: use app`},
		{
			"everything at once",
			func(a *Args) {
				*a = Args{Platforms: []string{"linx/amd64", "linux"}, Template: "App:ARCH", Target: "T", Tags: []string{"-a"}}
			},
			Options{ArchNames: []string{"bad"}},
			`tag "-a": …
image "T": …
arch name "bad": …
unknown os "linx"…
image "App:amd64": …
platform "linux": …`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			args := good
			tt.change(&args)
			_, _, err := FromArgs(args, tt.options)
			var wrong *Error
			if !errors.As(err, &wrong) {
				t.Fatalf("FromArgs: %T %v, want an *Error", err, err)
			}
			compareLines(t, "", tt.want, err.Error())
		})
	}
}

func TestFromArgsNotes(t *testing.T) {
	args := Args{Platforms: []string{"linux/amd64", "linux/x86_64"}, Template: "app:ARCH", Target: "app"}
	_, notes, err := FromArgs(args, Options{})
	if err != nil {
		t.Fatal(err)
	}
	compareLines(t, "", `no tag given: pushing to docker.io/library/app:latest…
platform linux/x86_64 is linux/amd64, which also replaces ARCH in the template (use --arch-names amd64=x86_64 to keep the other name there)`, strings.Join(notes, "\n"))

	args.Platforms, args.Target = []string{"Linux/AMD64", "linux/arm64/8"}, "app:1"
	if _, notes, err = FromArgs(args, Options{}); err != nil || len(notes) != 0 {
		t.Errorf("notes %q, error %v; want none", notes, err)
	}
}

func TestFromArgsOptions(t *testing.T) {
	args := Args{Platforms: []string{"beos/z80"}, Template: "app:ARCH", Target: "app:1", Tags: []string{"x"}}
	s, notes, err := FromArgs(args, Options{AllowUnknownPlatform: true, ByDigest: true, Type: Docker})
	if err != nil || len(notes) != 1 || notes[0] != "not moving these tags (--by-digest): 1, x" {
		t.Fatalf("notes %q, error %v", notes, err)
	}
	if diff := cmp.Diff("docker.io/library/app [] docker\ndocker.io/library/app:z80 beos/z80\n", specText(s)); diff != "" {
		t.Errorf("FromArgs (-want +got):\n%s", diff)
	}
}
