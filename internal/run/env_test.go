package run

import "testing"

func TestLookup(t *testing.T) {
	environ := []string{"=C:=C:\\job", "LOCALAPPDATA=C:\\local", "EMPTY=", "home=no", "HOME=/root"}
	for _, c := range []struct {
		name       string
		ignoreCase bool
		want       string
		found      bool
	}{
		{"HOME", false, "/root", true},
		{"HOME", true, "no", true}, // Windows has only one of the two
		{"LocalAppData", true, "C:\\local", true},
		{"LocalAppData", false, "", false},
		{"EMPTY", false, "", true},
		{"LOCAL", true, "", false},
		{"C:", true, "", false},
	} {
		if value, found := lookup(environ, c.name, c.ignoreCase); value != c.want || found != c.found {
			t.Errorf("%s, ignoring case %v: %q, %v", c.name, c.ignoreCase, value, found)
		}
	}
}
