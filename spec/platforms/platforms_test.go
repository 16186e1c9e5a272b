package platforms

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/nearest"
)

// platformOf reads "os/architecture/variant:version"; a "*" is a field left out.
func platformOf(t *testing.T, s string) v1.Platform {
	t.Helper()
	p, err := Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []*string{&p.OS, &p.Architecture, &p.Variant} {
		*field = strings.ReplaceAll(*field, "*", "")
	}
	return p
}

func TestParse(t *testing.T) {
	tests := []struct {
		in   string
		want v1.Platform
	}{
		{"linux/amd64", v1.Platform{OS: "linux", Architecture: "amd64"}},
		{"linux/arm/v7", v1.Platform{OS: "linux", Architecture: "arm", Variant: "v7"}},
		{"windows/amd64:10.0.17763.1", v1.Platform{OS: "windows", Architecture: "amd64", OSVersion: "10.0.17763.1"}},
		{"Linux/x86_64", v1.Platform{OS: "Linux", Architecture: "x86_64"}}, // Normalise is for the words
		{"windows(10.0.17763.5329)/amd64", v1.Platform{OS: "windows", Architecture: "amd64", OSVersion: "10.0.17763.5329"}},
		{"windows(10.0.17763+win32k)/amd64", v1.Platform{OS: "windows", Architecture: "amd64", OSVersion: "10.0.17763", OSFeatures: []string{"win32k"}}},
		{"windows(+win32k+x)/amd64", v1.Platform{OS: "windows", Architecture: "amd64", OSFeatures: []string{"win32k", "x"}}},
		{"linux(5.15%2B1+a%2Fb)/arm64/v8", v1.Platform{OS: "linux", Architecture: "arm64", Variant: "v8", OSVersion: "5.15+1", OSFeatures: []string{"a/b"}}},
		{"linux(+nydus)/amd64:6.1", v1.Platform{OS: "linux", Architecture: "amd64", OSVersion: "6.1", OSFeatures: []string{"nydus"}}},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			got, err := Parse(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Parse(%q) (-want +got):\n%s", tt.in, diff)
			}
		})
	}
	for _, in := range []string{"", "linux", "/", "linux/", "/amd64", "linux//v7", "linux/arm/", "linux/arm/v7/x", "linux /arm", "linux/arm\n", "linux,amd64", "none",
		"windows()/amd64", "windows(10.0/amd64", "windows(10.0)x/amd64", "(10.0)/amd64", "windows(10.0+)/amd64", "windows(10.0++a)/amd64",
		"windows((10.0))/amd64", "windows(1)(2)/amd64", "windows(10.0)/amd64:10.0", "windows(%0a)/amd64", "windows(%20)/amd64", "windows(%ff)/amd64", "windows(%2)/amd64"} {
		if p, err := Parse(in); err == nil {
			t.Errorf("Parse(%q) = %v, want an error", in, p)
		}
	}
	for _, in := range []string{"/", "linux/", "/amd64", "linux//v7", "linux/arm/", "windows/amd64:"} {
		if _, err := Parse(in); err == nil || !strings.HasSuffix(err.Error(), "a part is empty: is a variable not set?") {
			t.Errorf("Parse(%q): %v", in, err)
		}
	}
}

func TestNormalise(t *testing.T) {
	tests := []struct{ in, want string }{
		{"linux/amd64", "linux/amd64"},
		{"Linux/AMD64", "linux/amd64"},
		{"linux/x86_64", "linux/amd64"},
		{"linux/x86-64", "linux/amd64"},
		{"linux/i386", "linux/386"},
		{"linux/i686", "linux/386"},
		{"linux/aarch64", "linux/arm64"},
		{"linux/aarch64/v8", "linux/arm64/v8"},
		{"linux/arm64", "linux/arm64"},
		{"linux/arm64/v8", "linux/arm64/v8"}, // kept as given
		{"linux/arm64v8", "linux/arm64/v8"},
		{"linux/arm64/8", "linux/arm64/v8"},
		{"linux/arm/7", "linux/arm/v7"},
		{"linux/arm/V6", "linux/arm/v6"},
		{"linux/arm", "linux/arm"},
		{"linux/armhf", "linux/arm/v7"},
		{"linux/armhf/v6", "linux/arm/v6"}, // what is given wins
		{"linux/armv7l", "linux/arm/v7"},
		{"linux/arm32v6", "linux/arm/v6"},
		{"linux/armel", "linux/arm/v6"},
		{"linux/arm32v5", "linux/arm/v5"},
		{"linux/ppc64el", "linux/ppc64le"},
		{"macOS/arm64", "darwin/arm64"},
		{"windows/x64:10.0.17763", "windows/amd64:10.0.17763"},
		{"linux/arm/armv7", "linux/arm/v7"},
		{"linux/arm/ARMv7l", "linux/arm/v7"},
		{"linux/arm/v7l", "linux/arm/v7"},
		{"linux/arm/armv7hl", "linux/arm/v7"},
		{"linux/arm/arm32v7", "linux/arm/v7"},
		{"linux/arm/armhf", "linux/arm/v7"},
		{"linux/arm/hf", "linux/arm/v7"},
		{"linux/arm/armel", "linux/arm/v6"},
		{"linux/arm/armv6l", "linux/arm/v6"},
		{"linux/arm/armv5tel", "linux/arm/v5"},
		{"linux/arm/armv8", "linux/arm/v8"},
		{"linux/armhf/armv6", "linux/arm/v6"},
		{"linux/arm64/armv8", "linux/arm64/v8"},
		{"linux/arm64/arm64v8", "linux/arm64/v8"},
		{"linux/arm64/armv8-a", "linux/arm64/v8"},
		{"linux/arm64/armv8.2", "linux/arm64/v8.2"},
		{"linux/arm64/v9", "linux/arm64/v9"},
		{"linux/amd64/x86-64-v3", "linux/amd64/v3"},
		{"linux/amd64/x86_64_v2", "linux/amd64/v2"},
		{"linux/arm64/armv7", "linux/arm64/armv7"}, // no variant of arm64
		{"linux/arm/armv9", "linux/arm/armv9"},
		{"linux/arm/softfloat", "linux/arm/softfloat"},
		{"linux/ppc64le/armv7", "linux/ppc64le/armv7"},
		{"beos/z80", "beos/z80"},
	}
	for _, tt := range tests {
		got := Normalise(platformOf(t, tt.in))
		if diff := cmp.Diff(platformOf(t, tt.want), got); diff != "" {
			t.Errorf("Normalise(%s) (-want +got):\n%s", tt.in, diff)
		}
	}
}

func TestMatches(t *testing.T) {
	tests := []struct {
		want, have string
		matches    bool
	}{
		{"linux/amd64", "linux/amd64", true},
		{"linux/x86_64", "linux/amd64", true},
		{"linux/amd64", "linux/amd64/v1", true},
		{"linux/amd64/v1", "linux/amd64", true},
		{"linux/amd64/v2", "linux/amd64", false},
		{"linux/arm64", "linux/arm64/v8", true},
		{"linux/arm64/v8", "linux/arm64", true},
		{"linux/arm64/v9", "linux/arm64", false},
		{"linux/arm", "linux/arm/v6", true}, // a field left out matches anything
		{"linux/arm/v7", "linux/arm", true},
		{"linux/arm/v6", "linux/arm", false},
		{"linux/arm/v7", "linux/arm/v6", false},
		{"linux/arm64", "linux/amd64", false},
		{"linux/amd64", "windows/amd64", false},
		{"*/amd64", "windows/amd64", true},
		{"linux/*", "linux/s390x", true},
		{"linux/*", "windows/s390x", false},
		{"windows/amd64", "windows/amd64:10.0.1", true},
		{"windows/amd64:10.0.1", "windows/amd64:10.0.1", true},
		{"windows/amd64:10.0.1", "windows/amd64:10.0.2", false},
		{"windows/amd64:10.0.1", "windows/amd64", false},
	}
	for _, tt := range tests {
		if got := Matches(platformOf(t, tt.want), platformOf(t, tt.have)); got != tt.matches {
			t.Errorf("Matches(want %s, have %s) = %v", tt.want, tt.have, got)
		}
	}
}

func TestMatchesFeatures(t *testing.T) {
	have := v1.Platform{OS: "windows", OSFeatures: []string{"win32k", "x"}, Features: []string{"sse4"}}
	for _, want := range []v1.Platform{{}, {OSFeatures: []string{"win32k"}}, {OSFeatures: []string{"x", "win32k"}}, {Features: []string{"sse4"}}} {
		if !Matches(want, have) {
			t.Errorf("%+v does not match %+v", want, have)
		}
	}
	for _, want := range []v1.Platform{{OSFeatures: []string{"y"}}, {OSFeatures: []string{"win32k", "y"}}, {Features: []string{"win32k"}}} {
		if Matches(want, have) {
			t.Errorf("%+v matches %+v", want, have)
		}
	}
}

func TestExact(t *testing.T) {
	tests := []struct {
		want, have string
		exact      bool
	}{
		{"linux/amd64", "linux/amd64", true},
		{"linux/amd64", "linux/amd64/v1", true},
		{"linux/amd64", "linux/amd64/v2", false},
		{"linux/amd64/v3", "linux/amd64/x86-64-v3", true},
		{"linux/arm64", "linux/arm64/v8", true},
		{"linux/arm64", "linux/arm64/v9", false},
		{"linux/arm", "linux/arm/v7", true},
		{"linux/arm", "linux/arm/v6", false},
		{"linux/armhf", "Linux/ARM", true},
		{"linux/x86_64", "linux/amd64", true},
		{"linux/riscv64", "linux/riscv64/rva22", false},
		{"linux/amd64", "windows/amd64", false},
		{"linux/amd64", "linux/arm64", false},
		{"linux/*", "linux/amd64", false}, // an open field is no exact match
		{"*/amd64", "linux/amd64", false},
		{"*/*", "*/*", true},
		{"windows/amd64", "windows/amd64:10.0.1", false},
		{"windows/amd64:10.0.1", "windows/amd64:10.0.1", true},
		{"windows/amd64:10.0.1", "windows/amd64:10.0.2", false},
		{"windows(10.0.1+win32k)/amd64", "windows/amd64:10.0.1", true}, // features are not compared
	}
	for _, tt := range tests {
		if got := Exact(platformOf(t, tt.want), platformOf(t, tt.have)); got != tt.exact {
			t.Errorf("Exact(%s, %s) = %v", tt.want, tt.have, got)
		}
		if got := Exact(platformOf(t, tt.have), platformOf(t, tt.want)); got != tt.exact {
			t.Errorf("Exact(%s, %s) = %v", tt.have, tt.want, got)
		}
	}
	if !Exact(v1.Platform{OS: "linux", Features: []string{"sse4"}}, v1.Platform{OS: "linux", OSFeatures: []string{"x"}}) {
		t.Error("features are compared")
	}
}

func TestEquivalent(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{"linux/arm64", "linux/arm64/v8", true},
		{"linux/aarch64", "linux/arm64/8", true},
		{"linux/arm", "linux/arm/v7", true},
		{"linux/armhf", "linux/arm", true},
		{"linux/amd64", "linux/amd64/v1", true},
		{"linux/arm", "linux/arm/v6", false},
		{"linux/amd64", "linux/amd64/v2", false},
		{"linux/amd64", "*/amd64", false},
		{"windows/amd64:10.0.1", "windows/amd64:10.0.2", false},
		{"windows/amd64:10.0.1", "windows/amd64", false},
	}
	for _, tt := range tests {
		a, b := platformOf(t, tt.a), platformOf(t, tt.b)
		if got := Equivalent(a, b); got != tt.want {
			t.Errorf("Equivalent(%s, %s) = %v", tt.a, tt.b, got)
		}
		if Equivalent(a, b) != Equivalent(b, a) {
			t.Errorf("Equivalent(%s, %s) depends on the order", tt.a, tt.b)
		}
	}
}

func TestCheckPlatform(t *testing.T) {
	for _, known := range []string{"linux/amd64", "linux/386", "linux/arm/v9", "windows/arm64", "darwin/arm64", "linux/loong64", "linux/riscv64", "wasip1/wasm", "*/*",
		"wasi/wasm", "wasip2/wasm", "linux/wasm", "js/wasm", "linux/s390x", "linux/sparc64", "zos/s390x", "aix/ppc64", "freebsd/riscv64", "freebsd/ppc64le",
		"netbsd/mips", "openbsd/ppc64", "android/riscv64", "solaris/sparc64", "windows/arm", "windows/386", "darwin/arm", "windows/*", "*/s390x"} {
		if err := Check(platformOf(t, known)); err != nil {
			t.Errorf("Check(%s): %v", known, err)
		}
	}
	tests := []struct{ in, want string }{
		{"linx/amd64", `unknown os "linx"; did you mean linux?`},
		{"widnows/amd64", `unknown os "widnows"; did you mean windows?`},
		{"linux/amd46", `unknown architecture "amd46"; did you mean amd64?`},
		{"linux/pcc64le", `unknown architecture "pcc64le"; did you mean ppc64le?`},
		{"linux/arch64", `unknown architecture "arch64"; did you mean arm64?`},
		{"linux/x86-46", `unknown architecture "x86-46"; did you mean amd64?`},
		{"linux/armhff", `unknown architecture "armhff"; did you mean arm with variant v7?`},
		{"linux/frobnicate", `unknown architecture "frobnicate" (use --allow-unknown-platform to accept the platform)`},
		{"amd64/linux", `os: "amd64" is an architecture`},
		{"amd64/linux", `architecture: "linux" is an operating system`},
		{"windows/s390x", `platform windows/s390x does not exist: windows runs on 386, amd64, arm, arm64 (use --allow-unknown-platform to accept the platform)`},
		{"darwin/s390x", `platform darwin/s390x does not exist`},
		{"windows/ppc64le", `platform windows/ppc64le does not exist`},
		{"wasi/amd64", `platform wasi/amd64 does not exist: wasi runs on wasm`},
		{"freebsd/s390x", `platform freebsd/s390x does not exist`},
		{"windows/amd46", `unknown architecture "amd46"; did you mean amd64? (use --allow-unknown-platform to accept the platform)`},
		{"linx/amd46", `"linx"`},
		{"linx/amd46", `"amd46"`},
	}
	for _, tt := range tests {
		if err := Check(platformOf(t, tt.in)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Check(%s): %v; want it to say %s", tt.in, err, tt.want)
		}
	}
}

// TestNearestPlatformWord holds what a message about an unknown os or architecture suggests.
func TestNearestPlatformWord(t *testing.T) {
	architectures := append(slices.Sorted(maps.Keys(architectureAliases)), knownArchitectures...)
	tests := []struct {
		known []string
		in    map[string]string
	}{
		{knownOS, map[string]string{
			"linx": "linux", "linus": "linux", "LINUXX": "linux", "lnux": "linux", "widnows": "windows", "win": "windows",
			"windoze": "windows", "freebds": "freebsd", "andriod": "android", "darwn": "darwin", "wasip3": "wasip1", "plan": "plan9",
			"unix": "", "beos": "", "haiku": "", "any": "", "all": "", "host": "", "local": "", "none": "", "ubuntu": "", "debian": "", "alpine": "",
		}},
		{architectures, map[string]string{
			"amd46": "amd64", "adm64": "amd64", "amd": "amd64", "arm46": "arm64", "aarch46": "aarch64", "arch64": "aarch64", "pcc64le": "ppc64le",
			"ppc64l": "ppc64le", "x86-46": "x86-64", "s390": "s390", "s309x": "s390x", "riscv46": "riscv64", "riscv": "riscv", "wasm32": "wasm",
			"noarch": "", "any": "", "all": "", "z80": "", "m68k": "", "hppa": "", "alpha": "", "itanium": "", "ia64": "", "sh4": "", "multi": "",
			"universal": "", "native": "", "generic": "", "unknown": "", "xtensa": "",
		}},
	}
	for _, test := range tests {
		for in, want := range test.in {
			if got := nearest.Word(in, test.known...); got != want {
				t.Errorf("nearest.Word(%q) = %q, want %q", in, got, want)
			}
		}
	}
}

// FuzzParse holds that the right words are left alone, and that the order of two platforms
// makes no difference.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"linux/amd64", "linux/armhf/6", "Linux/AArch64/V8", "windows/x64:10.0.1", "macos/arm64v8", "a/arm/٣", "linux/arm/İ", "OS/ARCH/VARIANT", "windows(10.0+win32k%2B)/amd64", "linux/arm/armv5tel", "linux/arm64/armv8.2-a", "linux/amd64/x86-64-v9"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := Parse(s)
		if err != nil {
			return
		}
		once := Normalise(p)
		if twice := Normalise(once); !once.Equals(twice) {
			t.Fatalf("%q is %q, which is %q", s, once, twice)
		}
		if !Equivalent(p, once) || !Matches(p, once) || !Matches(once, p) {
			t.Fatalf("%q is not the same as its normal form %q", s, once)
		}
		if Check(once) == nil {
			for _, alias := range slices.Sorted(maps.Keys(architectureAliases)) {
				if once.Architecture == alias {
					t.Fatalf("%q keeps the alias %q", s, alias)
				}
			}
		}
	})
}
