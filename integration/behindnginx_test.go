package integration

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/internal/scripttest"
)

// TestBehindNginx runs the main scripts through nginx as distribution's documentation sets it up.
func TestBehindNginx(t *testing.T) {
	t.Parallel()
	behind := startDistribution(t)
	host := startNginx(t, front{registry: behind.Host, server: unlimited, location: forwarded})
	pushImage(t, behind.Host, "compressed", "1.0", "linux", "amd64")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+host+"/v2/compressed/manifests/1.0", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"Accept": {manifestType}, "Accept-Encoding": {"gzip"}}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if coding := resp.Header.Get("Content-Encoding"); coding != "gzip" {
		t.Errorf("nginx does not compress: Content-Encoding %q, %s", coding, resp.Status)
	}
	scripttest.Suite{Dir: scriptDir, Name: "nginx", Start: given(registry{Host: host}, behind), Programs: programs(t)}.RunNamed(t, mainScripts...)
}

// TestNginxLimit checks the answer to what is larger than client_max_body_size.
func TestNginxLimit(t *testing.T) {
	t.Parallel()
	source, behind := startDistribution(t), startDistribution(t)
	byDefault := startNginx(t, front{registry: behind.Host, location: forwarded}) // 1 MiB
	small := startNginx(t, front{registry: source.Host, server: "client_max_body_size 100;", location: forwarded})
	for arch, size := range map[string]int{"amd64": 2 << 20, "arm64": 6 << 20} {
		image := registrytest.Image{Architecture: arch, LayerSize: size}.Build()
		if err := image.Push("http://"+source.Host, "app", arch); err != nil {
			t.Fatal(err)
		}
	}
	for name, args := range map[string][]string{
		"layer":              fromArgs(source.Host, "linux/amd64", byDefault+"/app:1.0"),
		"large layer":        fromArgs(source.Host, "linux/arm64", byDefault+"/app:1.0"),
		"two layers at once": fromArgs(source.Host, "linux/amd64,linux/arm64", byDefault+"/app:1.0"),
		"copy":               {"copy", source.Host + "/app:amd64", byDefault + "/app:1.0"},
		"index":              fromArgs(small, "linux/amd64,linux/arm64", small+"/app:1.0"),
	} {
		t.Run(name, func(t *testing.T) {
			p := newProcess(t, args...)
			p.launch(t)
			p.mustEnd(t, "exit status 6")
			says(t, p, "413 Request Entity Too Large", "hint: raise the size limit of the registry, or of the proxy in front of it")
			for _, host := range []string{behind.Host, source.Host} {
				send(t, http.MethodGet, "http://"+host+"/v2/app/manifests/1.0", "", nil, http.StatusNotFound)
			}
		})
	}
}

// TestNginxAlone checks the pages of nginx that stand for the answers of a registry.
func TestNginxAlone(t *testing.T) {
	t.Parallel()
	source := startDistribution(t)
	pushImage(t, source.Host, "app", "amd64", "linux", "amd64")
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	checks := map[string]func(*testing.T){}
	for name, test := range map[string]struct {
		front     front
		end, page string
	}{
		"registry down":    {front{registry: "127.0.0.1:1"}, "exit status 7", "502 Bad Gateway"},
		"registry silent":  {front{registry: silent.Addr().String(), location: "proxy_read_timeout 100ms;"}, "exit status 7", "504 Gateway Time-out"},
		"maintenance":      {front{registry: source.Host, location: "return 503;"}, "exit status 7", "503 Service Temporarily Unavailable"},
		"denied":           {front{registry: source.Host, location: "deny all;"}, "exit status 5", "403 Forbidden"},
		"no such location": {front{registry: source.Host, location: "return 404;"}, "exit status 5", "404 Not Found"},
	} {
		host := startNginx(t, test.front)
		inspect := newProcess(t, "inspect", host+"/app:amd64")
		push := newProcess(t, fromArgs(source.Host, "linux/amd64", host+"/new:1.0")...)
		for _, p := range []*process{inspect, push} { // all wait between their tries, so they do it together
			p.launch(t)
			checks[name+", "+p.Args[1]] = func(t *testing.T) {
				p.mustEnd(t, test.end)
				says(t, p, test.page, "hint: ", host)
			}
		}
	}
	for name, check := range checks {
		t.Run(name, check)
	}
}

// TestNginxForwarded checks the words about a registry that does not know its own address.
func TestNginxForwarded(t *testing.T) {
	t.Parallel()
	source, behind := startDistribution(t), startDistribution(t)
	relative := serveDistribution(t, "distribution", tool(t, "registry"), inMemory, "  relativeurls: true\n")
	pushImage(t, source.Host, "app", "amd64", "linux", "amd64")
	root, overTLS := frontTLS(t)
	checks := map[string]func(*testing.T){}
	for i, test := range []struct {
		name     string
		front    front
		location string
		end      string
		sends    string // the place that Location names; HOST is nginx. None: the push is done
	}{
		{"right", front{}, forwarded, "exit status 0", ""},
		{"wrong port", front{}, "proxy_set_header Host $host:1;", "exit status 7", "http://127.0.0.1:1/v2/"},
		{"wrong port forwarded", front{}, forwarded + "proxy_set_header X-Forwarded-Host $host:1;", "exit status 7", "http://127.0.0.1:1/v2/"},
		{"https forwarded", front{}, forwardedHost + "proxy_set_header X-Forwarded-Proto https;", "exit status 7", "https://HOST/v2/"},
		{"TLS, right", overTLS, forwarded, "exit status 0", ""},
		{"TLS, scheme not forwarded", overTLS, forwardedHost, "exit status 5", "http://HOST/v2/"},
		{"TLS, wrong port forwarded", overTLS, forwarded + "proxy_set_header X-Forwarded-Host $host:1;", "exit status 7", "https://127.0.0.1:1/v2/"},
		{"TLS, nothing forwarded", overTLS, "", "exit status 0", ""}, // nginx replaces the address of the registry in Location
	} {
		test.front.location, test.front.registry = test.location, behind.Host
		host := startNginx(t, test.front)
		test.front.registry = relative.Host
		healed := startNginx(t, test.front)
		repository := fmt.Sprintf("/app%d:1.0", i) // of its own: a blob that is there is not uploaded
		push := func(host string) []string {
			return append(fromArgs(source.Host, "linux/amd64", host+repository), "--ca-file", root)
		}
		p := newProcess(t, push(host)...)
		p.launch(t)
		checks[test.name] = func(t *testing.T) {
			p.mustEnd(t, test.end)
			if test.sends == "" {
				return
			}
			says(t, p, "the Location header of the registry leads to "+strings.ReplaceAll(test.sends, "HOST", host),
				"hint: the registry sends a wrong address of itself", "X-Forwarded-Proto", "relative URLs")
			ends(t, "exit status 0", "", push(healed)...) // as the hint says
		}
	}
	for name, check := range checks {
		t.Run(name, check)
	}
}

// frontTLS returns the file of a CA, and a front that speaks TLS with a certificate of this CA.
func frontTLS(t *testing.T) (root string, f front) {
	t.Helper()
	ca, dir := registrytest.NewAuthority(t), t.TempDir()
	root = filepath.Join(dir, "ca.pem")
	certificate, key := filepath.Join(dir, "server.pem"), filepath.Join(dir, "server.key")
	registrytest.WriteFile(t, root, ca.PEM())
	signed, private := ca.Issue(t, "127.0.0.1")
	registrytest.WriteFile(t, certificate, signed)
	registrytest.WriteFile(t, key, private)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: ca.Pool()}}
	t.Cleanup(transport.CloseIdleConnections)
	return root, front{
		listen: " ssl",
		server: "ssl_certificate " + certificate + "; ssl_certificate_key " + key + ";",
		pinger: pinger{scheme: "https", transport: transport},
	}
}

// says checks that our program has said everything on stderr.
func says(t *testing.T, p *process, all ...string) {
	t.Helper()
	for _, part := range all {
		if !strings.Contains(p.stderr.String(), part) {
			t.Errorf("stderr does not say %q:\n%s", part, &p.stderr)
		}
	}
}
