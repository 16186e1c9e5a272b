package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

const readyTime = 10 * time.Second

const registryConfig = `version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: %q}}
http: {addr: %q}
`

const registryAuth = `auth:
  token: {realm: %q, service: %s, issuer: %[2]s, rootcertbundle: %q}
`

// A registry is a distribution v3 that runs as long as the bench.
type registry struct {
	program string
	data    string // registries may share it
	realm   string // of the token server; asks for no token if empty
	roots   string // file of certificates, whose keys sign tokens
}

// start returns the registry's host once it answers.
func (r registry) start(ctx context.Context, dir string) (host string, err error) {
	host, err = freeHost()
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf(registryConfig, r.data, host)
	if r.realm != "" {
		text += fmt.Sprintf(registryAuth, r.realm, tokenService, r.roots)
	}
	config := filepath.Join(dir, "config.yml")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return "", err
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return "", err
	}
	defer log.Close() // the process has its own handle
	cmd := exec.CommandContext(ctx, r.program, "serve", config)
	cmd.Env = []string{"OTEL_TRACES_EXPORTER=none", "OTEL_SDK_DISABLED=true"}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return "", err
	}
	go cmd.Wait()
	if err := answers(host); err != nil {
		said, _ := os.ReadFile(log.Name())
		return "", fmt.Errorf("registry: %w\n%s", err, said)
	}
	return host, nil
}

func freeHost() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// answers waits until a registry does; that it wants a token is an answer.
func answers(host string) error {
	client := http.Client{Timeout: time.Second}
	for end := time.Now().Add(readyTime); ; time.Sleep(20 * time.Millisecond) {
		resp, err := client.Get("http://" + host + "/v2/")
		if err == nil {
			resp.Body.Close()
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("no answer within %v: %w", readyTime, err)
		}
	}
}
