package integration

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// dockerSequences are what people do with docker manifest. R is the registry, LIST the name that is pushed.
var dockerSequences = map[string]string{
	"plain": `create LIST R/app:amd64 R/app:arm64
		push LIST`,
	"annotated, pushed, removed": `create LIST R/app:amd64 R/app:arm64
		annotate LIST R/app:amd64 --os linux --arch amd64
		annotate LIST R/app:arm64 --os linux --arch arm64 --variant v8
		inspect LIST
		push LIST
		rm LIST`,
	"other repositories, purged": `create LIST R/x8664-test:latest R/armv7-test:latest R/app:arm64
		annotate LIST R/armv7-test:latest --arch arm --variant v7
		push --purge LIST`,
	"amended": `create LIST R/app:amd64
		create --amend LIST R/app:arm64
		create -a LIST R/app:s390x
		push -p LIST`,
	"amended with what is there": `create LIST R/app:amd64 R/app:arm64
		annotate --variant v8 LIST R/app:arm64
		create LIST --amend R/app:amd64 --amend R/app:arm64 --amend R/app:s390x
		push LIST`,
	"for Windows": `create LIST R/app:amd64 R/win:1809 R/win:ltsc2022
		annotate --os-version 10.0.17763.1 --os windows --arch amd64 LIST R/win:1809
		annotate LIST R/win:ltsc2022 --os-features win32k
		push LIST`,
	"built for another architecture": `create LIST R/app:amd64 R/cross:latest
		annotate LIST R/cross:latest --arch ppc64le
		push LIST`,
	"pushed twice": `create LIST R/app:amd64
		push LIST
		create --amend LIST R/app:arm64
		push LIST`,
	"named without a tag": `create LIST R/x8664-test R/armv7-test
		push LIST`,
}

// TestDockerManifest does the same with docker's own client and with ours. The results hold the same images
// for the same platforms.
func TestDockerManifest(t *testing.T) {
	t.Parallel()
	docker := installed(t, "docker")
	if out, err := command(t, []string{"HOME=" + t.TempDir()}, docker, "manifest", "create", "--help"); err != nil {
		unavailable(t, "docker manifest", err)
	} else if !strings.Contains(out, "--amend") {
		t.Fatal("docker manifest is another one")
	}
	r := startDistribution(t)
	for name, image := range map[string]registrytest.Image{
		"app:amd64": {Architecture: "amd64"}, "app:arm64": {Architecture: "arm64"}, "app:s390x": {Architecture: "s390x"},
		"x8664-test:latest": {Architecture: "amd64"}, "armv7-test:latest": {Architecture: "arm", Variant: "v7"},
		"cross:latest": {Architecture: "amd64", Seed: "cross"}, "win:1809": {OS: "windows", Architecture: "amd64"},
		"win:ltsc2022": {OS: "windows", Architecture: "amd64", OSVersion: "10.0.20348.1", Seed: "2022"},
	} {
		image.Docker = true
		repository, tag, _ := strings.Cut(name, ":")
		pushArtifact(t, r.Host, repository, tag, image.Build())
	}
	for name, sequence := range dockerSequences {
		t.Run(name, func(t *testing.T) {
			repository := strings.NewReplacer(" ", "-", ",", "").Replace(strings.ToLower(name))
			theirs := draftAndPush(t, r, sequence, repository+"/docker", docker, "manifest")
			ours := draftAndPush(t, r, sequence, repository+"/ours", binary(t))
			if diff := cmp.Diff(theirs, ours); diff != "" || len(theirs) == 0 {
				t.Errorf("what we push differs (-docker +ours):\n%s", diff)
			}
			ours = draftAndPush(t, r, sequence, repository+"/alias", binary(t), "manifest")
			if diff := cmp.Diff(theirs, ours); diff != "" {
				t.Errorf("with the word manifest it differs (-docker +ours):\n%s", diff)
			}
		})
	}
}

// draftAndPush carries out a sequence and gives what was pushed: the digests by platform.
func draftAndPush(t *testing.T, r registry, sequence, repository, program string, args ...string) map[string]string {
	t.Helper()
	env := []string{"HOME=" + t.TempDir(), "DOCKER_CLI_EXPERIMENTAL=enabled"}
	list := r.Host + "/" + repository + ":1.0"
	for line := range strings.Lines(sequence) {
		words := strings.Fields(strings.NewReplacer("LIST", list, "R/", r.Host+"/").Replace(line))
		if words[0] == "create" || words[0] == "push" || words[0] == "inspect" {
			words = append(words, "--insecure")
			if words[0] != "create" { // docker's own order
				words = append([]string{words[0], "--insecure"}, words[1:len(words)-1]...)
			}
		}
		if _, err := command(t, env, program, append(args, words...)...); err != nil {
			t.Fatal(err)
		}
	}
	return platformsBehind(t, r.Host, repository, "1.0")
}

func platformsBehind(t *testing.T, host, repository, tag string) map[string]string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+host+"/v2/"+repository+"/manifests/"+tag, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.index.v1+json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var index v1.IndexManifest
	if err := json.Unmarshal(raw, &index); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s %v\n%s", response.Status, err, raw)
	}
	images := map[string]string{"type": string(index.MediaType)}
	for _, d := range index.Manifests {
		platform := d.Platform.String()
		if len(d.Platform.OSFeatures) > 0 {
			platform += " " + strings.Join(d.Platform.OSFeatures, ",")
		}
		images[platform] = d.Digest.String()
	}
	return images
}
