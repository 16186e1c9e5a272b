package spec

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const (
	hexA    = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	hexB    = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	digestA = "sha256:" + hexA
	digestB = "sha256:" + hexB
)

// folder makes a folder of names and contents.
func folder(pairs ...string) Input {
	dir := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		dir[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return Input{Name: "/digests", Folder: dir}
}

func file(name, content string) Input { return Input{Name: name, Content: []byte(content)} }

func manyDigests(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%064x\n", i)
	}
	return b.String()
}

// built is what a builder wrote.
func built(t *testing.T, name string) Input {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("../registry/archive/testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return Input{Name: name, Content: raw}
}

func TestDigestInputs(t *testing.T) {
	both := "quay.io/app@" + digestA + " /\nquay.io/app@" + digestB + " /\n"
	tests := []struct {
		name   string
		inputs []Input
		want   string
	}{
		{"GitHub's folder: empty files", []Input{folder(hexA, "", hexB, "")}, both},
		{"with the algorithm", []Input{folder("sha256-"+hexA, "", "sha256:"+hexB, "\n")}, both},
		{"a folder for each artifact", []Input{folder("digests-amd64/"+hexA, "", "digests-arm64/"+hexB, "")}, both},
		{"hidden files", []Input{folder(hexA, "", ".DS_Store", "x", "sub/"+hexB, "", "sub/.gitkeep", "", ".git/config", "y")}, both},
		{"content that is no reference", []Input{folder(hexA, "built by job 7\n", hexB, digestB)}, both},
		{"content that says where", []Input{folder(hexA, "ghcr.io/me/a@"+digestA+"\n")}, "ghcr.io/me/a@" + digestA + " /\n"},
		{"the other files of a folder as if they were named", []Input{folder("amd64.json", `{"containerimage.digest":"`+digestA+`"}`, "arm64.txt", digestB)}, both},
		{"one of its files", []Input{file("digests/"+hexB, "")}, "quay.io/app@" + digestB + " /\n"},
		{"a word", []Input{file(digestA, digestA), file("me/b:1@"+digestB, "me/b:1@"+digestB)}, "quay.io/app@" + digestA + " /\ndocker.io/me/b@" + digestB + " /\n"},
		{"kaniko's digest file", []Input{file("digest", digestA)}, "quay.io/app@" + digestA + " /\n"},
		{"kaniko's names with tag", []Input{file("digest", "ghcr.io/me/a:1.0-amd64@"+digestA)}, "ghcr.io/me/a@" + digestA + " /\n"},
		{"lines", []Input{file("refs", "\ufeff# of ko\r\n\r\nghcr.io/me/a@"+digestA+"\r\n  "+digestB+"  \n")}, "ghcr.io/me/a@" + digestA + " /\nquay.io/app@" + digestB + " /\n"},
		{"what ls prints", []Input{file("stdin", hexA+"\n"+hexB+"\n")}, both},
		{"each once", []Input{folder(hexA, "", hexB, ""), file("again", digestA+"\nquay.io/app:1@"+digestB)}, both},
		{"where it is nearest to the target", []Input{file("refs", "ghcr.io/me/a@"+digestA+"\nquay.io/app@"+digestA)}, "quay.io/app@" + digestA + " /\n"},
		{"a layout", []Input{file("refs", "oci-layout:build/amd64@"+digestA)}, "oci-layout:build/amd64@" + digestA + " /\n"},
		{"buildx, by digest", []Input{built(t, "push-by-digest-amd64.metadata.json"), built(t, "push-by-digest-arm64.metadata.json")},
			"127.0.0.1:5014/fx/app@sha256:ac42ad37171e09cc81d941acd5bedafedacb89e49c0498cae6b72acce11040f7 /\n" +
				"127.0.0.1:5014/fx/app@sha256:8e2351473ecd9c29e3c95345d26d44431a8571c15c63f9d652157f23adc14d6e /\n"},
		{"buildx, to a file", []Input{built(t, "amd64-provenance.metadata.json")}, "quay.io/app@sha256:0084f283994273e88f3972dc1db7c5b3dd1c95ceac6629860b46d27d4989a2f4 /\n"},
		{"buildx, with a tag", []Input{built(t, "armv7.docker.metadata.json")}, "docker.io/acme/app@sha256:fac2d271362c2c43a5bb989990a5591cccdc6ea241653d0b204ab4f853176112 /\n"},
		{"buildx, three platforms", []Input{built(t, "three-platforms.metadata.json")}, "docker.io/acme/app@sha256:49ce606cb5f26bdd84422a9f9a182faf1dd30486c256f5cb6629142cae43ae4a /\n"},
		{"bake", []Input{built(t, "bake.metadata.json")},
			"127.0.0.1:5014/fx/app@sha256:b4bf521244cbd36243de606f21209bd398690a310e019b0e6f49c48ee1525eb7 /\n" +
				"127.0.0.1:5014/fx/tool@sha256:7dcd3bce23bb18cb84ee064ceae2c7e9d446354b969a9d01b2d432a6004cc191 /\n"},
		{"a descriptor alone", []Input{file("m", `{"containerimage.descriptor":{"digest":"`+digestA+`","size":1}}`)}, "quay.io/app@" + digestA + " /\n"},
		{"pushed to two registries", []Input{file("m", `{"containerimage.digest":"`+digestA+`","image.name":"ghcr.io/me/a:1, quay.io/app:1"}`)}, "quay.io/app@" + digestA + " /\n"},
		{"one document after the other", []Input{file("stdin", `{"containerimage.digest":"`+digestA+"\"}\n"+`{"containerimage.digest":"`+digestB+`"}`)}, both},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, notes, err := FromDigests(Digests{Inputs: test.inputs, Targets: []string{"quay.io/app:1"}}, Options{Strict: true})
			if err != nil || len(notes) > 0 {
				t.Fatalf("FromDigests: %v %q", err, notes)
			}
			if diff := cmp.Diff("quay.io/app [1] auto\n"+test.want, specText(s)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDigestInputsRefused(t *testing.T) {
	tests := []struct {
		name  string
		input Input
		want  string
	}{
		{"an empty folder", folder(), "/digests: the folder is empty: check that the build jobs have written their digests there"},
		{"hidden files alone", folder(".gitkeep", ""), "/digests: the folder is empty"},
		{"one job left nothing", Input{Name: "/digests", Folder: fstest.MapFS{hexA: {}, "arm64": {Mode: os.ModeDir | 0o755}}}, "/digests/arm64: the folder is empty"},
		{"a layout", folder("oci-layout", "{}", "index.json", "{}"), "/digests: the folder is an OCI layout, not a folder of digests: use oci-layout:/digests with push from-spec"},
		{"too deep", folder("a/b/"+hexA, ""), "/digests/a/b: expected a regular file whose name is a digest"},
		{"a pipe", Input{Name: "/digests", Folder: fstest.MapFS{hexA: {Mode: os.ModeNamedPipe}}}, "expected a regular file whose name is a digest"},
		{"an empty file with another name", folder(hexA, "", "amd64", ""), "/digests/amd64: the file is empty, and its name is not a digest: expected sha256:DIGEST"},
		{"a digest that is cut off", folder(hexA[1:], ""), "the file is empty, and its name is not a digest"},
		{"upper case", folder(strings.ToUpper(hexA), ""), "its name is not a digest"},
		{"a stray file", folder(hexA, "", "README.md", "# about\nhello"), `/digests/README.md: line 2: "hello": expected sha256:DIGEST`},
		{"named by another digest", folder(hexA, "me/a@"+digestB), "/digests/" + hexA + ": the name of the file and its content differ: the content is " + digestB},
		{"an odd name", folder("a\n\x1b[1m", "x"), `"/digests/a\n\x1b[1m": line 1: "x": expected`},
		{"an empty file", file("digest", "\n"), "digest: the file is empty, and its name is not a digest"},
		{"nothing but comments", file("digest", "# none\n"), "digest: no digest in this file"},
		{"a tag", file("refs", digestA+"\nghcr.io/me/a:1.0\n"), `refs: line 2: "ghcr.io/me/a:1.0": expected sha256:DIGEST or REPOSITORY@sha256:DIGEST in each line`},
		{"a name that is none", file("refs", "ghcr.io/Me/a@"+digestA), "refs: line 1: image \"ghcr.io/Me/a@" + digestA + "\": a repository name must be in lower case"},
		{"another algorithm", file("refs", "sha512:"+hexA+hexA), `line 1: "sha512:`},
		{"a tar", file("a.tar", "ustar\x00\x1b]0;title\a"), `line 1: "ustar\x00\x1b]0;title\a": expected`},
		{"a long line", file("x", strings.Repeat("y", 10_000)), `yyy…": expected`},
		{"other JSON", file("x.json", `{"digest":"`+digestA+`"}`), `: no containerimage.digest at the top level or one level below: check that the build pushed an image`},
		{"JSON that is cut off", file("x.json", `{"containerimage.digest":`), `x.json: "{\"containerimage.digest\":": not a metadata file of a build: unexpected EOF`},
		{"more behind it", file("x.json", `{"containerimage.digest":"`+digestA+`"} x`), ": not a metadata file of a build: invalid character 'x'"},
		{"no digest", file("x.json", `{"containerimage.digest":"sha256:1"}`), "x.json: containerimage.digest: digest \"sha256:1\": expected sha256: and 64 hexadecimal digits"},
		{"a name that is none in JSON", file("x.json", `{"containerimage.digest":"`+digestA+`","image.name":"A B"}`), "x.json: image.name: image \"A B\""},
		{"a number", file("x.json", `{"containerimage.digest":7}`), ": not a metadata file of a build: json: cannot unmarshal number"},
		{"bake without a target that pushed", file("bake.json", `{"lint":{"buildx.build.ref":"x"}}`), "no containerimage.digest at the top level"},
		{"bake with one that did not", file("bake.json", `{"app":{"containerimage.digest":"`+digestA+`"},"lint":{"buildx.build.ref":"x"}}`), `bake.json: the target "lint" has no containerimage.digest: skipped`},
		{"too many", file("x", manyDigests(MaxEntries+1)), "more than 1000 images"},
		{"too large", file("x", strings.Repeat("#\n", MaxInput/2+1)), "x: larger than the limit of 16 MiB"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, _, err := FromDigests(Digests{Inputs: []Input{test.input}, Targets: []string{"quay.io/app:1"}}, Options{Strict: true})
			var wrong *Error
			if !errors.As(err, &wrong) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v\n%v\nwant %s", s, err, test.want)
			}
		})
	}
}

// TestDigestNamedTwice: an image that two jobs name is told, as the image of one of them is missing.
func TestDigestNamedTwice(t *testing.T) {
	const cause = ": one of the build jobs has probably written the digest of the other"
	meta := func(name, digest, names string) Input {
		return file(name, `{"containerimage.digest":"`+digest+`","image.name":"`+names+`"}`)
	}
	for name, test := range map[string]struct {
		inputs []Input
		want   string // the only note
	}{
		"two files":                    {[]Input{file("a.txt", digestA), file("b.txt", digestA+"\n")}, "a.txt and b.txt name the same image " + digestA + cause},
		"of a folder":                  {[]Input{folder("a.txt", digestA, "b.txt", digestA)}, "/digests/a.txt and /digests/b.txt name the same image " + digestA + cause},
		"files of two artifacts":       {[]Input{folder("x/"+hexA, "", "y/"+hexA, "")}, "/digests/x/" + hexA + " and /digests/y/" + hexA + " name the same image " + digestA + cause},
		"with the target's repository": {[]Input{file("a.txt", digestA), file("b.txt", "quay.io/app@"+digestA)}, "a.txt and b.txt name the same image " + digestA + cause},
		"metadata files":               {[]Input{meta("a.json", digestA, "me/a:1"), meta("b.json", digestA, "me/a:1")}, "a.json and b.json name the same image " + digestA + cause},
		"two lines":                    {[]Input{file("stdin", digestA+"\n"+digestB+"\n"+digestA)}, "stdin names the image " + digestA + " twice" + cause},
		"two documents":                {[]Input{file("stdin", `{"containerimage.digest":"`+digestA+`"}{"containerimage.digest":"`+digestA+`"}`)}, "stdin names the image " + digestA + " twice" + cause},
		"two words":                    {[]Input{file(digestA, digestA), file(digestA, digestA)}, "the command line names the image " + digestA + " twice" + cause},
		"two repositories":             {[]Input{file("a.txt", "ghcr.io/a@"+digestA), file("b.txt", "quay.io/app@"+digestA)}, ""},
		"a list beside its files":      {[]Input{file("a.txt", digestA), file("b.txt", digestB), file("all.txt", digestA+"\n"+digestB)}, ""},
		"two images":                   {[]Input{file("a.txt", digestA), file("b.txt", digestB)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, notes, err := FromDigests(Digests{Inputs: test.inputs, Targets: []string{"quay.io/app:1"}}, Options{})
			if err != nil || strings.Join(notes, "\n") != test.want {
				t.Errorf("%q, %v", notes, err)
			}
		})
	}
}

// TestBakeWithout: a target that pushed nothing is no fault of a bake file, but told.
func TestBakeWithout(t *testing.T) {
	in := file("bake.json", `{"app":{"containerimage.digest":"`+digestA+`"},"buildx.build.warnings":[],"lint":{"buildx.build.ref":"x"}}`)
	s, notes, err := FromDigests(Digests{Inputs: []Input{in}, Targets: []string{"quay.io/app:1"}}, Options{})
	if err != nil || len(s.Entries) != 1 || len(notes) != 1 || !strings.Contains(notes[0], `the target "lint" has no containerimage.digest`) {
		t.Errorf("%v, %q, %v", s.Entries, notes, err)
	}
}

func TestDigestsRepository(t *testing.T) {
	in := []Input{file("x", digestA+"\nme/b@"+digestB)}
	for _, test := range []struct{ repository, want string }{
		{"", "quay.io/app@"}, {"ghcr.io/me/cache", "ghcr.io/me/cache@"}, {"oci-archive:a.tar", "oci-archive:a.tar@"},
	} {
		s, _, err := FromDigests(Digests{Inputs: in, Repository: test.repository, Targets: []string{"quay.io/app:1"}}, Options{})
		want := "quay.io/app [1] auto\n" + test.want + digestA + " /\ndocker.io/me/b@" + digestB + " /\n"
		if err != nil || specText(s) != want {
			t.Errorf("%q: %v\n%s", test.repository, err, specText(s))
		}
	}
	for _, repository := range []string{"quay.io/app:1", "quay.io/app@" + digestA, "Quay.io/App", "$REPO"} {
		if _, _, err := FromDigests(Digests{Inputs: in, Repository: repository, Targets: []string{"quay.io/app:1"}}, Options{}); err == nil {
			t.Errorf("%q passes as a repository", repository)
		}
	}
}

// FuzzFromDigests holds that nothing that a job may leave behind can crash or hang us, and that a Spec that
// exists is valid.
func FuzzFromDigests(f *testing.F) {
	for _, name := range []string{"bake.metadata.json", "push-by-digest-amd64.metadata.json", "armv7.docker.metadata.json"} {
		raw, err := os.ReadFile(filepath.Join("../registry/archive/testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add("metadata.json", raw)
	}
	f.Add(hexA, []byte("ghcr.io/me/a:1@"+digestA+"\n"))
	f.Add("refs", []byte("# x\r\n"+digestA+"\nme/a@"+digestB+"\n"))
	f.Add("names", []byte(`{"tags":["quay.io/app:1","1.0"],"annotations":["index:a=b","manifest:c=d"],"target":{"x":{"tags":["a/b:c"]}}}`))
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		in := Input{Name: name, Content: content}
		d := Digests{Inputs: []Input{in, {Name: "dir", Folder: fstest.MapFS{"x": {Data: content}}}}, Targets: []string{"quay.io/app:1"}}
		if name == "names" {
			d.Inputs, d.Names = []Input{file(hexA, "")}, &in
		}
		s, _, err := FromDigests(d, Options{})
		var wrong *Error
		switch {
		case err == nil:
			checkValid(t, s)
		case !errors.As(err, &wrong) || len(wrong.Problems) == 0:
			t.Fatalf("FromDigests: %T %v", err, err)
		}
	})
}
