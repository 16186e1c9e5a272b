package remote

import (
	"net/http"
	"slices"
	"strconv"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

func TestWarnings(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{})
	n := 0
	server.Intercept(func(w http.ResponseWriter, _ *http.Request) bool {
		n++
		for _, value := range []string{`299 - "moves \"soon\""`, `299 - "moves \"soon\""`, `299 - "open`, `199 - "x"`, `299 - "` + strconv.Itoa(n) + `"`} {
			w.Header().Add("Warning", value)
		}
		return false
	})
	var got []string
	r := open(t, Options{Warn: func(text string) { got = append(got, text) }}, server.Host(), "a")[0]
	for range 10 {
		r.Describe(t.Context(), tag("x"))
	}
	says := server.Host() + " warns: "
	if want := []string{says + `moves "soon"`, says + "1", says + "2", says + "3", says + "4"}; !slices.Equal(got, want) {
		t.Errorf("told %q", got)
	}
}

// A login that is sent for everybody to read is told.
func TestExposedLogin(t *testing.T) {
	for _, test := range []struct {
		host string
		o    Options
		told int
	}{
		{"reg.test", Options{PlainHTTP: true, Credentials: login}, 1},
		{"reg.test", Options{PlainHTTPHosts: []string{"reg.test"}, Credentials: login}, 1},
		{"reg.test", Options{PlainHTTP: true}, 0},
		{"reg.test", Options{Credentials: login}, 0},
		{"localhost:5000", Options{Credentials: login}, 0},
	} {
		told := 0
		test.o.Warn = func(string) { told++ }
		open(t, test.o, test.host, "a", "b")
		if told != test.told {
			t.Errorf("%+v: told %d times", test.host, told)
		}
	}
}
