package main

import (
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/internal/scripttest"
)

func TestScripts(t *testing.T) {
	inProcesses(t)
	start := func(t testing.TB) (one, other scripttest.Registry) {
		return memoryRegistry(t, registrytest.Options{}), memoryRegistry(t, registrytest.Options{Referrers: true, PageSize: 2})
	}
	scripttest.Suite{Dir: "testdata/script", Name: "memory", Start: start}.Run(t)
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
