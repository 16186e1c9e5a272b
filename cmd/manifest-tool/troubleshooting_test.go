package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/manifest-tool/manifest-tool/internal/cli"
	"github.com/manifest-tool/manifest-tool/internal/output"
	rt "github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// A trouble is a failure that people meet, and that docs/how-to/troubleshooting.md shows as it is printed.
// The name is a heading there.
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
		{name: "No login", code: output.ExitDenied, options: token, args: looking},
		{name: "Wrong password", code: output.ExitDenied, options: token, config: login(`{"username": "ci", "password": "x"}`), args: looking},
		{name: "Expired login", code: output.ExitDenied, options: token, config: login(`{"identitytoken": "x"}`), args: looking},
		{name: "The login may only read", code: output.ExitDenied, options: readOnly, config: right, args: pushing},
		{name: "The registry denies access", code: output.ExitDenied, on: []rt.Kind{rt.PutTag}, fault: forbidden, args: pushing},
		{name: "The registry reports an expired login", code: output.ExitDenied, config: right, on: []rt.Kind{rt.PutTag}, fault: rt.Complain(http.StatusForbidden, "DENIED", "Your authorization token has expired. Reauthenticate and try again."), args: pushing},
		{name: "A login of an unknown kind", code: output.ExitDenied, config: right, on: []rt.Kind{rt.ReadTag}, fault: rt.Status(http.StatusUnauthorized), args: looking},
		{name: "Missing credential helper", code: output.ExitDenied, config: `{"credsStore": "gone"}`, args: pushing},
		{name: "The image does not exist", code: output.ExitNotFound, args: []string{"inspect", troubled + "/app:1.O"}},
		{name: "No image for a platform", code: output.ExitNotFound, args: []string{"inspect", "--platform", "linux/s390x", troubled + "/app:all"}},
		{name: "The repository does not exist", code: output.ExitNotFound, on: []rt.Kind{rt.Mount, rt.StartUpload}, fault: rt.Complain(http.StatusNotFound, "NAME_UNKNOWN", "The repository with name 'app' does not exist"),
			args: append([]string{"push", "from-args", "--platforms", "linux/amd64", "--template", troubled + "/build:1.0-ARCH"}, pushing[6:]...)},
		{name: "The quota is used up", code: output.ExitRefused, config: right, on: []rt.Kind{rt.PutTag}, fault: rt.Complain(http.StatusForbidden, "DENIED", "adding 29.0 MiB of storage resource, which when updated to current usage of 152.4 MiB will exceed the configured upper limit of 10.0 MiB."), args: pushing},
		{name: "The tag is immutable", code: output.ExitRefused, on: []rt.Kind{rt.PutTag}, fault: rt.Complain(http.StatusBadRequest, "TAG_INVALID", "The image tag '1.0' already exists and cannot be overwritten because the repository is immutable"), args: pushing},
		{name: "The registry rejects the index", code: output.ExitRefused, on: []rt.Kind{rt.PutTag}, fault: rt.Complain(http.StatusBadRequest, "MANIFEST_INVALID", "manifest invalid"), args: pushing},
		{name: "The registry is read-only", code: output.ExitRefused, on: []rt.Kind{rt.PutTag}, fault: rt.Complain(http.StatusMethodNotAllowed, "UNSUPPORTED", "The operation is unsupported."), args: pushing},
		{name: "Too large for a proxy", code: output.ExitRefused, on: []rt.Kind{rt.PutTag}, fault: rt.Say(http.StatusRequestEntityTooLarge, "<html>413 Request Entity Too Large</html>", "Content-Type", "text/html"), args: pushing},
		{name: "A required platform is missing", code: output.ExitUnverified, args: append(pushing, "--require", "linux/arm64")},
		{name: "The image uses schema 1", code: output.ExitUnverified, on: []rt.Kind{rt.ReadTag}, fault: rt.Say(http.StatusOK, schema1, "Content-Type", "application/vnd.docker.distribution.manifest.v1+prettyjws"), args: looking},
		{name: "The registry redirects to the wrong address", code: output.ExitUnverified, on: []rt.Kind{rt.ReadTag}, fault: rt.Say(http.StatusTemporaryRedirect, "", "Location", "http://"+troubled+"/v2/app/manifests/1.0-amd64"), args: looking},
		{name: "A web page instead of a registry", code: output.ExitUnverified, on: []rt.Kind{rt.ReadTag}, fault: rt.Say(http.StatusOK, page, "Content-Type", "text/html"), args: looking},
		{name: "The pull limit of Docker Hub", code: output.ExitUnavailable, on: []rt.Kind{rt.ReadTag}, fault: rt.Say(http.StatusTooManyRequests, `{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit"}]}`, "Ratelimit-Limit", "100;w=21600", "Ratelimit-Remaining", "0;w=21600"), args: looking},
		{name: "Too many requests", code: output.ExitUnavailable, on: []rt.Kind{rt.ReadTag}, fault: rt.Status(http.StatusTooManyRequests, "Retry-After", "3600"), args: looking},
		{name: "The registry is overloaded", code: output.ExitUnavailable, on: []rt.Kind{rt.ReadTag}, fault: rt.Status(http.StatusServiceUnavailable), args: looking},
		{name: "No such host", code: output.ExitUnavailable, err: dial(&net.DNSError{Err: "no such host", Name: troubled, IsNotFound: true}), args: looking},
		{name: "Connection refused", code: output.ExitUnavailable, err: dial(os.NewSyscallError("connect", syscall.ECONNREFUSED)), args: looking},
		{name: "The registry speaks plain HTTP", code: output.ExitUnavailable, err: http.ErrSchemeMismatch, args: looking},
		{name: "Unknown certificate authority", code: output.ExitUnavailable, err: unverified(x509.UnknownAuthorityError{}), args: looking},
		{name: "The certificate is for another name", code: output.ExitUnavailable, err: unverified(x509.HostnameError{Certificate: &x509.Certificate{DNSNames: []string{"other.example"}}, Host: troubled}), args: looking},
		{name: "Upper case in a repository name", code: output.ExitUsage, args: []string{"inspect", troubled + "/App:1.0"}},
		{name: "A branch name as a tag", code: output.ExitUsage, args: []string{"inspect", troubled + "/app:feature/x"}},
		{name: "A location of another tool", code: output.ExitUsage, args: []string{"copy", "docker-daemon:app:1.0", troubled + "/app:1.0"}},
		{name: "A host without a repository", code: output.ExitUsage, args: []string{"inspect", troubled}},
		{name: "A typo in a command", code: output.ExitUsage, args: []string{"psuh"}},
	}
}

// text is what the page shows: the command, what is printed, and the exit code.
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
	return fmt.Sprintf("$ manifest-tool %s\n%s$ echo $?\n%d\n", strings.ReplaceAll(strings.Join(f.args, " "), " --t", " \\\n    --t"), &stderr, f.code)
}

// broken is a network that fails.
type broken struct{ err error }

func (b broken) RoundTrip(*http.Request) (*http.Response, error) { return nil, b.err }

// TestTroubleshooting holds the page that shows what the commonest failures look like: the block below the heading
// of each.
func TestTroubleshooting(t *testing.T) {
	const page = "docs/how-to/troubleshooting.md"
	text := readPage(t, page)
	blocks := regexp.MustCompile("(?ms)^### ([^\n]*)\n\n```text\n(.*?)^```$")
	shown := map[string]bool{}
	for _, m := range blocks.FindAllStringSubmatch(text, -1) {
		shown[m[1]] = true
	}
	for _, f := range troubles() {
		if !shown[f.name] {
			t.Errorf("%s has no heading %q with a block of text below it", page, f.name)
		}
		printed := f.text(t)
		text = blocks.ReplaceAllStringFunc(text, func(found string) string {
			if blocks.FindStringSubmatch(found)[1] != f.name {
				return found
			}
			return "### " + f.name + "\n\n```text\n" + printed + "```"
		})
		delete(shown, f.name)
	}
	for name := range shown {
		t.Errorf("%s shows %q, which no test makes happen", page, name)
	}
	if *update {
		if err := os.WriteFile(filepath.Join(root, page), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(readPage(t, page), text); diff != "" {
		t.Errorf("%s differs from what is printed; go test ./cmd/manifest-tool -run Troubleshooting -update (-page +now):\n%s", page, diff)
	}
}
