package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/manifest-tool/manifest-tool/internal/cli"
	"github.com/manifest-tool/manifest-tool/internal/output"
	rt "github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// A trouble is a failure that people meet, and that README's troubleshooting shows as it is printed.
type trouble struct {
	name    string
	code    int
	options rt.Options
	config  string // of docker, for the registry
	on      []rt.Kind
	fault   func(rt.Scene)
	err     error // instead of any answer
	args    []string
}

const troubled = "registry.example"

var pushing = []string{"push", "from-args", "--platforms", "linux/amd64", "--template", troubled + "/app:1.0-ARCH", "--target", troubled + "/app:1.0"}

func troubles() []trouble {
	readOnly := withLogin(rt.Options{Auth: rt.TokenAuth, Realm: "https://" + troubled + "/token", Allow: func(_, _, action string) bool { return action == rt.Pull }})
	token := withLogin(rt.Options{Auth: rt.TokenAuth, Realm: "https://" + troubled + "/token"})
	login := func(entry string) string { return fmt.Sprintf(`{"auths": {%q: %s}}`, troubled, entry) }
	right := login(fmt.Sprintf(`{"username": "ci", "password": %q}`, canary))
	looking := []string{"inspect", troubled + "/app:1.0-amd64"}
	page := "<!DOCTYPE html><html><body>Please log in to the network</body></html>"
	schema1 := `{"schemaVersion": 1, "name": "app", "tag": "1.0-amd64", "architecture": "amd64", "fsLayers": [], "history": [], "signatures": []}`
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	unverified := func(err error) error { return &tls.CertificateVerificationError{Err: err} }
	forbidden := func(s rt.Scene) {
		rt.Complain(http.StatusForbidden, "DENIED", "requested access to the resource is denied")(s)
	}
	return []trouble{
		{name: "nobody is logged in", code: output.ExitDenied, options: token, args: looking},
		{name: "the password is wrong", code: output.ExitDenied, options: token, config: login(`{"username": "ci", "password": "x"}`), args: looking},
		{name: "the login has expired", code: output.ExitDenied, options: token, config: login(`{"identitytoken": "x"}`), args: looking},
		{name: "the login may only read", code: output.ExitDenied, options: readOnly, config: right, args: pushing},
		{name: "the registry forbids it", code: output.ExitDenied, on: []rt.Kind{rt.PutTag}, fault: forbidden, args: pushing},
		{name: "the registry says that the login has expired", code: output.ExitDenied, config: right, on: []rt.Kind{rt.PutTag}, fault: rt.Complain(http.StatusForbidden, "DENIED", "Your authorization token has expired. Reauthenticate and try again."), args: pushing},
		{name: "it wants a login, but does not say which", code: output.ExitDenied, config: right, on: []rt.Kind{rt.ReadTag}, fault: rt.Status(http.StatusUnauthorized), args: looking},
		{name: "the credential helper is not installed", code: output.ExitDenied, config: `{"credsStore": "gone"}`, args: pushing},
		{name: "the image does not exist", code: output.ExitNotFound, args: []string{"inspect", troubled + "/app:1.O"}},
		{name: "no image for a platform", code: output.ExitNotFound, args: []string{"inspect", "--platform", "linux/s390x", troubled + "/app:all"}},
		{name: "the repository has to be created first", code: output.ExitNotFound, on: []rt.Kind{rt.Mount, rt.StartUpload}, fault: rt.Complain(http.StatusNotFound, "NAME_UNKNOWN", "The repository with name 'app' does not exist"),
			args: append([]string{"push", "from-args", "--platforms", "linux/amd64", "--template", troubled + "/build:1.0-ARCH"}, pushing[6:]...)},
		{name: "there is no room left", code: output.ExitRefused, config: right, on: []rt.Kind{rt.PutTag}, fault: rt.Complain(http.StatusForbidden, "DENIED", "adding 29.0 MiB of storage resource, which when updated to current usage of 152.4 MiB will exceed the configured upper limit of 10.0 MiB."), args: pushing},
		{name: "the tag is immutable", code: output.ExitRefused, on: []rt.Kind{rt.PutTag}, fault: rt.Complain(http.StatusBadRequest, "TAG_INVALID", "The image tag '1.0' already exists and cannot be overwritten because the repository is immutable"), args: pushing},
		{name: "the registry does not take the index", code: output.ExitRefused, on: []rt.Kind{rt.PutTag}, fault: rt.Complain(http.StatusBadRequest, "MANIFEST_INVALID", "manifest invalid"), args: pushing},
		{name: "it is a mirror", code: output.ExitRefused, on: []rt.Kind{rt.PutTag}, fault: rt.Complain(http.StatusMethodNotAllowed, "UNSUPPORTED", "The operation is unsupported."), args: pushing},
		{name: "it is too large for a proxy", code: output.ExitRefused, on: []rt.Kind{rt.PutTag}, fault: rt.Say(http.StatusRequestEntityTooLarge, "<html>413 Request Entity Too Large</html>", "Content-Type", "text/html"), args: pushing},
		{name: "a platform is not there that has to be", code: output.ExitUnverified, args: append(pushing, "--require", "linux/arm64")},
		{name: "the image is too old", code: output.ExitUnverified, on: []rt.Kind{rt.ReadTag}, fault: rt.Say(http.StatusOK, schema1, "Content-Type", "application/vnd.docker.distribution.manifest.v1+prettyjws"), args: looking},
		{name: "the registry does not know its own address", code: output.ExitUnverified, on: []rt.Kind{rt.ReadTag}, fault: rt.Say(http.StatusTemporaryRedirect, "", "Location", "http://"+troubled+"/v2/app/manifests/1.0-amd64"), args: looking},
		{name: "a page comes, and no registry", code: output.ExitUnverified, on: []rt.Kind{rt.ReadTag}, fault: rt.Say(http.StatusOK, page, "Content-Type", "text/html"), args: looking},
		{name: "the pull quota of Docker Hub is used up", code: output.ExitUnavailable, on: []rt.Kind{rt.ReadTag}, fault: rt.Say(http.StatusTooManyRequests, `{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit"}]}`, "Ratelimit-Limit", "100;w=21600", "Ratelimit-Remaining", "0;w=21600"), args: looking},
		{name: "the registry wants a rest", code: output.ExitUnavailable, on: []rt.Kind{rt.ReadTag}, fault: rt.Status(http.StatusTooManyRequests, "Retry-After", "3600"), args: looking},
		{name: "the registry is overloaded", code: output.ExitUnavailable, on: []rt.Kind{rt.ReadTag}, fault: rt.Status(http.StatusServiceUnavailable), args: looking},
		{name: "no such host", code: output.ExitUnavailable, err: dial(&net.DNSError{Err: "no such host", Name: troubled, IsNotFound: true}), args: looking},
		{name: "nobody listens", code: output.ExitUnavailable, err: dial(os.NewSyscallError("connect", syscall.ECONNREFUSED)), args: looking},
		{name: "the registry speaks plain http", code: output.ExitUnavailable, err: http.ErrSchemeMismatch, args: looking},
		{name: "nobody known has signed its certificate", code: output.ExitUnavailable, err: unverified(x509.UnknownAuthorityError{}), args: looking},
		{name: "its certificate is for another name", code: output.ExitUnavailable, err: unverified(x509.HostnameError{Certificate: &x509.Certificate{DNSNames: []string{"other.example"}}, Host: troubled}), args: looking},
		{name: "a name with a typo", code: output.ExitUsage, args: []string{"inspect", troubled + "/App:1.0"}},
		{name: "the name of a branch as a tag", code: output.ExitUsage, args: []string{"inspect", troubled + "/app:feature/x"}},
		{name: "a place of another tool", code: output.ExitUsage, args: []string{"copy", "docker-daemon:app:1.0", troubled + "/app:1.0"}},
		{name: "a host without a repository", code: output.ExitUsage, args: []string{"inspect", troubled}},
		{name: "a command with a typo", code: output.ExitUsage, args: []string{"psuh"}},
	}
}

// text is what README shows: what went wrong, the exit code, and what is printed.
func (f trouble) text(t *testing.T) string {
	var stderr strings.Builder
	synctest.Test(t, func(t *testing.T) {
		g := rt.NewRegistry(f.options)
		amd64 := rt.Image{Architecture: "amd64"}.Build()
		g.Push(t, "app", "1.0-amd64", amd64)
		g.Push(t, "build", "1.0-amd64", rt.Image{Architecture: "amd64", Seed: "other"}.Build())
		g.Push(t, "app", "all", rt.Index(false, amd64, rt.Image{Architecture: "arm64"}.Build()))
		if f.fault != nil {
			g.Inject(nil, rt.Of(f.on...), 1, fault(f.name, 0, f.fault))
		}
		var transport http.RoundTripper = direct{g}
		if f.err != nil {
			transport = broken{f.err}
		}
		code := cli.Execute(t.Context(), append([]string{"manifest-tool"}, f.args...), cli.Env{
			Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: &stderr,
			Environ: []string{"DOCKER_AUTH_CONFIG=" + f.config, "PATH=" + os.Getenv("PATH")}, Transport: transport,
		})
		if code != f.code || shows(stderr.String()) {
			t.Errorf("%s: exit %d, want %d\n%s", f.name, code, f.code, &stderr)
		}
	})
	return fmt.Sprintf("# %s: %d\n%s", f.name, f.code, &stderr)
}

// broken is a network that fails.
type broken struct{ err error }

func (b broken) RoundTrip(*http.Request) (*http.Response, error) { return nil, b.err }

// TestTroubleshooting holds the block of README that shows what the commonest failures look like.
func TestTroubleshooting(t *testing.T) {
	var texts []string
	for _, f := range troubles() {
		texts = append(texts, f.text(t))
	}
	got := strings.Join(texts, "\n")
	const readme, start = "../../README.md", "```text\n# nobody is logged in"
	raw, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(raw), start)
	block, after, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatal("README has no block that starts with # nobody is logged in")
	}
	if *update {
		if err := os.WriteFile(readme, []byte(before+"```text\n"+got+"```"+after), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.TrimPrefix(start, "```text\n")+block, got); diff != "" {
		t.Errorf("README differs from what is printed; go test ./cmd/manifest-tool -run Troubleshooting -update (-README +now):\n%s", diff)
	}
}
