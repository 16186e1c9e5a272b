package main

import (
	"bytes"
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/cli"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// A guarded registry has a certificate that its own CA has signed, and may want to see one of its clients.
type guarded struct {
	*registrytest.Registry
	ca   *registrytest.Authority
	host string
}

func guard(t *testing.T, clients tls.ClientAuthType) guarded {
	t.Helper()
	g := guarded{Registry: registrytest.NewRegistry(withLogin(registrytest.Options{Auth: registrytest.BasicAuth})), ca: registrytest.NewAuthority(t)}
	pair, err := tls.X509KeyPair(g.ca.Issue(t, "127.0.0.1", "localhost"))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(g.Registry)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: clients}
	if clients == tls.RequireAndVerifyClientCert {
		server.TLS.ClientCAs = g.ca.Pool()
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	g.host = server.Listener.Addr().String()
	g.Push(t, "app", "1.0", registrytest.Image{}.Build())
	return g
}

// A user has a home and the settings of a system.
type user struct{ dir string }

func (u user) write(t *testing.T, path string, content []byte) string {
	t.Helper()
	registrytest.WriteFile(t, filepath.Join(u.dir, path), content)
	return filepath.Join(u.dir, path)
}

// run runs the program, with the login of the test for the registry.
func (u user) run(t *testing.T, args ...string) (code int, stderr string) {
	t.Helper()
	var stdout, errs bytes.Buffer
	code = cli.Execute(t.Context(), append([]string{"manifest-tool", "--username", "ci", "--password-stdin"}, args...), cli.Env{
		Stdin: strings.NewReader(canary), Stdout: &stdout, Stderr: &errs,
		Environ: []string{"HOME=" + u.dir}, Etc: filepath.Join(u.dir, "etc"),
	})
	if strings.Contains(stdout.String()+errs.String(), canary) {
		t.Errorf("the password is told:\n%s%s", &stdout, &errs)
	}
	return code, errs.String()
}

func TestTrust(t *testing.T) {
	g := guard(t, tls.NoClientCert)
	image := g.host + "/app:1.0"
	ca := g.ca.PEM()
	tests := []struct {
		name   string
		given  string // a file of its own with the CA
		args   []string
		code   int
		stderr string
	}{
		{"nobody", "", nil, output.ExitUnavailable, "add the CA with --ca-file or in certs.d, or use --insecure"},
		{"--ca-file", "ca.pem", []string{"--ca-file", "ca.pem"}, output.ExitDone, ""},
		{"--ca-file that is not there", "", []string{"--ca-file", "ca.pem"}, output.ExitUsage, "ca.pem: no such file"},
		{"docker's folder", "etc/docker/certs.d/" + g.host + "/ca.crt", nil, output.ExitDone, ""},
		{"containers' folder", ".config/containers/certs.d/" + g.host + "/ca.crt", nil, output.ExitDone, ""},
		{"another registry's folder", "etc/docker/certs.d/other.test/ca.crt", nil, output.ExitUnavailable, "unknown authority"},
		{"--insecure", "", []string{"--insecure"}, output.ExitDone, g.host + ": accepting an invalid certificate (--insecure): x509"},
		{"--insecure, and it is good", "ca.pem", []string{"--insecure", "--ca-file", "ca.pem"}, output.ExitDone, ""},
		{"--insecure-registry", "", []string{"--insecure-registry", g.host}, output.ExitDone, "accepting an invalid certificate"},
		{"--insecure-registry for another", "", []string{"--insecure-registry", "other.test"}, output.ExitUnavailable, "unknown authority"},
		{"--insecure-registry with a path", "", []string{"--insecure-registry", "https://other.test/"}, output.ExitUsage, "give a host, such as"},
		{"--plain-http", "", []string{"--plain-http"}, output.ExitRefused, "400"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			u := user{t.TempDir()}
			if test.given != "" {
				u.write(t, test.given, ca)
			}
			for i, arg := range test.args {
				if arg == "ca.pem" {
					test.args[i] = filepath.Join(u.dir, arg)
				}
			}
			code, stderr := u.run(t, append(test.args, "inspect", image)...)
			if code != test.code || !strings.Contains(stderr, test.stderr) || test.stderr == "" && stderr != "" {
				t.Errorf("exit %d, want %d and %q\n%s", code, test.code, test.stderr, stderr)
			}
		})
	}
}

// What docker has been told to trust as it is, is not trusted here by itself. But it is told.
func TestDockerHint(t *testing.T) {
	g := guard(t, tls.NoClientCert)
	u := user{t.TempDir()}
	file := u.write(t, "etc/docker/daemon.json", []byte(`{"insecure-registries": ["`+g.host+`"]}`))
	want := "hint: docker trusts " + g.host + " because of " + file + ": add --insecure-registry " + g.host + " to do the same here\n"
	if code, stderr := u.run(t, "inspect", g.host+"/app:1.0"); code != output.ExitUnavailable || !strings.HasSuffix(stderr, want) {
		t.Errorf("exit %d\n%s", code, stderr)
	}
}

func TestClientCertificate(t *testing.T) {
	g := guard(t, tls.RequireAndVerifyClientCert)
	cert, key := g.ca.Issue(t, "ci")
	folder := "etc/docker/certs.d/" + g.host + "/"
	u := user{t.TempDir()}
	u.write(t, folder+"ca.crt", g.ca.PEM())
	code, stderr := u.run(t, "inspect", g.host+"/app:1.0")
	if code != output.ExitUnavailable || !strings.Contains(stderr, "hint: the registry requires a client certificate: use --cert-file and --key-file") {
		t.Errorf("without one: exit %d\n%s", code, stderr)
	}
	if n := len(g.Requests()); n > 1 { // that of Push
		t.Errorf("%d requests got in", n)
	}
	flags := []string{"--cert-file", u.write(t, "me.pem", cert), "--key-file", u.write(t, "me.key", key)}
	if code, stderr := u.run(t, append(flags, "inspect", g.host+"/app:1.0")...); code != output.ExitDone || stderr != "" {
		t.Errorf("by flags: exit %d\n%s", code, stderr)
	}
	if code, stderr := u.run(t, flags[0], flags[1], "inspect", g.host+"/app:1.0"); code != output.ExitUsage || !strings.Contains(stderr, "--cert-file requires --key-file") {
		t.Errorf("without its key: exit %d\n%s", code, stderr)
	}
	u.write(t, folder+"client.cert", cert)
	if code, stderr := u.run(t, "inspect", g.host+"/app:1.0"); code != output.ExitUsage || !strings.Contains(stderr, "client.key: no such file") {
		t.Errorf("a folder without the key: exit %d\n%s", code, stderr)
	}
	u.write(t, folder+"client.key", key)
	if code, stderr := u.run(t, "inspect", g.host+"/app:1.0"); code != output.ExitDone || stderr != "" {
		t.Errorf("by the folder: exit %d\n%s", code, stderr)
	}
}

// A certificate on the command line is for the target: a source gets to see none.
func TestClientCertificateIsForTheTarget(t *testing.T) {
	source, target := guard(t, tls.RequestClientCert), guard(t, tls.RequireAndVerifyClientCert)
	u := user{t.TempDir()}
	u.write(t, "etc/docker/certs.d/"+source.host+"/ca.crt", source.ca.PEM())
	u.write(t, "etc/docker/certs.d/"+target.host+"/ca.crt", target.ca.PEM())
	u.write(t, ".docker/config.json", []byte(`{"auths": {"`+source.host+`": {"username": "ci", "password": "`+canary+`"}}}`))
	cert, key := target.ca.Issue(t, "ci")
	shown := false
	source.Intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if len(r.TLS.PeerCertificates) > 0 {
			shown = true
		}
		return false
	})
	code, stderr := u.run(t, "--cert-file", u.write(t, "me.pem", cert), "--key-file", u.write(t, "me.key", key), "push", "from-args",
		"--platforms", "linux/amd64", "--template", source.host+"/app:1.0", "--target", target.host+"/app:2.0")
	if code != output.ExitDone || shown {
		t.Errorf("exit %d, shown to the source: %v\n%s", code, shown, stderr)
	}
}

// Where a layout is the target, the certificate is for the registry that it is copied from.
func TestClientCertificateBesideLayout(t *testing.T) {
	g := guard(t, tls.RequireAndVerifyClientCert)
	u := user{t.TempDir()}
	cert, key := g.ca.Issue(t, "ci")
	code, stderr := u.run(t, "--ca-file", u.write(t, "ca.pem", g.ca.PEM()), "--cert-file", u.write(t, "me.pem", cert), "--key-file", u.write(t, "me.key", key),
		"copy", g.host+"/app:1.0", "oci-layout:"+filepath.Join(t.TempDir(), "out"))
	if code != output.ExitDone || strings.Contains(stderr, "is not used") {
		t.Errorf("exit %d\n%s", code, stderr)
	}
}
