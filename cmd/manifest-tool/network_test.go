package main

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/manifest-tool/manifest-tool/internal/cli"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// A town is some registries that speak plain http, on no loopback.
type town struct {
	network    *registrytest.Network
	registries map[string]*registrytest.Registry
}

func (w town) run(t *testing.T, args ...string) (code int, stderr string) {
	t.Helper()
	var stdout, errs bytes.Buffer
	transport := w.network.Transport()
	defer transport.CloseIdleConnections()
	code = cli.Execute(t.Context(), append([]string{"manifest-tool"}, args...), cli.Env{
		Stdin: strings.NewReader(canary), Stdout: &stdout, Stderr: &errs, Transport: transport,
	})
	if strings.Contains(stdout.String()+errs.String(), canary) {
		t.Errorf("the password is told:\n%s%s", &stdout, &errs)
	}
	return code, errs.String()
}

func inTown(t *testing.T, o registrytest.Options, hosts []string, test func(t *testing.T, w town)) {
	synctest.Test(t, func(t *testing.T) {
		w := town{registrytest.NewNetwork(), map[string]*registrytest.Registry{}}
		for _, host := range hosts {
			w.registries[host] = registrytest.NewRegistry(o)
			w.registries[host].Push(t, "app", "amd64", registrytest.Image{}.Build())
			w.network.Serve(host, w.registries[host])
		}
		test(t, w)
		w.network.Close()
	})
}

// Nothing speaks plain http that was not told to.
func TestPlainHTTP(t *testing.T) {
	push := []string{"push", "from-args", "--platforms", "linux/amd64", "--template", "src.test/app:ARCH", "--target", "reg.test/app:1.0"}
	tests := []struct {
		flags []string
		code  int
		says  string
	}{
		{nil, output.ExitUnavailable, "the registry uses plain http: add --plain-http"},
		{[]string{"--plain-http"}, output.ExitDone, ""},
		{[]string{"--plain-http-registry", "src.test"}, output.ExitUnavailable, "https://reg.test/v2/app/"},
		{[]string{"--plain-http-registry", "src.test,reg.test"}, output.ExitDone, ""},
		{[]string{"--plain-http-registry", "src.test", "--plain-http-registry", "reg.test:80"}, output.ExitDone, ""},
		{[]string{"--insecure"}, output.ExitDone, "reg.test does not support TLS: using plain http (--insecure)\n"},
		{[]string{"--insecure-registry", "src.test"}, output.ExitUnavailable, "https://reg.test/v2/app/"},
		{[]string{"--insecure-registry", "src.test", "--plain-http-registry", "reg.test"}, output.ExitDone, "src.test does not support TLS"},
	}
	for _, test := range tests {
		inTown(t, registrytest.Options{}, []string{"reg.test", "src.test"}, func(t *testing.T, w town) {
			code, stderr := w.run(t, append(test.flags, push...)...)
			if code != test.code || !strings.Contains(stderr, test.says) || test.says == "" && strings.Contains(stderr, "warning") {
				t.Errorf("%q: exit %d, not %d with %q\n%s", test.flags, code, test.code, test.says, stderr)
			}
			if test.code != output.ExitDone && strings.Contains(stderr, "http://") {
				t.Errorf("%q: it was spoken to by plain http:\n%s", test.flags, stderr)
			}
		})
	}
}

// Over plain http anybody may say who the token server is.
func TestAllowRealm(t *testing.T) {
	o := withLogin(registrytest.Options{Auth: registrytest.TokenAuth, Realm: "http://auth.test/token"})
	inspect := []string{"--plain-http", "--username", "ci", "--password-stdin", "inspect", "reg.test/app:amd64"}
	inTown(t, o, []string{"reg.test"}, func(t *testing.T, w town) {
		logins := 0
		w.network.Serve("auth.test", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if _, password, _ := r.BasicAuth(); password == canary {
				logins++
			}
			w.registries["reg.test"].ServeHTTP(rw, r)
		}))
		code, stderr := w.run(t, inspect...)
		want := "reg.test: its token server is auth.test, but the answer came over an unprotected connection and may be forged (use --allow-realm auth.test to send the login to this server)"
		if code != output.ExitUnverified || !strings.Contains(stderr, want) || logins > 0 {
			t.Errorf("exit %d, %d logins\n%s", code, logins, stderr)
		}
		code, stderr = w.run(t, append([]string{"--allow-realm", "auth.test", "--debug"}, inspect...)...)
		if code != output.ExitDone || logins != 1 || !strings.Contains(stderr, "debug: GET http://auth.test/token: 200") {
			t.Errorf("exit %d, %d logins\n%s", code, logins, stderr)
		}
		if !strings.Contains(stderr, "warning: reg.test is contacted over plain http: the network can read the login") {
			t.Errorf("no warning of the login that goes over plain http\n%s", stderr)
		}
	})
}
