package run

import (
	"io"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry/remote"
)

func TestProxyFault(t *testing.T) {
	for text, good := range map[string]bool{
		"http://proxy:3128": true, "proxy:3128": true, "proxy": true, "https://proxy/": true, "socks5://me:secret@proxy:1080": true, "socks5h://proxy": true,
		"http://me:se%23cret@proxy:3128": true, "http://[::1]:3128": true, "me:secret@proxy:3128": true, "http://me:a@b@proxy:3128": true, "HTTP://proxy": true,
		"http://me:se#cret@proxy:3128": false, "http://me:12#cret@proxy:3128": false, "http://me:12/cret@proxy:3128": false, "http://me:12?cret@proxy:3128": false,
		"http://me:se%zzcret@proxy": false, "%zz": false, "http://": false, "://proxy": false, "http://:3128": false, "http://proxy:port": false,
		"ftp://proxy": false, "http://proxy/path": false, "http://pro xy": false, "http://proxy:3128\n": false, "file:///proxy": false,
	} {
		if fault := proxyFault(text); (fault == "") != good || strings.Contains(fault, "cret") {
			t.Errorf("%q: %q", text, fault)
		}
	}
}

// TestProxyLogin: the login for a proxy is a secret, also in a URL that is no good.
func TestProxyLogin(t *testing.T) {
	for text, secret := range map[string]string{
		"http://me:hunter2hunter@proxy:3128":     "hunter2hunter",
		"http://me:hunter%232hunter@proxy:3128":  "hunter#2hunter",
		"http://me:hunter#2hunter@proxy:3128":    "hunter#2hunter",
		"me:hunter2%zz@proxy":                    "hunter2%zz",
		"http://only-a-token@proxy:3128":         "only-a-token",
		"http://me:hunter@2hunter@proxy:3128":    "hunter@2hunter",
		"http://me:hunter/2?hunter#x@proxy:3128": "hunter/2?hunter#x",
	} {
		var stderr strings.Builder
		out := output.New(io.Discard, &stderr)
		r := New(Env{Environ: []string{"https_proxy=" + text}}, out)
		if err := r.checkProxies(make([]remote.Use, 1)); err != nil {
			out.Errorf("%v", err)
		}
		out.Warnf("says %s, %q and %s", secret, secret, text)
		if strings.Contains(stderr.String(), secret) || strings.Contains(stderr.String(), "hunter2") || !strings.Contains(stderr.String(), "says ***") {
			t.Errorf("%s: %s", text, stderr.String())
		}
	}
}
