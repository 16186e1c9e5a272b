package platforms

import (
	"slices"
	"testing"
)

func TestKnownPlatforms(t *testing.T) {
	all := Known()
	for _, s := range all {
		p, err := Parse(s)
		if err == nil && !Normalise(p).Equals(p) {
			t.Errorf("%s is not in the form of Normalise", s)
		}
		if err == nil {
			err = Check(p)
		}
		if err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
	for _, want := range []string{"linux/amd64", "linux/arm/v7", "linux/arm64/v8", "windows/amd64", "freebsd/arm64", "wasip1/wasm", "linux/amd64/v3"} {
		if !slices.Contains(all, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if sorted := slices.Sorted(slices.Values(all)); len(slices.Compact(sorted)) != len(all) {
		t.Error("a platform is listed twice")
	}
	if slices.Contains(all, "windows/s390x") {
		t.Error("windows/s390x does not exist")
	}
}

func TestOtherNames(t *testing.T) {
	for architecture, want := range map[string]string{"amd64": "x86_64", "arm64": "aarch64", "arm/v7": "armhf", "mips64le": "mips64el"} {
		if names := OtherNames(architecture); !slices.Contains(names, want) {
			t.Errorf("OtherNames(%s) = %v, without %s", architecture, names, want)
		}
	}
	if names := OtherNames("s390x"); names != nil {
		t.Errorf("OtherNames(s390x) = %v", names)
	}
	if got := KnownVariants("aarch64"); !slices.Equal(got, []string{"v8", "v9"}) {
		t.Errorf("KnownVariants(aarch64) = %v", got)
	}
}
