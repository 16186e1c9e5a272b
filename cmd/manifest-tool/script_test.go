package main

import (
	"os"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/internal/scripttest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"manifest-tool": impatient})
}

// impatient is main with short pauses between tries: a script that shows a failure need not wait for seconds.
func impatient() {
	env := environment()
	env.Backoff = testBackoff
	stdout, done, err := scripttest.Record(env.Stdout, os.Args)
	if err != nil {
		panic(err)
	}
	env.Stdout = stdout
	code := run(env)
	done()
	os.Exit(code)
}

const testBackoff = 20 * time.Millisecond

func TestScripts(t *testing.T) {
	scripttest.Run(t, "testdata/script", "memory", func(t testing.TB) (one, other scripttest.Registry) {
		return memoryRegistry(t, registrytest.Options{}), memoryRegistry(t, registrytest.Options{Referrers: true, PageSize: 2})
	})
}

func memoryRegistry(t testing.TB, o registrytest.Options) scripttest.Registry {
	server := registrytest.New(t, o)
	return scripttest.Registry{Host: server.Host(), Log: func() []string {
		var methods []string
		for _, r := range server.Requests() {
			methods = append(methods, r.Method)
		}
		server.ResetRequests()
		return methods
	}}
}
