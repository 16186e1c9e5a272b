package integration

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A front is how nginx stands before a registry.
type front struct {
	registry string // the host behind it
	listen   string // after the address that nginx listens on
	server   string // directives beside the location of the registry
	location string // directives in the location of the registry
	pinger   pinger
}

// The directives that distribution's documentation has for nginx.
const (
	forwardedHost = "proxy_set_header Host $http_host;"
	forwarded     = forwardedHost + " proxy_set_header X-Forwarded-Proto $scheme;"
	unlimited     = "client_max_body_size 0;"
)

// One process without workers: it ends at once when it is killed, and has the rights of the test. All answers are
// compressed for who accepts that.
const nginxConfig = `daemon off;
master_process off;
pid %[1]s/pid;
error_log stderr;
events {}
http {
	access_log off;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	gzip on;
	gzip_types *;
	gzip_min_length 1;
	server {
		listen %[2]s%[3]s;
		%[4]s
		location = /v2/ { return 200; }
		location / {
			proxy_pass http://%[5]s;
			%[6]s
		}
	}
}
`

// startNginx runs nginx before a registry, and returns its host. It answers the request for /v2/ itself, so that
// it answers without a registry too.
func startNginx(t testing.TB, f front) string {
	t.Helper()
	program, dir := installed(t, "nginx"), t.TempDir()
	config := filepath.Join(dir, "nginx.conf")
	if f.pinger.scheme == "" {
		f.pinger.scheme = "http"
	}
	return serveTo(t, f.pinger, func(ctx context.Context, host string) *exec.Cmd {
		text := fmt.Sprintf(nginxConfig, dir, host, f.listen, f.server, f.registry, f.location)
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(ctx, program, "-p", dir, "-c", config)
		cmd.Env = []string{}
		return cmd
	})
}
