package integration

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// TestDockerManifestInspect compares the output of manifest inspect with the output of docker's own client, byte
// for byte.
func TestDockerManifestInspect(t *testing.T) {
	t.Parallel()
	docker := installed(t, "docker")
	r := startDistribution(t)
	env := []string{"HOME=" + t.TempDir(), "DOCKER_CLI_EXPERIMENTAL=enabled"}
	for _, name := range pushForDocker(t, r.Host) {
		t.Run(name, func(t *testing.T) {
			for _, args := range [][]string{{name}, {"-v", name}} {
				sameAsDocker(t, docker, env, r.Host, args...)
			}
		})
	}
}

// TestDockerDraftInspect does the same for drafts that are not pushed yet, and for their images.
func TestDockerDraftInspect(t *testing.T) {
	t.Parallel()
	docker := installed(t, "docker")
	r := startDistribution(t)
	env := []string{"HOME=" + t.TempDir(), "DOCKER_CLI_EXPERIMENTAL=enabled"}
	pushForDocker(t, r.Host)
	for _, program := range []string{docker, binary(t)} {
		for _, sequence := range []string{
			// the names are in the order of the alphabet: docker sorts them
			"create L/app:1.0 L/app:amd64 L/app:arm L/app:win L/other:amd64",
			"annotate L/app:1.0 L/app:win --os-features win32k",
			"annotate L/app:1.0 L/app:win --os-features b,win32k --os-version 10.0.17763.1",
			"annotate L/app:1.0 L/app:amd64 --variant v2",
			"annotate L/app:1.0 L/other:amd64 --arch arm64 --variant v8",
			"create L/app:oci L/app:oci-amd64",
		} {
			words := append([]string{"manifest"}, strings.Fields(strings.ReplaceAll(sequence, "L/", r.Host+"/"))...)
			if words[1] == "create" {
				words = slices.Insert(words, 2, "--insecure")
			}
			if _, err := command(t, env, program, words...); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, args := range []string{
		"app:1.0", "-v app:1.0", "app:oci", "-v app:oci",
		"app:1.0 app:amd64", "-v app:1.0 app:amd64", "-v app:1.0 app:arm", "app:1.0 app:win", "-v app:1.0 app:win",
		"-v app:1.0 other:amd64", "app:oci app:oci-amd64", "-v app:oci app:oci-amd64",
	} {
		t.Run(args, func(t *testing.T) { sameAsDocker(t, docker, env, r.Host, strings.Fields(args)...) })
	}
}

// sameAsDocker runs manifest inspect with docker's client and with ours. Arguments that are no flags are names on
// the registry.
func sameAsDocker(t *testing.T, docker string, env []string, host string, args ...string) {
	t.Helper()
	words := []string{"manifest", "inspect", "--insecure"}
	for _, arg := range args {
		if !strings.HasPrefix(arg, "-") {
			arg = host + "/" + arg
		}
		words = append(words, arg)
	}
	theirs, err := command(t, env, docker, words...)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := command(t, env, binary(t), words...)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(theirs, ours); diff != "" || theirs == "" {
		t.Errorf("%s differs (-docker +ours):\n%s", strings.Join(args, " "), diff)
	}
}

// pushForDocker pushes images and indexes that docker's client can inspect, and returns their names. It cannot
// inspect an index within an index, or an index whose children are absent.
func pushForDocker(t *testing.T, host string) []string {
	t.Helper()
	amd64 := registrytest.Image{Architecture: "amd64"}
	arm := registrytest.Image{Architecture: "arm", Variant: "v7"}
	win := registrytest.Image{OS: "windows", Architecture: "amd64", OSVersion: "10.0.17763.5329"}
	asDocker := func(i registrytest.Image) registrytest.Artifact {
		i.Docker = true
		return i.Build()
	}
	artifacts := map[string]registrytest.Artifact{
		"app:amd64": asDocker(amd64), "app:arm": asDocker(arm), "app:win": asDocker(win), "other:amd64": asDocker(amd64),
		"app:oci-amd64": amd64.Build(), "app:oci-arm": arm.Build(),
		"app:list":     registrytest.Index(true, asDocker(amd64), asDocker(arm), asDocker(win)),
		"app:index":    registrytest.Index(false, amd64.Build(), arm.Build(), win.Build()),
		"app:attested": registrytest.Attested(amd64.Build()),
	}
	for name, s := range registrytest.Shapes() {
		if name != "cnab" && name != "sparse" {
			artifacts["shapes:"+name] = s.Artifact
		}
	}
	for name, a := range artifacts {
		repository, tag, _ := strings.Cut(name, ":")
		pushArtifact(t, host, repository, tag, a)
	}
	names := slices.Sorted(maps.Keys(artifacts))
	return append(names, pushRewritten(t, host, artifacts)...)
}

// pushRewritten pushes documents whose white space, characters and fields are not those that Go writes.
func pushRewritten(t *testing.T, host string, artifacts map[string]registrytest.Artifact) []string {
	t.Helper()
	edits := map[string][]string{
		"amd64":     {`"layers":`, `"annotations":{"a<b":"&\u00fc / \u2028"},"layers":`},
		"oci-amd64": {`"layers":`, `"annotations":{"a<b":"&\u00fc"},"unknown":{"k":[1e3]},"layers":`},
		"list":      {`"os":"windows"`, `"os":"windows","os.features":["win32k","a<b"],"features":["sse4"]`},
		"index":     {`"os":"windows"`, `"os":"windows","os.features":["win32k"]`, `"mediaType":"application/vnd.oci.image.index.v1+json",`, ``},
	}
	var names []string
	for name, pairs := range edits {
		a := artifacts["app:"+name]
		edited := strings.NewReplacer(pairs...).Replace(string(a.Manifest))
		if edited == string(a.Manifest) {
			t.Fatalf("%s: nothing is edited", name)
		}
		var indented bytes.Buffer
		if err := json.Indent(&indented, []byte(edited), " ", "    "); err != nil {
			t.Fatal(err)
		}
		for tag, raw := range map[string]string{"edited-" + name: edited, "indented-" + name: indented.String() + "\n"} {
			send(t, http.MethodPut, "http://"+host+"/v2/app/manifests/"+tag, string(a.MediaType), []byte(raw), http.StatusCreated)
			names = append(names, "app:"+tag)
		}
	}
	return names
}
