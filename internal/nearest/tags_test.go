package nearest

import (
	"slices"
	"strings"
	"testing"
)

func TestTags(t *testing.T) {
	many := []string{"0.9", "1.0", "1.0.1", "1.0-amd64", "1.1", "2.0", "latest", "edge"}
	for _, test := range []struct {
		missing string
		tags    []string
		want    []string // the first ones
	}{
		{"1.O", many, []string{"1.0"}},
		{"l.0", many, []string{"1.0"}},
		{"v1.0", many, []string{"1.0"}},
		{"1.0", []string{"1.1", "v1.0"}, []string{"v1.0"}},
		{"1_0", many, []string{"1.0"}},
		{"1.0-arm64", []string{"1.0", "1.0-amd64", "2.0-arm64"}, []string{"1.0-amd64"}},
		{"1.0-s390x", []string{"1.0", "1.0-amd64", "1.0-arm64", "1.1"}, []string{"1.0-arm64", "1.0-amd64"}},
		{"1.0-arm", []string{"1.0", "1.0-amd64", "1.0-armv7", "1.0-riscv64"}, []string{"1.0-armv7"}},
		{"1.0-arm64", []string{"1.0", "2.0"}, []string{"1.0"}},
		{"1.0-amd46", []string{"1.0-arm64", "1.0-amd64"}, []string{"1.0-amd64"}},
		{"1.0", []string{"1.0-amd64", "1.0-arm64", "3"}, []string{"1.0-arm64", "1.0-amd64"}},
		{"1", []string{"1.0", "1.10", "1.9.3", "nightly"}, []string{"1.10", "1.0", "1.9.3"}},
		{"LATEST", many, []string{"latest"}},
		{"lastest", many, []string{"latest"}},
		{"edge-x86_64", []string{"edge-x86-64"}, []string{"edge-x86-64"}},
	} {
		got := Tags(test.missing, test.tags)
		if len(got) < len(test.want) || !slices.Equal(got[:len(test.want)], test.want) {
			t.Errorf("%s: %q, want %q first", test.missing, got, test.want)
		}
	}
	for _, missing := range []string{"noble-20240212", "pr-1234", "s390x"} {
		if got := Tags(missing, many); len(got) > 0 {
			t.Errorf("%s: %q are near", missing, got)
		}
	}
	long := make([]string, 100_000)
	for i := range long {
		long[i] = strings.Repeat("a", 127) + string(rune('a'+i%26))
	}
	Tags(strings.Repeat("b", 128), long) // ends
}

func TestNewest(t *testing.T) {
	tags := []string{"nightly", "1.9", "1.10-rc2", "1.10", "1.10-rc10", "v2.0-alpha", "0.1", "3f2c1ab", "main", "20", "1.10.1"}
	want := []string{"20", "v2.0-alpha", "1.10.1", "1.10", "1.10-rc10", "1.10-rc2", "1.9", "0.1"}
	if got := Newest(tags); !slices.Equal(got[:len(want)], want) || len(got) != len(tags) {
		t.Errorf("%q, want %q first", got, want)
	}
}
