package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/output"
	rt "github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// known is a fault of the exhaustive run.
func known(name string) rt.Fault {
	for _, f := range rt.Faults() {
		if f.Name == name {
			return f
		}
	}
	panic("no such fault: " + name)
}

func spaces(n int) string { return strings.Repeat(" ", n) }

func redirected() []matrixCase {
	var rows []matrixCase
	for _, code := range []string{"301", "302", "303"} {
		rows = append(rows, each(matrixCase{id: "F32", scenario: streamed, fault: known(code + " in a circle"), code: output.ExitUnverified,
			words: []string{"redirected to http://reg.test/"}}, everything[1:]...)...)
	}
	for _, code := range []string{"307", "308"} {
		rows = append(rows, each(matrixCase{id: "F33", scenario: streamed, fault: known(code + " to the same place once"), code: output.ExitDone, moved: true}, everything[1:]...)...)
		rows = append(rows, each(matrixCase{id: "F32", scenario: streamed, fault: known(code + " of a write elsewhere"), code: output.ExitUnverified,
			words: []string{"redirected to http://elsewhere.test/"}, more: func(t *testing.T, a testCase) {
				if a.stage.elsewhere.writes > 0 {
					t.Error("a write went elsewhere")
				}
			}}, everything[1:]...)...)
	}
	private := unmounted.with(func(sc *scenario) { sc.options = withTokens; sc.options.RefuseMounts = true })
	return append(rows,
		matrixCase{id: "F35", scenario: here, on: []rt.Kind{rt.ReadTag}, fault: known("302 in a circle"), code: output.ExitUnverified, words: []string{"10 times"}, more: tries(10, 30)},
		matrixCase{id: "F35", scenario: tokens, on: []rt.Kind{rt.Token}, fault: known("307 in a circle"), code: output.ExitUnverified, words: []string{"reg.test"}, more: tries(1, 1)},
		matrixCase{id: "F37", scenario: streamed, host: otherHost, on: []rt.Kind{rt.ReadBlob}, fault: known("307 of a blob elsewhere"), code: output.ExitDone, moved: true},
		matrixCase{id: "F37", scenario: private, on: []rt.Kind{rt.ReadBlob}, fault: known("307 of a blob elsewhere"), code: output.ExitDone, moved: true},
	)
}

// unusual are rows of what is allowed, or nearly so.
func unusual() []matrixCase {
	located := func(name string, change func(location string) string) rt.Fault {
		return fault(name, 0, rt.Spoil(func(a *rt.Answer) { a.Header.Set("Location", change(a.Header.Get("Location"))) }))
	}
	done := matrixCase{scenario: streamed, code: output.ExitDone, moved: true}
	var rows []matrixCase
	for _, f := range []rt.Fault{
		located("a path", func(l string) string { return strings.TrimPrefix(l, "http://reg.test") }),
		located("no scheme", func(l string) string { return strings.TrimPrefix(l, "http:") }),
		located("a relative path", func(l string) string { return strings.TrimPrefix(l, "http://reg.test/v2/app/blobs/uploads/") }),
		located("a fragment", func(l string) string { return l + "#part" }),
		located("8 KiB", func(l string) string { return l + "&x=" + strings.Repeat("y", 8<<10) }),
	} {
		done.id, done.fault = "F49", f
		rows = append(rows, each(done, rt.StartUpload)...)
	}
	for _, code := range []int{403, 400, 405, 429, 500} {
		done.id, done.fault = map[bool]string{true: "F47", false: "F48"}[code == 403], says(code, 0)
		rows = append(rows, each(done, rt.LookUpTag)...)
		for _, r := range each(done, rt.LookUpChild) {
			r.scenario = mounted
			rows = append(rows, r)
		}
		rows = append(rows, each(done, rt.LookUpBlob)...)
	}
	return rows
}

func mounts() []matrixCase {
	done := matrixCase{scenario: mounted, on: []rt.Kind{rt.Mount}, code: output.ExitDone, moved: true}
	with := func(id string, f rt.Fault) matrixCase {
		done.id, done.fault = id, f
		return done
	}
	rows := []matrixCase{
		with("F53", fault("answered with an upload", 0, func(s rt.Scene) {
			s.R.URL.RawQuery = ""
			s.Registry.Answer(s.W, s.R)
		})),
		with("F54", known("201, and nothing is stored for ever")),
		with("F55", fault("a reset", 0, rt.HangUp)),
		with("F55", fault("no answer", 0, rt.Stall)),
	}
	for _, code := range []int{400, 401, 403, 404, 405, 500} {
		rows = append(rows, with("F55", says(code, 0)))
	}
	for i := range rows {
		rows[i].more = noUploads
	}
	gone := with("F56", fault("the source is gone", 0, func(s rt.Scene) {
		s.Registry.DeleteBlob(s.R.URL.Query().Get("from"), s.R.URL.Query().Get("mount"))
		s.Registry.Answer(s.W, s.R)
	}))
	gone.code, gone.moved, gone.words = output.ExitNotFound, false, []string{"reg.test/src-"}
	return append(rows, gone)
}

// refusals are rows of registries that do not want it.
func refusals() []matrixCase {
	put := []rt.Kind{rt.PutTag}
	immutable := here.with(func(sc *scenario) { sc.options.ImmutableTags = true })
	lost := fault("stored, and the answer is lost", 1, rt.Forget)
	rows := []matrixCase{
		{id: "F03", scenario: here, on: put, fault: lost, code: output.ExitDone, moved: true, more: tries(1, 1)},
		{id: "F03", scenario: immutable, prior: absent, on: put, fault: lost, code: output.ExitDone, moved: true, more: tries(1, 1)},
		{id: "F04", scenario: here, on: put, fault: fault("a reset, nothing is stored", 1, rt.HangUp), code: output.ExitDone, moved: true},
		{id: "F04", scenario: here, on: put, fault: fault("a reset, nothing is stored", 0, rt.HangUp), code: output.ExitUnavailable, words: []string{"PUT http://reg.test/v2/app/manifests/1.0"}, more: tries(1, 5)},
		{id: "F60", scenario: mounted, on: []rt.Kind{rt.PutChild}, fault: known("MANIFEST_BLOB_UNKNOWN once"), code: output.ExitDone, moved: true},
		{id: "F60", scenario: mounted, on: []rt.Kind{rt.PutChild}, fault: known("MANIFEST_BLOB_UNKNOWN for ever"), code: output.ExitRefused, words: []string{"MANIFEST_BLOB_UNKNOWN"}},
		{id: "F60", scenario: mounted, on: put, fault: known("MANIFEST_BLOB_UNKNOWN once"), code: output.ExitDone, moved: true},
		{id: "F60", scenario: mounted, on: put, fault: known("MANIFEST_BLOB_UNKNOWN for ever"), code: output.ExitRefused, words: []string{"MANIFEST_BLOB_UNKNOWN"}},
		{id: "F61", scenario: mounted, on: put, fault: unknownFor(3), code: output.ExitDone, moved: true, more: tries(3, 3)},
		{id: "F61", scenario: streamed, on: put, fault: unknownFor(8), code: output.ExitDone, moved: true, more: waits(5*time.Second, 30*time.Second)},
		{id: "F61", scenario: several, on: put, fault: unknownFor(3), code: output.ExitDone, moved: true},
		{id: "F61", scenario: here, on: put, fault: known("MANIFEST_UNKNOWN for ever"), code: output.ExitRefused, words: []string{"MANIFEST_UNKNOWN"}, more: waits(25*time.Second, 40*time.Second)},
		{id: "B12", scenario: streamed, on: []rt.Kind{rt.LookUpTag, rt.ReadTag}, fault: policed(2), code: output.ExitDone, moved: true},
		{id: "B12", scenario: several, on: []rt.Kind{rt.LookUpTag}, fault: policed(3), code: output.ExitDone, moved: true},
		{id: "B12", scenario: mounted, on: []rt.Kind{rt.LookUpChild}, fault: policed(0), code: output.ExitDone, moved: true},
		{id: "B12", scenario: streamed, host: otherHost, on: []rt.Kind{rt.ReadTag}, fault: policed(0), code: output.ExitRefused, words: []string{"412", "vulnerable"}},
		{id: "F63", scenario: streamed, on: []rt.Kind{rt.SendBlob}, fault: says(413, 0), code: output.ExitRefused, words: []string{"413", "proxy", "\nhint: "}},
		{id: "F63", scenario: streamed, on: put, fault: says(413, 0), code: output.ExitRefused, words: []string{"413"}},
		{id: "F65", scenario: here, later: &immutable.options, on: put, fault: fault("nothing", 0, func(s rt.Scene) { s.Registry.Answer(s.W, s.R) }), code: output.ExitRefused, words: []string{"immutable", "TAG_INVALID"}, more: tries(1, 1)},
		{id: "F65", scenario: here, on: put, fault: fault("409", 0, rt.Complain(409, "CONFLICT", "tag exists")), code: output.ExitRefused, words: []string{"immutable", "tag exists"}, more: tries(1, 1)},
		{id: "F67", scenario: here, on: put, fault: known("MANIFEST_INVALID"), code: output.ExitRefused, words: []string{"MANIFEST_INVALID", "as the test says"}, more: tries(1, 1)},
		{id: "F82", scenario: several, on: put, nth: 2, fault: says(403, 1), code: output.ExitPartial, moved: true, words: []string{"tags moved: 1.0", "not moved: "}},
	}
	rows = append(rows, each(matrixCase{id: "F66", scenario: streamed, fault: says(405, 0), code: output.ExitRefused, words: []string{"405", "read-only"}, more: tries(1, 4)}, everything[1:]...)...)
	return append(rows, each(matrixCase{id: "F46", scenario: streamed, fault: says(403, 0), code: output.ExitDenied, words: []string{"403", "reg.test"}, more: tries(1, 4)}, everything[1:]...)...)
}

// unknownFor is a registry that takes its time to find the manifests of an index.
func unknownFor(times int) rt.Fault {
	f := known("MANIFEST_UNKNOWN once").For(times)
	f.Name = fmt.Sprintf("MANIFEST_UNKNOWN %d times", times)
	return f
}

// policed is a policy that lets nobody see an image.
func policed(times int) rt.Fault {
	return fault(fmt.Sprintf("412 (%d)", times), times, rt.Complain(412, "PRECONDITION", "the image is vulnerable"))
}

// logins are rows of tokens and those who give them.
func logins() []matrixCase {
	upload := tokens.with(func(sc *scenario) { sc.options.RefuseMounts = true })
	expired := known("the token has expired")
	var rows []matrixCase
	rows = append(rows, each(matrixCase{id: "F40", scenario: upload, fault: expired, code: output.ExitDone, moved: true}, rt.SendBlob)...)
	rows = append(rows, each(matrixCase{id: "F41", scenario: upload, fault: expired, code: output.ExitDone, moved: true}, rt.LookUpChild, rt.ReadBlob, rt.PutChild, rt.PutTag)...)
	across := streamed.with(func(sc *scenario) { sc.options = withTokens })
	rows = append(rows, each(matrixCase{id: "F41", scenario: across, fault: expired, code: output.ExitDone, moved: true}, rt.LookUpTag, rt.LookUpBlob, rt.StartUpload)...)
	token := func(f rt.Fault, code int, words ...string) matrixCase {
		return matrixCase{id: "F42", scenario: tokens, on: []rt.Kind{rt.Token}, fault: f, code: code, words: append(words, "reg.test"), more: tries(1, 5)}
	}
	noGood := token(known("a token that is no good"), output.ExitDenied)
	noGood.more = tries(1, 2*3) // for all, and then each of the three repositories for itself, twice
	absurd := token(says(429, 0, "Retry-After", "86400"), output.ExitUnavailable, "24h0m0s")
	absurd.id, absurd.more = "F09", tries(1, 3)
	return append(rows, noGood, absurd,
		token(says(500, 0), output.ExitUnavailable, "500"), token(says(429, 0), output.ExitUnavailable, "429"), token(says(503, 0), output.ExitUnavailable, "503"),
		token(says(401, 0), output.ExitDenied, "401"), token(says(403, 0), output.ExitDenied, "403"),
		token(known("a page with 200"), output.ExitDenied), token(known("no token in the answer"), output.ExitDenied),
		token(known("a token of two lines"), output.ExitDenied),
		token(known("a flood of tokens"), output.ExitDenied),
		matrixCase{id: "F42", scenario: tokens, on: []rt.Kind{rt.Token}, fault: says(500, 2), code: output.ExitDone, moved: true},
	)
}
