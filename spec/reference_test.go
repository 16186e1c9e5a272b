package spec

import (
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

const digest = "sha256:ba5eba11ba5eba11ba5eba11ba5eba11ba5eba11ba5eba11ba5eba11ba5eba11"

// parts are what a reference is made of, as far as a test can compare it.
type parts struct {
	Kind                       Kind
	Registry, Repository, Path string
	Tag, Digest                string
}

func partsOf(ref Reference) parts {
	p := parts{Kind: ref.Place.Kind, Path: ref.Place.Path, Tag: ref.Tag}
	if ref.Place.Kind == Registry {
		p.Registry, p.Repository = ref.Place.Repository.RegistryStr(), ref.Place.Repository.RepositoryStr()
	}
	if ref.Digest != (v1.Hash{}) {
		p.Digest = ref.Digest.String()
	}
	return p
}

func mustParse(t *testing.T, s string) Reference {
	t.Helper()
	ref, err := ParseReference(s)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func TestParseReference(t *testing.T) {
	const hub = "index.docker.io"
	tests := []struct {
		in   string
		want parts
	}{
		{"alpine", parts{Registry: hub, Repository: "library/alpine"}},
		{"alpine:3.20", parts{Registry: hub, Repository: "library/alpine", Tag: "3.20"}},
		{"me/app", parts{Registry: hub, Repository: "me/app"}},
		{"docker.io/alpine", parts{Registry: hub, Repository: "library/alpine"}},
		{"docker.io/me/app:1", parts{Registry: hub, Repository: "me/app", Tag: "1"}},
		{"index.docker.io/library/alpine", parts{Registry: hub, Repository: "library/alpine"}},
		{"quay.io/me/app:1.0", parts{Registry: "quay.io", Repository: "me/app", Tag: "1.0"}},
		{"ghcr.io/a/b/c/d", parts{Registry: "ghcr.io", Repository: "a/b/c/d"}},
		{"localhost/app", parts{Registry: "localhost", Repository: "app"}},
		{"localhost:5000/app", parts{Registry: "localhost:5000", Repository: "app"}},
		{"host:5000/app:1.0", parts{Registry: "host:5000", Repository: "app", Tag: "1.0"}},
		{"host:5000", parts{Registry: hub, Repository: "library/host", Tag: "5000"}},
		{"10.0.0.1:5000/app", parts{Registry: "10.0.0.1:5000", Repository: "app"}},
		{"[::1]:5000/app:1", parts{Registry: "[::1]:5000", Repository: "app", Tag: "1"}},
		{"quay.io/me/app@" + digest, parts{Registry: "quay.io", Repository: "me/app", Digest: digest}},
		{"quay.io/me/app:1.0@" + digest, parts{Registry: "quay.io", Repository: "me/app", Tag: "1.0", Digest: digest}},
		{"host:5000/app@" + digest, parts{Registry: "host:5000", Repository: "app", Digest: digest}},
		{"quay.io/a--b/c__d/e.f_g:UP_per.1-x", parts{Registry: "quay.io", Repository: "a--b/c__d/e.f_g", Tag: "UP_per.1-x"}},
		{"dir:5000/app:1", parts{Registry: "dir:5000", Repository: "app", Tag: "1"}},
		{"dir/app:1", parts{Registry: hub, Repository: "dir/app", Tag: "1"}},
		{"registry:2", parts{Registry: hub, Repository: "library/registry", Tag: "2"}},
		{"me/app.tar", parts{Registry: hub, Repository: "me/app.tar"}},
		{"oci-layout/app:1", parts{Registry: hub, Repository: "oci-layout/app", Tag: "1"}},

		{"oci-layout:dir", parts{Kind: OCILayout, Path: "dir"}},
		{"oci-layout:dir:1.0", parts{Kind: OCILayout, Path: "dir", Tag: "1.0"}},
		{"oci-layout:dir@" + digest, parts{Kind: OCILayout, Path: "dir", Digest: digest}},
		{"oci-layout:dir:1.0@" + digest, parts{Kind: OCILayout, Path: "dir", Tag: "1.0", Digest: digest}},
		{"oci-layout:/abs/dir:1.0", parts{Kind: OCILayout, Path: "/abs/dir", Tag: "1.0"}},
		{"oci-layout:../dir", parts{Kind: OCILayout, Path: "../dir"}},
		{"oci-layout:a b/Dir", parts{Kind: OCILayout, Path: "a b/Dir"}},
		{"oci-layout:me@home", parts{Kind: OCILayout, Path: "me@home"}},
		{"oci-layout://dir:1.0", parts{Kind: OCILayout, Path: "dir", Tag: "1.0"}},
		{"oci-layout:///abs/dir", parts{Kind: OCILayout, Path: "/abs/dir"}},
		{"oci-layout:////abs", parts{Kind: OCILayout, Path: "/abs"}},
		{"oci-layout:dir:quay.io/me/app:1.0", parts{Kind: OCILayout, Path: "dir", Tag: "quay.io/me/app:1.0"}},
		{"oci-layout:a::b", parts{Kind: OCILayout, Path: "a:b"}},
		{"oci-layout:/a::b/c:::1.0", parts{Kind: OCILayout, Path: "/a:b/c:", Tag: "1.0"}},
		{"oci-layout:a@sha256::b@" + digest, parts{Kind: OCILayout, Path: "a@sha256:b", Digest: digest}},
		{"sha256:5000/app", parts{Registry: "sha256:5000", Repository: "app"}},
		{`oci-layout:C:\dir`, parts{Kind: OCILayout, Path: `C:\dir`}},
		{`oci-layout:C:\dir:1.0`, parts{Kind: OCILayout, Path: `C:\dir`, Tag: "1.0"}},
		{"oci-archive:x.tar", parts{Kind: OCIArchive, Path: "x.tar"}},
		{"oci-archive://a/x.tar:1.0", parts{Kind: OCIArchive, Path: "a/x.tar", Tag: "1.0"}},
		{"oci-archive:x.tar@" + digest, parts{Kind: OCIArchive, Path: "x.tar", Digest: digest}},
		{`docker-archive:C:\x.tar:1.0`, parts{Kind: DockerArchive, Path: `C:\x.tar`, Tag: "1.0"}},
		{"docker-archive:./x.tar.gz", parts{Kind: DockerArchive, Path: "x.tar.gz"}},
		{"docker-archive:x.tar:localhost:5000/me/app:1.0", parts{Kind: DockerArchive, Path: "x.tar", Tag: "localhost:5000/me/app:1.0"}},
		{"docker-archive:x.tar:me/a__b:1_0", parts{Kind: DockerArchive, Path: "x.tar", Tag: "me/a__b:1_0"}},
		{"oci-archive/x.tar:1", parts{Registry: hub, Repository: "oci-archive/x.tar", Tag: "1"}},
		{"docker:27", parts{Registry: hub, Repository: "library/docker", Tag: "27"}},
		{"oci-layout://C:/dir:1.0@" + digest, parts{Kind: OCILayout, Path: "C:/dir", Tag: "1.0", Digest: digest}},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			ref := mustParse(t, tt.in)
			if diff := cmp.Diff(tt.want, partsOf(ref)); diff != "" {
				t.Errorf("ParseReference(%q) (-want +got):\n%s", tt.in, diff)
			}
			if diff := cmp.Diff(tt.want, partsOf(mustParse(t, ref.String()))); diff != "" {
				t.Errorf("%q written as %q is another reference (-want +got):\n%s", tt.in, ref, diff)
			}
		})
	}
}

// A host may have any name, also one like our own word.
func TestHostsLikeOurWord(t *testing.T) {
	for _, s := range []string{"oci:5000/app:1.0", "layout:5000/app", "oci-layouts:443/a/b:c"} {
		if ref, err := ParseReference(s); err != nil || ref.String() != s {
			t.Errorf("ParseReference(%q): %s, %v", s, ref, err)
		}
	}
}

func TestParseReferenceRefuses(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"nothing", "", "missing"},
		{"blank in front", " app", "contains a space"},
		{"blank behind", "app ", "contains a space"},
		{"host of dots", "../x", "the name is a path: use oci-layout:DIR"},
		{"host with a dash before it", "-host.com/a", "is not a valid host of a registry"},
		{"two dots", "host..com/a", "is not a valid host of a registry"},
		{"no port", "host.com:/a", "is not a valid host of a registry"},
		{"two ports", "host.com:5000:6000/a", "is not a valid host of a registry"},
		{"user and password", "user:hunter2@quay.io/app", "remove the user name"},
		{"user and password in a URL", "https://user:hunter2@quay.io/app", "remove the user name"},
		{"an empty tag", "app:", "is a variable not set?"},
		{"an empty tag of a layout", "oci-layout:dir:", "is a variable not set?"},
		{"the first part of a tag", "app:-amd64", `tag "-amd64": a tag begins with a letter, a digit or "_": is a variable not set?`},
		{"the first parts of a tag", "quay.io/app:.-rc1", "is a variable not set?"},
		{"the first part of a tag in a layout", "oci-layout:dir:-amd64", "is a variable not set?"},
		{"an empty digest", "app@", `digest "" is empty: is a variable not set?`},
		{"an empty digest behind a tag", "app:hunter2@", `image "…@": a digest or a name is missing behind @: is a variable not set?`},
		{"an empty digest of sha256", "app@sha256:", `digest "sha256:" is empty: is a variable not set?`},
		{"an empty digest of sha256 behind a tag", "quay.io/app:1@sha256:", `digest "sha256:" is empty: is a variable not set?`},
		{"no repository", ":1.0", "is a variable not set?"},
		{"no folder", "quay.io//app:1.0", "is a variable not set?"},
		{"no name", "quay.io/acme/:1.0", "is a variable not set?"},
		{"a slip", "oci-layuot:dir", "did you mean oci-layout:DIR?"},
		{"another tool's word", "oci:dir", "did you mean oci-layout:DIR?"},
		{"a slip in an archive", "oci-archve:x.tar", "did you mean oci-archive:FILE?"},
		{"a slip in docker's archive", "docker-arcive:x.tar:a", "did you mean docker-archive:FILE?"},
		{"skopeo's way to count images", "docker-archive:x.tar:@0", "a tag has at most"},
		{"archive without file", "oci-archive:", "the path is missing: oci-archive:FILE"},
		{"archive with empty name", "docker-archive:x.tar:", "a tag is empty"},
		{"a layout with a placeholder", "oci-layout:${DIR}:x", "the placeholder ${DIR} was not replaced"},
		{"tab", "quay.io/me\t/app", "control character"},
		{"newline", "app:1\n", "control character"},
		{"upper case", "Quay/App", "must be in lower case: use quay/app"},
		{"upper case behind a host", "quay.io/Me/app", "must be in lower case: use quay.io/me/app"},
		{"https", "https://quay.io/me/app", "remove https:// from the name: use quay.io/me/app"},
		{"docker transport", "docker://alpine", "remove docker://"},
		{"shell variable", "app:$VERSION", "the placeholder $VERSION was not replaced"},
		{"shell braces", "quay.io/${ORG}/app", "the placeholder ${ORG} was not replaced"},
		{"dotted placeholder", "${A.B}:latest", "the placeholder ${A.B} was not replaced"},
		{"template", "app:{{.Tag}}", "the placeholder {{.Tag}} was not replaced"},
		{"parent folder", "quay.io/../app", "is not a valid repository name"},
		{"parent folder at the end", "quay.io/app/..", "is not a valid repository name"},
		{"leading minus", "-app", "is not a valid repository name"},
		{"leading minus behind a host", "quay.io/-app", "is not a valid repository name"},
		{"no host", "/app", "is the variable for the host not set?"},
		{"no repository", "quay.io/", "the repository after the host is missing: use quay.io/REPOSITORY"},
		{"empty part", "quay.io/me//app", "is not a valid repository name"},
		{"port that is none", "quay.io:x/app", "is not a valid repository name"},
		{"query", "quay.io/app?x=1", "is not a valid repository name"},
		{"query in the host", "quay.io?/app", "is not a valid repository name"},
		{"fragment in the host", "quay.io#/app", "is not a valid repository name"},
		{"percent in the host", "quay%2eio/app", "is not a valid repository name"},
		{"backslash", `quay.io\me/app`, "is not a valid repository name"},
		{"control character", "app\x1b[31m", "control character"},
		{"no-break space", "app\u00a0x", "is not a valid repository name"},
		{"not ASCII", "quay.io/äpp", "is not a valid repository name"},
		{"too long", "quay.io/" + strings.Repeat("a", 256), "the name has 264 characters; the limit is 255"},
		{"user in front of the host", "me@quay.io/app", "digest"},
		{"empty tag", "app:", "tag"},
		{"empty tag before a digest", "app:@" + digest, "tag"},
		{"empty digest", "app@", "digest"},
		{"short digest", "app@sha256:abc", "digest"},
		{"upper case digest", "app@sha256:" + strings.Repeat("A", 64), "digest"},
		{"other algorithm", "app@sha512:" + strings.Repeat("a", 128), "digest"},
		{"two digests", "app@" + digest + "@" + digest, "digest"},
		{"Windows path without oci-layout", `C:\dir`, "the name is a path"},
		{"path", "./dir", "the name is a path"},
		{"path of a user", "~/dir", "the name is a path"},
		{"Windows path", `.\dir`, "the name is a path"},
		{"this folder", ".", "the name is a path"},
		{"file", "image.tar", "use docker-archive:image.tar or oci-archive:image.tar"},
		{"compressed file", "image.tar.gz", "the name is a file"},
		{"branch as tag", "app:feature/x", `tag "feature/x": a tag cannot contain "/": use feature-x`},
		{"branch as tag, with a host", "quay.io/me/app:feature/x/y", "use feature-x-y"},
		{"branch as tag, with a port", "localhost:5000/app:1/2", "use 1-2"},
		{"branch as tag, with a digest", "app:feature/x@" + digest, "use feature-x"},
		{"long without a host", strings.Repeat("a", 260) + ":1", "the name has 260 characters"},
		{"folder of skopeo", "dir:x", "the prefix dir: works in skopeo and podman only: skopeo copy dir:x oci:DIR"},
		{"folder of skopeo with a path", "dir:/some/x", "skopeo copy dir:/some/x"},
		{"docker's engine", "docker-daemon:app:1", "docker save -o FILE"},
		{"podman's store", "containers-storage:quay.io/me/app:1", "podman save --format oci-archive"},
		{"host alone", "quay.io", "the repository after the host is missing"},
		{"host and port alone", "localhost:5801", "localhost:5801/REPOSITORY"},
		{"address alone", "127.0.0.1:5000", "127.0.0.1:5000/REPOSITORY"},
		{"layout without folder", "oci-layout:", "the path is missing: oci-layout:DIR"},
		{"layout without folder, slashes", "oci-layout://", "the path is missing: oci-layout:DIR"},
		{"layout without folder, digest", "oci-layout:@" + digest, "the path is missing: oci-layout:DIR"},
		{"layout with empty tag", "oci-layout:dir:", "a tag is empty"},
		{"layout with a blank in the tag", "oci-layout:dir:a b", "a tag has at most"},
		{"a digest alone", digest, "the repository is missing: REPOSITORY@" + digest},
		{"a short digest alone", "sha256:abc", "the repository is missing: REPOSITORY@sha256:abc"},
		{"layout with short digest", "oci-layout:dir@sha256:abc", "digest"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ref, err := ParseReference(tt.in)
			if err == nil {
				t.Fatalf("ParseReference(%q) = %s, want an error", tt.in, ref)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("ParseReference(%q): %v; want it to say %q", tt.in, err, tt.want)
			}
			if ref != (Reference{}) {
				t.Errorf("ParseReference(%q) gives %s beside an error", tt.in, ref)
			}
			if strings.ContainsFunc(err.Error(), unicode.IsControl) {
				t.Errorf("ParseReference(%q): %q holds control characters", tt.in, err)
			}
		})
	}
}

func TestWithDefaultTag(t *testing.T) {
	tests := []struct{ in, want string }{
		{"quay.io/app", "quay.io/app:latest"},
		{"quay.io/app:1", "quay.io/app:1"},
		{"quay.io/app@" + digest, "quay.io/app@" + digest},
		{"quay.io/app:1@" + digest, "quay.io/app:1@" + digest},
		{"oci-layout:dir", "oci-layout:dir"},
	}
	for _, tt := range tests {
		if got := mustParse(t, tt.in).WithDefaultTag().String(); got != tt.want {
			t.Errorf("%s with default tag is %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestCheckTag(t *testing.T) {
	for _, tag := range []string{"latest", "3.10", "_", "V1.0-rc_1", "0", strings.Repeat("a", 128)} {
		if err := CheckTag(tag); err != nil {
			t.Errorf("CheckTag(%q): %v", tag, err)
		}
	}
	for _, tag := range []string{"", "-a", ".5", "a b", "a/b", "a:b", "a@b", "a+b", "ä", "a\n", "\na", "a\x00", strings.Repeat("a", 129)} {
		if CheckTag(tag) == nil {
			t.Errorf("CheckTag(%q) lets it pass", tag)
		}
	}
	if err := CheckTag("v${VERSION}"); err == nil || !strings.Contains(err.Error(), "placeholder ${VERSION} was not replaced") {
		t.Errorf("CheckTag of a placeholder: %v", err)
	}
}

// FuzzParseReference holds that a reference can be written and read again, and that no name gets
// through that could mean something else in a URL.
func FuzzParseReference(f *testing.F) {
	for _, seed := range []string{
		"alpine", "docker.io/me/app:1", "host:5000/app:1@" + digest, "[::1]:5000/a", "user:pw@host/app", "quay.io/../app",
		"oci-archive:x.tar:1", "docker-archive://x.tar:a/b:c", "oci-layout:dir:1@" + digest, `oci-layout:C:\dir:x`, "oci-layout://dir", "https://host/app", "a:$V", "app@sha256:", "-a", "A",
	} {
		f.Add(seed)
	}
	harmless := regexp.MustCompile(`^[a-z0-9]+([._/-]+[a-z0-9]+)*$`)
	f.Fuzz(func(t *testing.T, s string) {
		ref, err := ParseReference(s)
		if err != nil {
			return
		}
		again, err := ParseReference(ref.String())
		if err != nil {
			t.Fatalf("%q is read as %q, which cannot be read: %v", s, ref, err)
		}
		if diff := cmp.Diff(partsOf(ref), partsOf(again)); diff != "" {
			t.Fatalf("%q is read as %q, which is read as another (-first +second):\n%s", s, ref, diff)
		}
		if ref.Place.Kind != Registry {
			return
		}
		if ref.Tag != "" && CheckTag(ref.Tag) != nil {
			t.Fatalf("%q has the tag %q", s, ref.Tag)
		}
		repository, registry := ref.Place.Repository.RepositoryStr(), ref.Place.Repository.RegistryStr()
		if !harmless.MatchString(repository) || strings.Contains(repository, "..") || strings.Contains(repository, "//") {
			t.Fatalf("%q has the repository %q", s, repository)
		}
		if strings.ContainsAny(registry, "/@\\?#% \t\r\n") {
			t.Fatalf("%q has the registry %q", s, registry)
		}
	})
}
