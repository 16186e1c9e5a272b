package main

import (
	"net/http"
	"slices"
	"strings"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// A requestPoint is one request of a dry run: where a fault is to happen.
type requestPoint struct {
	host, point string
	nth         int // of those at the point
	kind        registrytest.Kind
	readBack    bool // a look at a tag after it was put
	challenged  bool // it was answered by a 401, which starts a login
	sharers     int  // how many requests of the dry run are at the point
}

// requestPoints are all requests of a dry run.
func (r dryRun) requestPoints() []requestPoint {
	seen, put := map[string]int{}, map[string]bool{}
	var all []requestPoint
	for _, request := range r.requests {
		m := requestPoint{host: request.Host, point: request.Point(), kind: request.Kind()}
		key := m.host + " " + m.point
		seen[key]++
		m.nth = seen[key]
		if m.kind == registrytest.PutTag {
			put[request.Path] = true
		}
		m.readBack = m.kind == registrytest.LookUpTag && put[request.Path]
		m.challenged = request.Status == http.StatusUnauthorized
		all = append(all, m)
	}
	for i := range all {
		all[i].sharers = seen[all[i].host+" "+all[i].point]
	}
	return all
}

// expected lists the exit codes that are right for a fault at a moment, by the fault matrix.
func (r dryRun) expected(m requestPoint, f registrytest.Fault) []int {
	codes := byClass(m, f)
	if r.readsTarget(m) {
		codes = targetRead(codes, f)
		if len(r.tags) > 1 || r.second {
			codes = append(codes, output.ExitPartial)
		}
	}
	tagged := m.kind == registrytest.PutTag || m.kind == registrytest.LookUpTag && (m.readBack || f.Times == 0)
	if len(r.tags) > 1 && tagged || r.second { // some tags may have moved
		codes = append(codes, output.ExitPartial)
	}
	if r.referrers() {
		switch {
		case m.isAbout(): // which need not be there, and often is not
			codes = append(codes, output.ExitDone, output.ExitUnavailable, output.ExitUnverified, output.ExitRefused)
		case m.kind == registrytest.ReadManifest && f.Class == registrytest.Missing: // a referrer that is listed, but gone
			codes = append(codes, output.ExitDone)
		case m.kind == registrytest.LookUpChild && f.Class == registrytest.Missing: // a referrer that was taken, and is not there
			codes = append(codes, output.ExitRefused, output.ExitUnavailable)
		case r.putByDigest(m), strings.HasPrefix(f.Name, "201") && m.kind == registrytest.PutChild && strings.HasSuffix(m.point, r.digest),
			f.Name == "a page with 200" && m.kind == registrytest.PutTag: // the index is there by digest, so its tag is waited for
			codes = append(codes, output.ExitUnavailable)
		}
	}
	if m.challenged && f.Times == 1 { // of that answer, only the challenge counts
		codes = append(codes, output.ExitDone)
	}
	if r.first(m) {
		m.readBack = !m.readBack
		codes = append(codes, byClass(m, f)...)
		if f.Times == 1 {
			codes = append(codes, output.ExitDone)
		}
	}
	return codes
}

// referrers reports whether what is about the image goes to the target with it.
func (sc scenario) referrers() bool {
	return sc.copiesReferrers() || slices.Contains(sc.flags, "--attest")
}

// copiesReferrers reports whether the referrers come from the source.
func (sc scenario) copiesReferrers() bool { return slices.Contains(sc.flags, "--referrers") }

// putByDigest reports whether a request reads back the index, which is there by digest before its tags are.
func (r dryRun) putByDigest(m requestPoint) bool {
	return r.referrers() && m.kind == registrytest.LookUpChild && strings.HasSuffix(m.point, r.digest)
}

// isAbout reports whether a request is for what is about an image.
func (m requestPoint) isAbout() bool {
	return strings.Contains(m.point, "/referrers/") || strings.Contains(m.point, "/manifests/sha256-")
}

// readsTarget reports whether a request reads what a tag of the target holds.
func (r dryRun) readsTarget(m requestPoint) bool {
	_, tags := r.names()
	return m.kind == registrytest.ReadTag && slices.ContainsFunc(tags, func(n tagName) bool {
		return n.host == m.host && strings.HasSuffix(m.point, " /v2/app/manifests/"+n.tag)
	})
}

// targetRead lists the exit codes for a fault when the program reads a tag of the target. The tag need not exist, and
// the push may replace unsound content. The other faults end in the codes of a read, or a HEAD replaces the read.
func targetRead(codes []int, f registrytest.Fault) []int {
	isUnsound := f.Class == registrytest.Unverified && !redirects(f) && !strings.HasPrefix(f.Name, "a page")
	if f.Class == registrytest.Missing || isUnsound {
		return []int{output.ExitDone}
	}
	return append(codes, output.ExitDone)
}

// redirects reports whether a fault is a redirect that is refused.
func redirects(f registrytest.Fault) bool {
	return strings.Contains(f.Name, "in a circle") || strings.Contains(f.Name, "elsewhere") || strings.Contains(f.Name, "to no host")
}

// first reports whether a request may be the first of all, which gets the challenge and is sent again: it
// is not the same one in each run, so those behind it at its point are not the same ones either.
func (r dryRun) first(m requestPoint) bool {
	return r.options.Auth != registrytest.NoAuth && (m.kind == registrytest.LookUpTag || m.kind == registrytest.ReadTag)
}

func byClass(m requestPoint, f registrytest.Fault) []int {
	if f.Class == registrytest.Harmless {
		return []int{output.ExitDone}
	}
	if m.kind == registrytest.ReadManifest && strings.HasPrefix(f.Name, "another Docker-Content-Digest") {
		return []int{output.ExitDone} // the digest that was asked for counts, whatever a header says
	}
	redirect := redirects(f)
	switch m.kind {
	case registrytest.Mount, registrytest.LookUpBlob, registrytest.CancelUpload:
		return hint(f, redirect)
	case registrytest.LookUpTag, registrytest.LookUpChild:
		return lookUp(m, f, redirect)
	case registrytest.Token:
		return loginCodes(f, redirect)
	}
	switch f.Class {
	case registrytest.Unavailable:
		if m.kind.Writes() && f.Name == "a reset instead of an answer for ever" {
			return map[registrytest.Kind][]int{
				registrytest.PutChild:    {output.ExitDone}, // looked for before it is sent again
				registrytest.PutTag:      {output.ExitDone},
				registrytest.SendBlob:    {output.ExitDone, output.ExitUnavailable},
				registrytest.StartUpload: {output.ExitUnavailable},
			}[m.kind]
		}
		if f.Name == "a byte a second for ever" {
			return []int{output.ExitDone, output.ExitUnavailable} // what is small comes in time
		}
		return []int{output.ExitUnavailable}
	case registrytest.Denied:
		return []int{output.ExitDenied}
	case registrytest.Missing:
		return []int{output.ExitNotFound}
	case registrytest.Refused:
		return refusedCodes(m, f)
	}
	return unverified(m, f)
}

// hint is for requests that nothing hangs on.
func hint(f registrytest.Fault, redirect bool) []int {
	switch {
	case redirect:
		return []int{output.ExitUnverified}
	case strings.HasPrefix(f.Name, "401"):
		return []int{output.ExitDone, output.ExitDenied}
	case strings.Contains(f.Name, "absurd"), strings.Contains(f.Name, "a reset"), f.Slow:
		return []int{output.ExitDone, output.ExitUnavailable}
	case strings.HasPrefix(f.Name, "a page"):
		return []int{output.ExitDone, output.ExitUnverified} // who answers is no registry
	}
	return []int{output.ExitDone}
}

// lookUp is for HEADs, which a GET can replace.
func lookUp(m requestPoint, f registrytest.Fault, redirect bool) []int {
	switch {
	case redirect:
		return []int{output.ExitUnverified}
	case strings.HasPrefix(f.Name, "401"):
		return []int{output.ExitDone, output.ExitDenied}
	case f.Class == registrytest.Missing && (m.readBack || m.kind == registrytest.LookUpTag && f.Times == 0):
		return []int{output.ExitDone, output.ExitUnavailable} // it is what it is until the poll ends
	case f.Name == "another Docker-Content-Digest for ever", f.Name == "another Docker-Content-Digest once" && m.readBack:
		return []int{output.ExitDone, output.ExitRefused, output.ExitUnavailable}
	case strings.Contains(f.Name, "a reset"), f.Slow, strings.Contains(f.Name, "absurd"):
		return []int{output.ExitDone, output.ExitUnavailable}
	case strings.HasPrefix(f.Name, "a page"):
		return []int{output.ExitDone, output.ExitUnverified}
	}
	return []int{output.ExitDone}
}

// loginCodes is for token servers: what is no outage is a login that fails.
func loginCodes(f registrytest.Fault, redirect bool) []int {
	switch {
	case f.Class == registrytest.Unavailable:
		return []int{output.ExitUnavailable}
	case redirect:
		return []int{output.ExitDenied, output.ExitUnverified}
	case strings.Contains(f.Name, "half of"), strings.Contains(f.Name, "flood"):
		return []int{output.ExitDenied, output.ExitUnavailable}
	}
	return []int{output.ExitDenied}
}

func refusedCodes(m requestPoint, f registrytest.Fault) []int {
	lie := strings.HasPrefix(f.Name, "201")
	switch {
	case lie && m.kind == registrytest.PutTag:
		return []int{output.ExitUnavailable} // 30 seconds later still the old one
	case lie && f.Times == 1 && m.kind == registrytest.SendBlob:
		return []int{output.ExitDone} // repaired
	case lie && f.Times == 1:
		return []int{output.ExitDone, output.ExitRefused}
	}
	return []int{output.ExitRefused}
}

func unverified(m requestPoint, f registrytest.Fault) []int {
	switch {
	case f.Times == 1 && strings.HasSuffix(f.Name, "bytes once"):
		return []int{output.ExitDone, output.ExitUnverified} // one more try is allowed
	case strings.HasPrefix(f.Name, "a page with") && m.kind.Writes():
		return []int{output.ExitUnverified, output.ExitRefused}
	}
	return []int{output.ExitUnverified}
}
