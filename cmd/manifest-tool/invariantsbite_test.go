package main

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/output"
	rt "github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// Each invariant holds after a run in which nothing goes wrong, and does not once one thing is spoiled.
func TestInvariantsBite(t *testing.T) {
	failed := func(stderr string) func(*testCase) {
		return func(a *testCase) { a.code, a.stdout, a.stderr = output.ExitRefused, "", stderr }
	}
	told := "manifest-tool: push reg.test/app:1.0: PUT http://reg.test/v2/app/manifests/1.0: 400 Bad Request\n"
	g := func(a *testCase) *rt.Registry { return a.stage.registry[regHost] }
	ask := func(a *testCase, method, url string, headers ...string) {
		req, _ := http.NewRequest(method, url, nil)
		if len(headers) > 0 {
			req.Header.Set(headers[0], headers[1])
		}
		transport := a.stage.network.Transport()
		defer transport.CloseIdleConnections()
		if resp, err := transport.RoundTrip(req); err == nil {
			resp.Body.Close()
		}
	}
	for _, test := range []struct {
		name      string
		invariant func(testCase) error
		spoil     func(*testCase)
	}{
		{"I1 a tag of somebody else", testCase.tagWhole, func(a *testCase) { g(a).Push(t, "app", "1.0", rt.Image{Seed: "x"}.Build()) }},
		{"I1 a child is gone", testCase.tagWhole, func(a *testCase) { g(a).DeleteManifest("app", mounted.images()["reg.test/src-arm64:1"].Digest) }},
		{"I2 another digest is printed", testCase.doneMeansDone, func(a *testCase) { a.stdout = "Digest: sha256:0 1\n" }},
		{"I2 a result of a failure", testCase.doneMeansDone, func(a *testCase) { a.code = output.ExitRefused }},
		{"I3 something is gone", testCase.nothingGone, func(a *testCase) { g(a).DeleteManifest("src-arm64", mounted.images()["reg.test/src-arm64:1"].Digest) }},
		{"I3 something is deleted", testCase.nothingGone, func(a *testCase) { ask(a, "DELETE", "http://reg.test/v2/app/manifests/1.0") }},
		{"I4 another exit code", testCase.rightExit, failed(told)},
		{"I5 no request", testCase.saysAll, failed("manifest-tool: push reg.test/app:1.0: no luck\nhint: try again\n")},
		{"I5 no operation", testCase.saysAll, failed(strings.Replace(told, "push reg.test/app:1.0: ", "", 1) + "hint: try again\n")},
		{"I5 no hint", testCase.saysAll, failed(told)},
		{"I6 a secret is shown", testCase.noSecrets, func(a *testCase) { a.stderr += rt.Secret() }},
		{"I6 a secret is sent away", testCase.noSecrets, func(a *testCase) { ask(a, "GET", "http://elsewhere.test/", "Authorization", "Basic x") }},
		{"I6 a login for another registry", testCase.noSecrets, func(a *testCase) { ask(a, "GET", "http://other.test/v2/", "Authorization", "Basic x") }},
		{"I7 a stranger", testCase.noStrangers, func(a *testCase) { ask(a, "GET", "http://stranger.test/") }},
		{"I8 too long", testCase.bounded, func(a *testCase) { a.took = time.Hour }},
		{"I8 too many tries", testCase.bounded, func(a *testCase) { a.moment.kind, a.happened = rt.PutTag, 100 }},
		{"I8 too many requests", testCase.bounded, func(a *testCase) { a.requests = nil; a.happened = 0; flood(a, ask) }},
		{"I11 a connection is left", testCase.nothingLeft, func(a *testCase) { a.open = 1 }},
		{"I12 an escape", testCase.printable, func(a *testCase) { a.stderr += "manifest-tool: \x1b[31m\n" }},
		{"I12 a line of its own", testCase.printable, func(a *testCase) { a.stderr += "::error::owned\n" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			recorded := recordRun(t, mounted, old)
			synctest.Test(t, func(t *testing.T) {
				s := recorded.stage()
				defer s.close()
				a := testCase{dryRun: recorded, moment: recorded.requestPoints()[0], stage: s}
				a.outcome = mounted.run(t, s)
				if err := test.invariant(a); err != nil {
					t.Errorf("nothing is wrong: %v", err)
				}
				test.spoil(&a)
				if test.invariant(a) == nil {
					t.Error("not found")
				}
			})
		})
	}
}

func flood(a *testCase, ask func(*testCase, string, string, ...string)) {
	a.moment.kind = rt.PutTag
	for range moreTries + maxTries {
		ask(a, "GET", "http://reg.test/v2/")
	}
}
