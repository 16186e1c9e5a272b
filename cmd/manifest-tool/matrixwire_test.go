package main

import (
	"io"
	"testing"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/output"
	rt "github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// everything is what a push asks a registry for.
var everything = []rt.Kind{rt.LookUpTag, rt.StartUpload, rt.SendBlob, rt.PutChild, rt.PutTag}

// overloaded are rows of registries that have too much to do.
func overloaded() []matrixCase {
	var rows []matrixCase
	add := func(more ...matrixCase) { rows = append(rows, more...) }
	passes := matrixCase{scenario: streamed, code: output.ExitDone, moved: true}
	with := func(r matrixCase, id string, f rt.Fault, more func(*testing.T, testCase)) matrixCase {
		r.id, r.fault, r.more = id, f, more
		return r
	}
	add(each(with(passes, "F07", says(429, 1, "Retry-After", "2"), waits(2*time.Second, 10*time.Second)), everything...)...)
	add(each(with(passes, "F08", says(429, 1, "Retry-After", "Sat, 01 Jan 2000 00:00:03 GMT"), waits(2*time.Second, 10*time.Second)), everything...)...)
	for _, odd := range []string{"-5", "soon", "99999999999999999999999"} {
		add(each(with(passes, "F09", says(429, 1, "Retry-After", odd), waits(0, 3*time.Second)), rt.PutTag)...)
	}
	for _, code := range []int{500, 502, 503, 504} {
		for _, times := range []int{1, 2, 4} {
			add(each(with(passes, "F12", says(code, times), tries(times, times)), everything[1:]...)...)
			add(each(with(passes, "F12", says(code, times), tries(min(times, 2), times)), rt.LookUpTag)...) // a GET follows two
		}
	}
	add(with(each(passes, rt.PutTag)[0], "F14", fault("stored, then a 500", 0, rt.Deny(500)), tries(1, 1)))

	ends := matrixCase{scenario: streamed, code: output.ExitUnavailable}
	writes := everything[1:]
	ends.words = []string{"429 Too Many Requests"}
	add(each(with(ends, "F10", says(429, 0), tries(1, 20)), writes...)...)
	ends.words = []string{"429 Too Many Requests", "24h"}
	add(each(with(ends, "F09", says(429, 0, "Retry-After", "86400"), waits(0, time.Second)), writes...)...)
	ends.words = []string{"503 Service Unavailable", "reg.test"}
	add(each(with(ends, "F13", says(503, 0), tries(1, 20)), writes...)...)
	hub := says(429, 0, "Ratelimit-Limit", "100;w=21600", "Ratelimit-Remaining", "0;w=21600", "Docker-Ratelimit-Source", "192.0.2.1")
	add(matrixCase{id: "F11", scenario: here, on: []rt.Kind{rt.ReadTag}, fault: hub, code: output.ExitUnavailable,
		words: []string{"429", "quota"}, more: tries(1, 3)}) // one for each of two images and for the target
	return rows
}

// silent are rows of servers that do not go on.
func silent() []matrixCase {
	large := streamed.with(func(sc *scenario) { sc.size = 300_000 })
	wait := "no answer for 1m0s"
	rows := each(matrixCase{id: "F15", scenario: streamed, fault: fault("no answer, once", 1, rt.Stall), code: output.ExitDone, moved: true, more: waits(time.Minute, 11*time.Minute)}, everything...)
	rows = append(rows, each(matrixCase{id: "F15", scenario: streamed, fault: fault("no answer", 0, rt.Stall), code: output.ExitUnavailable, words: []string{wait}}, rt.StartUpload, rt.PutChild, rt.PutTag)...)
	broken := rt.Cut(0.5)
	return append(rows,
		matrixCase{id: "F15", scenario: streamed, on: []rt.Kind{rt.SendBlob}, fault: fault("all is read, no answer", 0, func(s rt.Scene) {
			io.Copy(io.Discard, s.R.Body)
			s.Wait()
		}), code: output.ExitUnavailable, words: []string{"no answer for 10m0s", "PUT"}},
		matrixCase{id: "F16", scenario: large, host: otherHost, on: []rt.Kind{rt.ReadBlob}, nth: 3, fault: fault("a byte a second, once", 1, rt.Trickle), code: output.ExitDone, moved: true},
		matrixCase{id: "F16", scenario: large, host: otherHost, on: []rt.Kind{rt.ReadBlob}, nth: 3, fault: fault("a byte a second", 0, rt.Trickle), code: output.ExitUnavailable, words: []string{"bytes"}},
		matrixCase{id: "F17", scenario: large, on: []rt.Kind{rt.SendBlob}, fault: fault("nobody reads what we send", 0, rt.Stall), code: output.ExitUnavailable, words: []string{wait, "PUT"}},
		matrixCase{id: "F18", scenario: streamed, host: otherHost, on: []rt.Kind{rt.ReadTag}, fault: fault("broken off, once", 1, broken), code: output.ExitDone, moved: true},
		matrixCase{id: "F18", scenario: streamed, host: otherHost, on: []rt.Kind{rt.ReadTag}, fault: fault("broken off", 0, broken), code: output.ExitUnavailable, words: []string{"GET http://other.test/v2/src-"}},
		matrixCase{id: "F18", scenario: streamed, host: otherHost, on: []rt.Kind{rt.ReadBlob}, nth: 3, fault: fault("broken off, once", 1, broken), code: output.ExitDone, moved: true},
		matrixCase{id: "F18", scenario: streamed, host: otherHost, on: []rt.Kind{rt.ReadBlob}, nth: 3, fault: fault("broken off", 0, broken), code: output.ExitUnavailable, words: []string{"other.test", "/blobs/sha256:"}},
	)
}

// noUploads asks for no session that is left open.
func noUploads(t *testing.T, a testCase) {
	t.Helper()
	if n := a.stage.registry[regHost].Uploads(); n > 0 {
		t.Errorf("%d uploads are left open", n)
	}
}

// untrue are rows of answers that are not what they claim.
func untrue() []matrixCase {
	of := func(name string) rt.Fault { return known(name) }
	source := matrixCase{scenario: streamed, host: otherHost, code: output.ExitUnverified, words: []string{"other.test", "sha256:"}}
	with := func(id string, kind rt.Kind, nth int, f rt.Fault, change func(*matrixCase)) matrixCase {
		r := source
		r.id, r.on, r.nth, r.fault = id, []rt.Kind{kind}, nth, f
		if change != nil {
			change(&r)
		}
		return r
	}
	done := func(r *matrixCase) { r.code, r.moved, r.words = output.ExitDone, true, nil }
	target := func(r *matrixCase) { r.host, r.words = regHost, nil }
	holds := []string{"warning: PUT http://reg.test/v2/app/manifests/", "but stores the correct content"}
	return []matrixCase{
		with("F20", rt.ReadBlob, 3, of("wrong bytes for ever"), func(r *matrixCase) { r.more = noUploads }),
		with("F20", rt.ReadBlob, 3, of("wrong bytes once"), done),
		with("F20", rt.ReadBlob, 3, of("too many bytes for ever"), nil),
		with("F20", rt.ReadBlob, 1, of("wrong bytes for ever"), nil),
		with("F21", rt.ReadManifest, 1, of("wrong bytes for ever"), func(r *matrixCase) { r.scenario = named("from an index") }),
		with("F21", rt.ReadTag, 1, of("wrong bytes for ever"), nil),
		with("F24", rt.ReadTag, 1, of("the Content-Type of an index for ever"), func(r *matrixCase) { r.words = []string{"GET http://other.test", "application/vnd."} }),
		with("F26", rt.ReadTag, 1, of("an empty Content-Type"), done),
		with("F26", rt.ReadTag, 1, of("Content-Type text/plain"), done),
		with("F26", rt.ReadTag, 1, of("Content-Type application/octet-stream"), done),
		with("F27", rt.LookUpTag, 1, of("no Docker-Content-Digest"), func(r *matrixCase) { target(r); done(r) }),
		with("F28", rt.PutTag, 1, of("no Docker-Content-Digest"), func(r *matrixCase) { target(r); done(r) }),
		with("F28", rt.PutChild, 1, of("no Docker-Content-Digest"), func(r *matrixCase) { target(r); done(r) }),
		with("F29", rt.PutTag, 1, of("another digest is said to be stored for ever"), func(r *matrixCase) { target(r); done(r); r.words = holds }),
		with("F29", rt.PutChild, 1, of("another digest is said to be stored for ever"), func(r *matrixCase) { target(r); done(r); r.words = holds }),
		with("F29", rt.PutChild, 1, fault("another digest is stored", 0, rt.Mangle), func(r *matrixCase) { target(r); r.words = []string{"reports the digest sha256:"} }),
		with("F30", rt.PutChild, 1, of("201, and nothing is stored for ever"), func(r *matrixCase) { target(r); r.code = output.ExitRefused }),
		with("F30", rt.PutTag, 1, of("201, and nothing is stored for ever"), func(r *matrixCase) {
			target(r)
			r.code, r.words, r.more = output.ExitUnavailable, []string{"30s"}, waits(25*time.Second, 40*time.Second)
		}),
		with("F68", rt.ReadTag, 1, fault("5 MiB of manifest", 0, rt.Say(200, spaces(5<<20))), func(r *matrixCase) { r.words = []string{"4 MiB"} }),
		with("F68", rt.ReadTag, 1, fault("a manifest without end", 0, rt.Flood(200)), func(r *matrixCase) { r.words = []string{"GET http://other.test"} }),
		with("F68", rt.ReadTag, 1, fault("a compressed manifest", 0, rt.Say(200, "\x1f\x8b\x08\x00", "Content-Encoding", "gzip")), func(r *matrixCase) { r.words = []string{"GET http://other.test"} }),
		with("F69", rt.PutTag, 1, fault("an error without end", 0, rt.Flood(403)), func(r *matrixCase) { target(r); r.code = output.ExitDenied }),
		with("F70", rt.ReadTag, 1, of("a page with 200"), func(r *matrixCase) { r.words = []string{"HTML page"} }),
		with("F70", rt.ReadTag, 1, of("a page with 502 for ever"), func(r *matrixCase) { r.code, r.words = output.ExitUnavailable, []string{"HTML page", "502"} }),
		with("F70", rt.PutTag, 1, of("a page with 403"), func(r *matrixCase) { target(r); r.words = []string{"HTML page"} }),
		with("F71", rt.PutTag, 1, of("hostile words"), func(r *matrixCase) { target(r); r.code = output.ExitRefused }),
		with("F71", rt.StartUpload, 1, of("hostile words without JSON"), func(r *matrixCase) { target(r); r.code = output.ExitRefused }),
	}
}
