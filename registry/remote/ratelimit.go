package remote

import (
	"cmp"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/manifest-tool/manifest-tool/registry/remote/slots"
)

// learn reads what the registry says about its limits.
func (h *host) learn(method string, at *url.URL, answer *http.Response) {
	kind := kindOf(method, at.Path)
	if said, ok := quotaOf(answer.Header, time.Now()); ok {
		h.slots.Learn(kind, said)
		if h.options.Limited != nil && (!said.Pulls || kind == slots.Pull) {
			h.options.Limited(h.registry, said)
		}
	} else if answer.StatusCode < 400 {
		h.slots.LearnNone(kind)
	}
}

// quotaOf reads the headers of the IETF draft (draft-ietf-httpapi-ratelimit-headers, in its old forms with a header for
// each number and its new form) and X-RateLimit-*. Docker Hub sends "RateLimit-Remaining: 76;w=21600" and counts
// only GETs of manifests (https://docs.docker.com/docker-hub/usage/pulls/). Headers that make no sense are ignored.
func quotaOf(h http.Header, now time.Time) (slots.Quota, bool) {
	if q, ok := quotaOfDraft(h, now); ok {
		return q, true
	}
	for _, prefix := range []string{"Ratelimit-", "X-Ratelimit-"} {
		left, ok := whole(h.Get(prefix + "Remaining"))
		if !ok {
			continue
		}
		all := h.Get(prefix + "Limit")
		limit, _ := whole(all)
		q := slots.Quota{
			Name:  shortName(h.Get(prefix+"Name"), h.Get(prefix+"Resource")),
			Limit: limit, Left: left,
			Reset:  resetOf(h, h.Get(prefix+"Reset"), now),
			Window: seconds(cmp.Or(parameter(all, "w"), parameter(h.Get("Ratelimit-Policy"), "w"))),
		}
		q.Pulls = q.Reset.IsZero() && parameter(h.Get(prefix+"Remaining"), "w") != ""
		return q, !q.Reset.IsZero() || q.Window > 0
	}
	return slots.Quota{}, false
}

// quotaOfDraft reads the header RateLimit: `"name";r=50;t=30`, or `limit=100, remaining=50, reset=30`. Of several
// limits, the one with the fewest requests left counts.
func quotaOfDraft(h http.Header, now time.Time) (best slots.Quota, found bool) {
	text, policy := strings.Join(h.Values("Ratelimit"), ","), strings.Join(h.Values("Ratelimit-Policy"), ",")
	if left, ok := whole(parameter(text, "remaining")); ok {
		limit, _ := whole(parameter(text, "limit"))
		best = slots.Quota{Limit: limit, Left: left, Reset: resetOf(h, parameter(text, "reset"), now), Window: seconds(parameter(policy, "w"))}
		return best, !best.Reset.IsZero() || best.Window > 0
	}
	for item := range strings.SplitSeq(text, ",") {
		left, ok := whole(parameter(item, "r"))
		if !ok || found && left >= best.Left {
			continue
		}
		title, _, _ := strings.Cut(strings.TrimSpace(item), ";")
		q := slots.Quota{Name: shortName(title), Left: left, Reset: resetOf(h, parameter(item, "t"), now)}
		for rule := range strings.SplitSeq(policy, ",") {
			if of, _, _ := strings.Cut(strings.TrimSpace(rule), ";"); of == title {
				q.Limit, _ = whole(parameter(rule, "q"))
				q.Window = seconds(parameter(rule, "w"))
			}
		}
		if !q.Reset.IsZero() || q.Window > 0 {
			best, found = q, true
		}
	}
	return best, found
}

// shortName returns the name of a limit, which is only compared.
func shortName(names ...string) string {
	name := cmp.Or(names...)
	return name[:min(len(name), 64)]
}

// parameter returns a value of a list such as "100;w=60" or "limit=100, reset=5".
func parameter(text, key string) string {
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ';' || r == ',' }) {
		if name, value, ok := strings.Cut(strings.TrimSpace(part), "="); ok && strings.EqualFold(name, key) {
			return value
		}
	}
	return ""
}

// number reads the first number of a header.
func number(text string) (float64, bool) {
	if end := strings.IndexAny(text, ",;"); end >= 0 {
		text = text[:end]
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || !(n >= 0 && n < 1<<50) {
		return 0, false
	}
	return n, true
}

// whole reads a whole number.
func whole(text string) (int, bool) {
	n, ok := number(text)
	return int(min(n, math.MaxInt32)), ok
}

// seconds reads a time in seconds. It returns 0 for a time that is too long to matter.
func seconds(text string) time.Duration {
	n, ok := number(text)
	if !ok || n > nearNow.Seconds() {
		return 0
	}
	return time.Duration(n * float64(time.Second))
}

// resetOf reads the time of a reset: seconds from now, or a Unix time, which is compared with the clock of the server.
// Both may be rounded down to seconds.
func resetOf(h http.Header, text string, now time.Time) time.Time {
	n, _ := number(text)
	if n == 0 {
		return time.Time{}
	}
	wait := time.Duration(min(n, math.MaxInt32)) * time.Second
	if n > nearNow.Seconds() {
		clock, err := http.ParseTime(h.Get("Date"))
		if err != nil {
			clock = now
		}
		unit := time.Second
		if n > 1e11 {
			unit = time.Millisecond
		}
		wait = unixTime(n, unit).Sub(clock)
	}
	if wait < 0 || wait > nearNow {
		return time.Time{}
	}
	return now.Add(wait + time.Second)
}
