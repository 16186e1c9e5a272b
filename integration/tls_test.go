package integration

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

const tlsConfig = `  tls:
    certificate: %q
    key: %q
    clientcas: [%q]
`

// An office is a company with a CA of its own, and a real registry that only those may speak to whom the
// CA has signed.
type office struct {
	dir  string // ca.pem, me.pem and me.key are in there
	host string
	see  registrytest.Walker
}

func newOffice(t *testing.T) office {
	t.Helper()
	ca, o := registrytest.NewAuthority(t), office{dir: t.TempDir()}
	registrytest.WriteFile(t, o.path("ca.pem"), ca.PEM())
	for name, names := range map[string][]string{"server": {"127.0.0.1"}, "me": {"ci"}} {
		cert, key := ca.Issue(t, names...)
		registrytest.WriteFile(t, o.path(name+".pem"), cert)
		registrytest.WriteFile(t, o.path(name+".key"), key)
	}
	me, err := tls.LoadX509KeyPair(o.path("me.pem"), o.path("me.key"))
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: ca.Pool(), Certificates: []tls.Certificate{me}}}
	t.Cleanup(transport.CloseIdleConnections)
	more := fmt.Sprintf(tlsConfig, o.path("server.pem"), o.path("server.key"), o.path("ca.pem"))
	o.host = serveTo(t, pinger{"https", transport}, distribution(t, tool(t, "registry"), inMemory, more))
	o.see = registrytest.Walker{Client: &http.Client{Transport: overTLS{transport}}}
	return o
}

func (o office) path(name string) string { return filepath.Join(o.dir, name) }

// overTLS is for a client that would speak plain http.
type overTLS struct{ http.RoundTripper }

func (t overTLS) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme = "https"
	return t.RoundTripper.RoundTrip(r)
}

// Every way to say whom to trust and who we are, on a real registry that insists.
func TestPrivateCA(t *testing.T) {
	t.Parallel()
	o, source := newOffice(t), startDistribution(t)
	image := registrytest.Image{LayerSize: 100_000}.Build()
	if err := image.Push("http://"+source.Host, "app", "amd64"); err != nil {
		t.Fatal(err)
	}
	ca, cert, key := o.path("ca.pem"), o.path("me.pem"), o.path("me.key")
	folder := func(home string) {
		for name, from := range map[string]string{"ca.crt": ca, "client.cert": cert, "client.key": key} {
			content, err := os.ReadFile(from)
			if err != nil {
				t.Fatal(err)
			}
			registrytest.WriteFile(t, filepath.Join(home, ".config/containers/certs.d", o.host, name), content)
		}
	}
	tests := []struct {
		name string
		home func(string)
		env  []string
		args []string
		end  string
		says string
	}{
		{"nothing", nil, nil, nil, "exit status 7", "certificate signed by unknown authority"},
		{"the CA alone", nil, nil, []string{"--ca-file", ca}, "exit status 7", "the registry requires a client certificate: use --cert-file"},
		{"flags", nil, nil, []string{"--ca-file", ca, "--cert-file", cert, "--key-file", key}, "exit status 0", ""},
		{"$SSL_CERT_FILE", nil, []string{"SSL_CERT_FILE=" + ca}, []string{"--cert-file", cert, "--key-file", key}, "exit status 0", ""},
		{"--insecure", nil, nil, []string{"--insecure", "--cert-file", cert, "--key-file", key}, "exit status 0", o.host + ": accepting an invalid certificate (--insecure)"},
		{"certs.d", folder, nil, nil, "exit status 0", ""},
		{"certs.d beside $SSL_CERT_FILE", folder, []string{"SSL_CERT_FILE=" + o.path("server.pem")}, nil, "exit status 0", ""},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tag := fmt.Sprint("v", i)
			p := newProcess(t, append(test.args, "push", "from-args", "--platforms", "linux/amd64",
				"--template", source.Host+"/app:ARCH", "--target", o.host+"/app:"+tag)...)
			if test.home != nil {
				test.home(strings.TrimPrefix(p.Env[0], "HOME="))
			}
			p.Env = append(p.Env, test.env...)
			p.launch(t)
			p.mustEnd(t, test.end)
			if !strings.Contains(p.stderr.String(), test.says) || test.says == "" && strings.Contains(p.stderr.String(), "warning") {
				t.Errorf("it does not say %q:\n%s", test.says, &p.stderr)
			}
			found := o.see.Walk(o.host, "app", tag)
			if done := test.end == "exit status 0"; done != (found.Digest != "" && found.Wrong == nil) {
				t.Errorf("the registry holds %q: %v", found.Digest, found.Wrong)
			}
		})
	}
}
