package registrytest

import (
	"fmt"
	"net/http"
	"strings"
)

var (
	reads      = []Kind{ReadTag, ReadManifest, ReadBlob}
	manifests  = []Kind{ReadTag, ReadManifest}
	looks      = []Kind{LookUpTag, LookUpChild, LookUpBlob}
	manifested = []Kind{LookUpTag, LookUpChild, ReadTag, ReadManifest}
	puts       = []Kind{PutChild, PutTag}
	stores     = []Kind{PutChild, PutTag, SendBlob}
	writes     = []Kind{Mount, StartUpload, SendBlob, PutChild, PutTag}
)

// Faults lists the faults that can happen to any request of their kinds.
func Faults() []Fault {
	var all []Fault
	for _, list := range [][]Fault{overload(), quotas(), silence(), breaks(), answers(), refusals(), untruths(), redirects(), pages(), optionalFaults(), tokenFaults()} {
		all = append(all, list...)
	}
	return all
}

// often makes a fault happen once, in bursts for which a client has patience, and for ever.
func often(f Fault) []Fault { return repeated(f, 1, 2, 4, 0) }

// once makes it happen once, which a client gets over, and for ever.
func once(f Fault) []Fault { return repeated(f, 1, 0) }

func repeated(f Fault, times ...int) []Fault {
	var all []Fault
	for _, n := range times {
		one := f.For(n)
		one.Name += map[int]string{1: " once", 2: " twice", 4: " four times", 0: " for ever"}[n]
		if n > 0 {
			one.Class = Harmless
		}
		all = append(all, one)
	}
	return all
}

// overload is what passes by itself.
func overload() []Fault {
	var all []Fault
	for _, status := range []int{408, 429, 500, 502, 503, 504} {
		all = append(all, often(Fault{Name: fmt.Sprint(status), Class: Unavailable, do: Status(status)})...)
	}
	return all
}

// quotas are the ways in which registries ask for a rest.
func quotas() []Fault {
	ask := func(name, retryAfter string, class Class) Fault {
		return Fault{Name: "429, Retry-After " + name, Times: 1, Class: class, do: Status(429, "Retry-After", retryAfter)}
	}
	hub := Status(429, "Ratelimit-Limit", "100;w=21600", "Ratelimit-Remaining", "0;w=21600", "Docker-Ratelimit-Source", "192.0.2.1")
	return []Fault{
		ask("in seconds", "2", Harmless),
		ask("as a date", "Sat, 01 Jan 2000 00:00:03 GMT", Harmless), // a bubble begins at 00:00:00
		ask("absurd", "86400", Unavailable),
		ask("negative", "-5", Harmless),
		ask("garbage", "soon\x7f", Harmless),
		ask("that overflows", "99999999999999999999", Harmless),
		{Name: "429, the quota of Docker Hub", On: manifests, Class: Unavailable, do: hub},
	}
}

// silence is what takes for ever.
func silence() []Fault {
	var all []Fault
	for _, f := range []Fault{
		{Name: "no answer", do: Stall},
		{Name: "a byte a second", On: reads, do: Trickle},
	} {
		f.Class, f.Slow = Unavailable, true
		all = append(all, once(f)...)
	}
	return all
}

// breaks are connections that break.
func breaks() []Fault {
	list := []Fault{
		{Name: "a reset at once", do: HangUp},
		{Name: "a reset instead of an answer", do: Forget},
	}
	for _, part := range []float64{0, 0.5, 1} {
		list = append(list,
			Fault{Name: fmt.Sprintf("a reset at %.1f of the answer", part), On: reads, do: Cut(part)},
			Fault{Name: fmt.Sprintf("a reset at %.1f of the body", part), On: stores, do: HangUpAt(part)})
	}
	var all []Fault
	for _, f := range list {
		f.Class = Unavailable
		all = append(all, once(f)...)
	}
	return all
}

// answers are what is unusual and has to do.
func answers() []Fault {
	without := func(key string) func(Scene) { return Spoil(func(a *Answer) { a.Header.Del(key) }) }
	typed := func(t string) func(Scene) { return Spoil(func(a *Answer) { a.Header.Set("Content-Type", t) }) }
	all := []Fault{
		{Name: "stored, then a 500", On: puts, do: Deny(http.StatusInternalServerError)},
		{Name: "no Docker-Content-Digest", On: append(puts, manifested...), do: without("Docker-Content-Digest")},
		{Name: "an empty Content-Type", On: manifested, do: typed("")},
		{Name: "Content-Type text/plain", On: manifested, do: typed("text/plain; charset=utf-8")},
		{Name: "Content-Type application/octet-stream", On: manifested, do: typed("application/octet-stream")},
		{Name: "a blob's Content-Type is wrong", On: []Kind{ReadBlob, LookUpBlob}, do: typed("text/html")},
	}
	for i := range all {
		all[i].Class = Harmless
	}
	return all
}

// hostile is text that drives a terminal or a CI system.
const hostile = "\x1b]0;owned\x07\x1b[31m\u202e\r\n::error::owned ##[error]owned\x9b\u2066 MULTI\n"

// refusals are what a registry does not want.
func refusals() []Fault {
	var all []Fault
	add := func(status int, class Class, on ...Kind) {
		all = append(all, Fault{Name: fmt.Sprintf("%d for ever", status), On: on, Class: class, do: Status(status)})
	}
	add(400, Refused)
	add(401, Denied)
	add(403, Denied)
	add(404, Missing)
	add(405, Refused)
	add(413, Refused, writes...)
	complain := func(status int, code string, class Class, on ...Kind) Fault {
		return Fault{Name: code, On: on, Class: class, do: Complain(status, code, "as the test says")}
	}
	all = append(all, complain(400, "TAG_INVALID", Refused, PutTag), complain(409, "CONFLICT", Refused, PutTag),
		complain(400, "MANIFEST_INVALID", Refused, puts...),
		Fault{Name: "hostile words", Class: Refused, do: Complain(400, hostile, strings.Repeat(hostile, 20))},
		Fault{Name: "hostile words without JSON", Class: Refused, do: Say(400, hostile, "Content-Type", "text/plain")})
	for _, f := range []Fault{
		complain(400, "MANIFEST_BLOB_UNKNOWN", Refused, puts...),
		complain(404, "MANIFEST_UNKNOWN", Refused, puts...),
		complain(400, "DIGEST_INVALID", Unverified, SendBlob),
		complain(404, "BLOB_UPLOAD_UNKNOWN", Unavailable, SendBlob),
		complain(416, "RANGE_INVALID", Unavailable, SendBlob),
	} {
		all = append(all, once(f)...)
	}
	return all
}
