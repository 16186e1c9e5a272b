package integration

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

const skopeoSync = `registry.example:
  images:
    redis: ["1.0", 2.0]
    team/sub/app: [latest]
docker.io:
  images:
    busybox: [latest]
quay.io:
  images:
    coreos/etcd: [v3]
`

// TestConvertSkopeoSync compares the copies that spec convert makes with those that skopeo sync announces.
func TestConvertSkopeoSync(t *testing.T) {
	t.Parallel()
	skopeo := installed(t, "skopeo")
	file := inFile(t, "sync.yml", skopeoSync)
	env := []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
	announced := regexp.MustCompile(`from="docker://(\S+)" to="docker://(\S+)"`)
	for _, flags := range [][]string{nil, {"--scoped"}} {
		// the announcements are on stderr
		args := slices.Concat([]string{"-c", `exec "$0" "$@" 2>&1`, skopeo, "sync", "--dry-run", "--src", "yaml", "--dest", "docker"}, flags, []string{file, "mirror.example/all/"})
		out, err := command(t, env, "/bin/sh", args...)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, m := range announced.FindAllStringSubmatch(out, -1) {
			from := m[1]
			if from == "busybox:latest" {
				from = "docker.io/library/" + from
			}
			want = append(want, from+" "+m[2])
		}
		got := converted(t, file, append(flags, "--target", "mirror.example/all/")...)
		if slices.Sort(want); len(want) != 5 || !slices.Equal(got, want) {
			t.Errorf("%q: %q, skopeo has %q", flags, got, want)
		}
	}
}

// converted are the copies that spec convert makes of a file, sorted.
func converted(t *testing.T, file string, flags ...string) (copies []string) {
	t.Helper()
	out, err := command(t, nil, binary(t), slices.Concat([]string{"spec", "convert", "--quiet", file}, flags)...)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") {
			copies = append(copies, line)
		}
	}
	slices.Sort(copies)
	return copies
}

const regsyncFile = `version: 1
creds: [{registry: HOST, tls: disabled}]
sync:
- {source: HOST/app, target: HOST/TARGET, type: repository, tags: {allow: ['1', '1\.0', edge, latest, gone], deny: [ed.*]}}
- {source: 'HOST/app:1', target: 'HOST/TARGET:one', type: image}
- {source: HOST/app, target: HOST/TARGET-all, type: repository, tags: {allow: ['1\..*']}}
- {source: HOST/signed, target: HOST/TARGET-signed, type: repository, referrers: true, tags: {allow: ['1', '2']}}
- {source: 'HOST/signed:1', target: 'HOST/TARGET-plain:1', type: image}
`

// TestConvertRegsync lets regsync carry out a configuration, and manifest-tool what spec convert makes of it. Both leave the
// same tags.
func TestConvertRegsync(t *testing.T) {
	t.Parallel()
	regsync := tool(t, "regsync")
	server := registrytest.New(t, registrytest.Options{Referrers: true})
	for _, tag := range []string{"1", "1.0", "1.1", "edge", "latest", "2"} {
		server.Push(t, "app", tag, registrytest.Image{Architecture: "amd64", Seed: tag}.Build())
	}
	signed := registrytest.Image{Architecture: "amd64", Seed: "signed"}.Build()
	for _, tag := range []string{"1", "2"} {
		server.Push(t, "signed", tag, signed)
	}
	if err := registrytest.ReferTo(signed, "scanned").PushReferrer(server.URL(), "signed", signed.Digest); err != nil {
		t.Fatal(err)
	}
	config := func(target string) string {
		text := strings.NewReplacer("HOST", server.Host(), "TARGET", target).Replace(regsyncFile)
		return inFile(t, target+".yml", text)
	}
	env := []string{"HOME=" + t.TempDir(), "PATH=" + filepath.Dir(binary(t)) + ":" + os.Getenv("PATH")}
	if _, err := command(t, env, regsync, "once", "--config", config("theirs")); err != nil {
		t.Fatal(err)
	}
	// the command at the head of the list, that for the lines with another flag, and that for a pattern
	script := `manifest-tool spec convert -q "$0" | sed 's/ .*gone .*//; /:gone /d' > pairs.txt
sed -n '2s/^# \(.*\) FILE/\1 pairs.txt -q/p' pairs.txt | sh -e
sed -n 's/^# --referrers: //p' pairs.txt > FILE
sed -n 's/^# put the lines.* run \(.*\)/\1 -q/p' pairs.txt | sh -e
sed -n 's/^# .*: manifest-tool copy /manifest-tool -q copy /p' pairs.txt | sh -e`
	if _, err := command(t, env, "/bin/sh", "-ec", "cd "+t.TempDir()+"\n"+script, config("ours")); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-all", "-signed", "-plain"} {
		theirs, ours := tagsIn(t, server, "theirs"+suffix), tagsIn(t, server, "ours"+suffix)
		if theirs == "" || ours != theirs {
			t.Errorf("%s: %s, and regsync leaves %s", suffix, ours, theirs)
		}
		theirs, ours = referrersOf(t, server, "theirs"+suffix, signed), referrersOf(t, server, "ours"+suffix, signed)
		if isSigned := strings.Contains(theirs, "vnd.example.about"); isSigned != (suffix == "-signed") || ours != theirs {
			t.Errorf("%s: the referrers are %s, and regsync leaves %s", suffix, ours, theirs)
		}
	}
}

// referrersOf is the list of what refers to an image.
func referrersOf(t *testing.T, server *registrytest.Server, repository string, image registrytest.Artifact) string {
	t.Helper()
	resp, err := http.Get(fmt.Sprintf("%s/v2/%s/referrers/%s", server.URL(), repository, image.Digest))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	list, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(list)
}

// tagsIn are the tags of a repository with their digests.
func tagsIn(t *testing.T, server *registrytest.Server, repository string) string {
	t.Helper()
	out, err := command(t, nil, binary(t), "ls", "--plain-http", "--output", "json", fmt.Sprintf("%s/%s", server.Host(), repository))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, m := range regexp.MustCompile(`"(?:tag|name|digest)": "([^"]*)"`).FindAllStringSubmatch(out, -1) {
		found = append(found, m[1])
	}
	return strings.Join(found, " ")
}
