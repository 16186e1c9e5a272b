package tagpattern

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

func pattern(t testing.TB, text string, names ...string) Pattern {
	t.Helper()
	parsed, errs := ParseNames(names, false)
	p, err := Parse(text, parsed)
	if errs != nil || err != nil {
		t.Fatal(errs, err)
	}
	return p
}

// TestPatterns lists the platform that each tag has under a pattern; "" is a tag that does not fit.
func TestPatterns(t *testing.T) {
	for _, test := range []struct {
		pattern string
		names   string
		tags    map[string]string
	}{
		{"1.0", "", map[string]string{
			"1.0-amd64": "linux/amd64", "1.0-arm64v8": "linux/arm64/v8", "amd64-1.0": "linux/amd64", "1.0-linux-arm-v7": "linux/arm/v7",
			"1.0-x86_64": "linux/amd64", "1.0-X86-64": "linux/amd64", "1.0-aarch64": "linux/arm64", "1.0_arm64": "linux/arm64", "1.0.arm64": "linux/arm64",
			"1.0-armhf": "linux/arm/v7", "1.0-arm32v6": "linux/arm/v6", "1.0-armv7l": "linux/arm/v7", "1.0-arm": "linux/arm", "1.0-arm_v5": "linux/arm/v5",
			"1.0-amd64v3": "linux/amd64/v3", "1.0-amd64-v3": "linux/amd64/v3", "1.0-x86_64-v2": "linux/amd64/v2", "1.0-arm64-v8.2": "linux/arm64/v8.2",
			"linux-1.0-386": "linux/386", "linux-amd64-1.0": "linux/amd64", "1.0-linux-linux-s390x": "linux/s390x", "1.0-i686": "linux/386",
			"1.0-ppc64el": "linux/ppc64le", "1.0-riscv64": "linux/riscv64", "1.0-freebsd-amd64": "freebsd/amd64", "1.0-amd64-darwin": "darwin/amd64", "1.0-macos-arm64": "darwin/arm64",
			"1.0-windows-amd64": "windows/amd64", "1.0-nanoserver-ltsc2022-amd64": "windows/amd64", "1.0-windowsservercore-ltsc2019-amd64": "windows/amd64",
			"1.0-windows-1809-amd64": "windows/amd64", "1.0-windows-2022-arm64": "windows/arm64", "1.0-ltsc2022-amd64": "windows/amd64", "1.0-windows-10.0.17763.5329-amd64": "windows/amd64",
			"1.0-nanoserver-1809": "windows/", "1.0-ltsc2025": "windows/",
			"1.0": "", "1.0-": "", "-1.0": "", "1.0-foo": "", "1.0-amd64-debug": "", "1.0-amd64-arm64": "", "1.0-windows-linux-amd64": "", "1.0-windows-s390x": "",
			"1.0amd64": "", "1.0--amd64": "", "11.0-amd64": "", "1.01-amd64": "", "1.0.1-amd64": "", "2-1.0-amd64": "", "1.0-linux": "", "1.0-windows": "", "1.0-v8": "", "1.0-arm-v9": "",
			"1.0-2019-amd64": "", "1.0-linux-ltsc2022-amd64": "", "1.0-s390x-v7": "", "1.0-amd64-ltsc2022-ltsc2019": "", "amd64": "",
		}},
		{"amd64", "", map[string]string{"amd64-arm64": "linux/arm64", "amd64-amd64": "linux/amd64", "amd64": ""}},
		{"1-1", "", map[string]string{"1-1-1-amd64": "", "1-1-amd64": "linux/amd64"}},
		{"1.0-ARCH", "", map[string]string{
			"1.0-amd64": "linux/amd64", "1.0-armv7": "linux/arm/v7", "1.0-arm-v7": "linux/arm/v7", "1.0-arm64v8": "linux/arm64/v8", "1.0-x86_64": "linux/amd64",
			"1.0-linux-amd64": "", "1.0-windows-amd64": "", "1.0-ltsc2022-amd64": "", "amd64-1.0": "", "1.0_amd64": "", "1.0-": "", "1.0-ARCH": "", "1.0-v7": "", "1.0": "", "1.0-amd64-": "", "1.0-amd64-x": "",
		}},
		{"ARCH", "", map[string]string{"amd64": "linux/amd64", "latest": "", "1.0-amd64": ""}},
		{"1.0-OS-ARCH", "", map[string]string{
			"1.0-linux-amd64": "linux/amd64", "1.0-windows-amd64": "windows/amd64", "1.0-windows-ltsc2022-amd64": "windows/amd64", "1.0-nanoserver-1809-amd64": "windows/amd64", "1.0-macos-arm64": "darwin/arm64",
			"1.0-amd64-linux": "linux/amd64", "1.0-amd64": "", "1.0-linux": "", "1.0-windows-s390x": "",
		}},
		{"1.0-ARCHVARIANT", "", map[string]string{"1.0-armv7": "linux/arm/v7", "1.0-amd64": "linux/amd64", "1.0-arm-v7": "linux/arm/v7", "1.0-amd64v3": "linux/amd64/v3"}},
		{"1.0-ARCH-VARIANT", "", map[string]string{"1.0-arm-v7": "linux/arm/v7", "1.0-amd64": "linux/amd64", "1.0-armv6": "linux/arm/v6"}},
		{"ARCH-1.0-VARIANT", "", map[string]string{"arm-1.0-v7": "linux/arm/v7", "amd64-1.0-v3": "linux/amd64/v3", "arm-1.0-linux": "", "v7-1.0-arm": ""}},
		{"OS-1-ARCH", "", map[string]string{"linux-1-amd64": "linux/amd64", "windows-1-1-amd64": ""}},
		{"ARCH-ARCH-1", "", map[string]string{"amd64-amd64-1": "linux/amd64", "amd64-arm64-1": "", "amd64-1": "linux/amd64"}},
		{"ARCH-1-ARCH", "", map[string]string{"amd64-1-amd64": "linux/amd64", "amd64-1-arm64": "", "amd64-1-x86_64": "linux/amd64"}},
		{"1.0-ARCH", "amd64=intel arm/v7=rpi-3", map[string]string{"1.0-intel": "linux/amd64", "1.0-rpi-3": "linux/arm/v7", "1.0-amd64": "linux/amd64", "1.0-rpi": ""}},
		{"1.0", "amd64=intel", map[string]string{"1.0-intel": "linux/amd64", "intel-1.0": "linux/amd64"}},
	} {
		p := pattern(t, test.pattern, strings.Fields(test.names)...)
		for tag, want := range test.tags {
			got := ""
			if m, ok := p.Match(tag); ok {
				if got = strings.TrimSuffix(m.Platform.String(), "/"); m.Platform.Architecture == "" {
					got = m.Platform.OS + "/"
				}
			}
			if got != want {
				t.Errorf("%s: %s is %q, want %q", test.pattern, tag, got, want)
			}
		}
	}
}

func TestPatternFaults(t *testing.T) {
	for text, want := range map[string]string{
		"1.0-OS":          "ARCH is missing",
		"VARIANT":         "ARCH is missing",
		"1.0-OSARCH":      "put a separator between the words of OSARCH",
		"1.0-ARCHOS":      "put a separator between the words of ARCHOS",
		"VARIANTARCH-1.0": "put a separator between the words of VARIANTARCH",
	} {
		if _, err := Parse(text, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestPatternBase(t *testing.T) {
	for text, want := range map[string]string{
		"1.0": "1.0", "1.0-ARCH": "1.0", "ARCH-1.0": "1.0", "ARCH": "latest", "OS-1.0-ARCH-VARIANT": "1.0", "1.0-ARCH-slim": "1.0-slim", "1.0_ARCHVARIANT": "1.0",
	} {
		if got := pattern(t, text).Base(); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// TestPatternInvertsTemplates: what a template makes of a platform is that platform again.
func TestPatternInvertsTemplates(t *testing.T) {
	n := 0
	for _, template := range []string{"1.0-OS-ARCHVARIANT", "OS-ARCH-VARIANT-1.0", "OS_ARCH_VARIANT", "OS-ARCHVARIANT.1.0-OS", "x-OS-y-ARCH-VARIANT-z"} {
		p := pattern(t, template)
		for _, word := range platforms.Known() {
			want, err := platforms.Parse(word)
			if err != nil {
				t.Fatal(err)
			}
			tag := Names(nil).Expand(template, want)
			if tag = strings.Trim(strings.NewReplacer("--", "-", "__", "_").Replace(tag), "-_"); !isTag(tag) {
				t.Fatal(tag)
			}
			n++
			if got, ok := p.Match(tag); !ok || !platforms.Exact(got.Platform, want) {
				t.Errorf("%s: %s is %v %v", template, tag, got, ok)
			}
		}
	}
	if n < 200 {
		t.Errorf("%d cases", n)
	}
}

func isTag(s string) bool {
	_, err := name.NewTag("r.example/app:" + s)
	return err == nil
}

func TestFindTags(t *testing.T) {
	tags := strings.Fields(`1.0-s390x latest 1.0-foo 1.0-arm64v8 1.0 1.0.1-amd64
		1.0-windows-ltsc2022-amd64 1.0-windows-1809-amd64 1.0-amd64 amd64-1.0-debug 1.0-arm-v7 1.0-riscv64 2.0-amd64`)
	slices.Reverse(tags)
	for range 2 {
		slices.Reverse(tags)
		found, unplaced := pattern(t, "1.0").Find(tags)
		var got []string
		for _, m := range found {
			got = append(got, m.Tag)
		}
		if want := "1.0-amd64 1.0-arm64v8 1.0-arm-v7 1.0-s390x 1.0-riscv64 1.0-windows-1809-amd64 1.0-windows-ltsc2022-amd64"; strings.Join(got, " ") != want {
			t.Errorf("got %q, want %s", got, want)
		}
		slices.Sort(unplaced)
		if !slices.Equal(unplaced, []string{"1.0-foo", "amd64-1.0-debug"}) {
			t.Errorf("unplaced: %q", unplaced)
		}
	}
}

func FuzzPattern(f *testing.F) {
	for _, seed := range [][2]string{{"1.0", "1.0-linux-arm-v7"}, {"1.0-ARCH", "1.0-x86_64"}, {"ARCH-OS-1-VARIANT", "amd64-linux-1-v3"}, {"ARCH-1-ARCH", "arm-1-arm"}, {"a", "a-a-a-a-a"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, text, tag string) {
		p, err := Parse(text, Names{"amd64": "intel"})
		if err != nil || len(tag) > 128 || len(text) > 128 {
			return
		}
		found, unplaced := p.Find([]string{tag, tag})
		switch {
		case len(found)+len(unplaced) > 2 || len(found) == 1 || len(unplaced) == 1:
			t.Errorf("%d found, %d not placed", len(found), len(unplaced))
		case len(found) == 2:
			m := found[0]
			if m.Tag != tag || m.Platform.OS == "" || !m.Same(found[1]) || platforms.Check(m.Platform) != nil || !m.Platform.Equals(platforms.Normalise(m.Platform)) {
				t.Errorf("%q %q: %v", text, tag, m)
			}
			if p.IsTemplate() && m.Platform.Equals(v1.Platform{OS: m.Platform.OS}) {
				t.Errorf("%q %q: no architecture", text, tag)
			}
		}
		if base := p.Base(); base == "" && text != "" {
			t.Errorf("%q has no base", text)
		}
	})
}
