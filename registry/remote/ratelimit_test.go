package remote

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/manifest-tool/manifest-tool/registry/remote/slots"
)

// headerOf reads lines such as "Name: value".
func headerOf(text string) http.Header {
	h := http.Header{}
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			h.Add(key, value)
		}
	}
	return h
}

func TestQuotaOf(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC) // 1795694400
	in := func(seconds int) time.Time { return now.Add(time.Duration(seconds+1) * time.Second) }
	for name, test := range map[string]struct {
		header string
		want   slots.Quota
		none   bool
	}{
		"Docker Hub":        {header: "ratelimit-limit: 100;w=21600\nratelimit-remaining: 76;w=21600\ndocker-ratelimit-source: 192.0.2.1", want: slots.Quota{Limit: 100, Left: 76, Window: 6 * time.Hour, Pulls: true}},
		"draft 06":          {header: "RateLimit-Limit: 100\nRateLimit-Remaining: 50\nRateLimit-Reset: 30", want: slots.Quota{Limit: 100, Left: 50, Reset: in(30)}},
		"draft 03, windows": {header: "RateLimit-Limit: 10, 10;w=1, 50;w=60\nRateLimit-Remaining: 9\nRateLimit-Reset: 1", want: slots.Quota{Limit: 10, Left: 9, Reset: in(1), Window: time.Second}},
		"draft 06, policy":  {header: "RateLimit-Limit: 100\nRateLimit-Policy: 100;w=60\nRateLimit-Remaining: 50\nRateLimit-Reset: 30", want: slots.Quota{Limit: 100, Left: 50, Reset: in(30), Window: time.Minute}},
		"draft 07":          {header: "RateLimit: limit=100, remaining=50, reset=30\nRateLimit-Policy: 100;w=60", want: slots.Quota{Limit: 100, Left: 50, Reset: in(30), Window: time.Minute}},
		"draft 10":          {header: "RateLimit: \"default\";r=50;t=30\nRateLimit-Policy: \"default\";q=100;w=60", want: slots.Quota{Name: `"default"`, Limit: 100, Left: 50, Reset: in(30), Window: time.Minute}},
		"draft 10, several": {header: "RateLimit: \"day\";r=900;t=4000, \"minute\";r=7;t=30\nRateLimit-Policy: \"day\";q=1000;w=86400\nRateLimit-Policy: \"minute\";q=100;w=60", want: slots.Quota{Name: `"minute"`, Limit: 100, Left: 7, Reset: in(30), Window: time.Minute}},
		"draft 10, no time": {header: "RateLimit: \"default\";r=50\nRateLimit-Policy: \"default\";q=100;w=60", want: slots.Quota{Name: `"default"`, Limit: 100, Left: 50, Window: time.Minute}},
		"GitHub":            {header: "x-ratelimit-limit: 5000\nx-ratelimit-remaining: 4999\nx-ratelimit-reset: 1795694460\nx-ratelimit-resource: core", want: slots.Quota{Name: "core", Limit: 5000, Left: 4999, Reset: in(60)}},
		"GitLab":            {header: "RateLimit-Limit: 600\nRateLimit-Observed: 6\nRateLimit-Remaining: 594\nRateLimit-Reset: 1795694437\nRateLimit-Name: throttle_web", want: slots.Quota{Name: "throttle_web", Limit: 600, Left: 594, Reset: in(37)}},
		"another clock":     {header: "Date: Thu, 26 Nov 2026 11:00:00 GMT\nX-RateLimit-Limit: 10\nX-RateLimit-Remaining: 1\nX-RateLimit-Reset: 1795690830", want: slots.Quota{Limit: 10, Left: 1, Reset: in(30)}},
		"milliseconds":      {header: "X-RateLimit-Remaining: 1\nX-RateLimit-Reset: 1795694430000", want: slots.Quota{Left: 1, Reset: in(30)}},
		"no limit":          {header: "X-RateLimit-Remaining: 1\nX-RateLimit-Reset: 30", want: slots.Quota{Left: 1, Reset: in(30)}},
		"no header":         {none: true},
		"no time":           {header: "X-RateLimit-Limit: 10\nX-RateLimit-Remaining: 1", none: true},
		"zero time":         {header: "X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 0", none: true},
		"negative":          {header: "X-RateLimit-Remaining: -1\nX-RateLimit-Reset: 30", none: true},
		"words":             {header: "X-RateLimit-Remaining: some\nX-RateLimit-Reset: soon", none: true},
		"not a number":      {header: "X-RateLimit-Remaining: NaN\nX-RateLimit-Reset: Inf", none: true},
		"in the past":       {header: "X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 1700000000", none: true},
		"in a century":      {header: "X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 4951368000", none: true},
		"long window":       {header: "RateLimit-Limit: 1;w=99999999999\nRateLimit-Remaining: 0;w=99999999999", none: true},
		"broken list":       {header: "RateLimit: ;;,,=;r=;t=,\"\nRateLimit-Policy: ;=,q", none: true},
	} {
		got, ok := quotaOf(headerOf(test.header), now)
		if ok == test.none {
			t.Errorf("%s: found %v", name, ok)
		} else if diff := cmp.Diff(test.want, got); diff != "" && ok {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// No header is a failure, and what comes of it is within bounds.
func FuzzQuotaOf(f *testing.F) {
	f.Add("100;w=21600", "76;w=21600", "30", `"a";r=1;t=2, "b";r=0`, `"a";q=5;w=60`)
	f.Add("10, 10;w=1", "1795694460", "1e300", "limit=10, remaining=1, reset=NaN", "10;w=-1")
	f.Fuzz(func(t *testing.T, limit, left, reset, draft, policy string) {
		now := time.Now()
		for _, prefix := range []string{"Ratelimit", "X-Ratelimit"} {
			h := http.Header{prefix + "-Limit": {limit}, prefix + "-Remaining": {left}, prefix + "-Reset": {reset}, "Ratelimit": {draft}, "Ratelimit-Policy": {policy}}
			q, ok := quotaOf(h, now)
			if !ok {
				continue
			}
			if q.Limit < 0 || q.Left < 0 || q.Window < 0 || q.Window > nearNow || len(q.Name) > 64 {
				t.Errorf("%+v", q)
			}
			if wait := q.Reset.Sub(now); !q.Reset.IsZero() && (wait < 0 || wait > nearNow+time.Second) || q.Reset.IsZero() && q.Window == 0 {
				t.Errorf("%+v: reset in %s", q, wait)
			}
			s := slots.New(nil, 2, Rates{})
			s.Learn(slots.Read, q)
			s.Learn(slots.Read, q)
		}
	})
}
