package tagpattern

import (
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

func TestExpand(t *testing.T) {
	names, errs := ParseNames([]string{"s390x=OSVARIANT", "arm/v7=arm32v7", "arm=ARM", "aarch64/8=arm64v8", "ppc64el=power"}, false)
	if errs != nil {
		t.Fatal(errs)
	}
	tests := []struct{ template, platform, want string }{
		{"app", "linux/amd64", "app"},
		{"app:OS-ARCH-VARIANT", "linux/riscv64/x", "app:linux-riscv64-x"},
		{"app:ARCHVARIANT", "linux/amd64", "app:amd64"},
		{"OS/ARCH:OS-ARCH", "linux/amd64", "linux/amd64:linux-amd64"}, // everywhere
		{"app-ARCHARCH", "linux/amd64", "app-amd64amd64"},
		{"app-OSARCH", "linux/amd64", "app-linuxamd64"},
		{"app-VARIANTVARIANTOS", "linux/amd64/v2", "app-v2v2linux"},
		{"app-ARCH_VARIANT", "linux/amd64", "app-amd64_"},
		{"app-os-arch", "linux/amd64", "app-os-arch"},
		{"app-ARC", "linux/amd64", "app-ARC"},
		{"OS-ARCH-VARIANT", "ARCH/VARIANT/OS", "ARCH-VARIANT-OS"}, // in one pass
		{"ARCH-VARIANT", "linux/s390x/ARCH", "OSVARIANT-ARCH"},
		{"ARCHVARIANT", "linux/arm/v7", "arm32v7"}, // the name stands for both
		{"ARCH-VARIANT", "linux/arm/v7", "arm32v7-"},
		{"ARCHVARIANT", "linux/arm/v6", "ARMv6"},
		{"ARCHVARIANT", "linux/arm", "ARM"},
		{"ARCHVARIANT", "linux/arm64/v8", "arm64v8"},
		{"ARCHVARIANT", "linux/arm64", "arm64"},
		{"ARCH", "linux/ppc64le", "power"},
	}
	for _, tt := range tests {
		platform, err := platforms.Parse(tt.platform)
		if err != nil {
			t.Fatal(err)
		}
		if got := names.Expand(tt.template, platform); got != tt.want {
			t.Errorf("%s for %s is %s, want %s", tt.template, tt.platform, got, tt.want)
		}
	}
}

// FuzzExpand holds that what a word was replaced by is not looked at again: the template's own
// text stays, and each word becomes its value, from left to right.
func FuzzExpand(f *testing.F) {
	f.Add("quay.io/app:OS-ARCH-VARIANT", "linux", "arm", "v7", "")
	f.Add("ARCHARCHOSARCHVARIANT", "ARCH", "OS", "ARCH", "VARIANT")
	f.Add("OOSS-AARCHRCH", "S", "", "", "")
	f.Fuzz(func(t *testing.T, template, os, arch, variant, renamed string) {
		names, wantArch := Names{}, arch
		if renamed != "" {
			names[arch], wantArch = renamed, renamed
		}
		if renamed != "" && variant != "" && names[arch+"/"+variant] != "" {
			t.Skip("an architecture with a slash in it")
		}
		var want strings.Builder
		for rest := template; rest != ""; {
			switch {
			case strings.HasPrefix(rest, "VARIANT"):
				want.WriteString(variant)
				rest = rest[len("VARIANT"):]
			case strings.HasPrefix(rest, "ARCH"):
				want.WriteString(wantArch)
				rest = rest[len("ARCH"):]
			case strings.HasPrefix(rest, "OS"):
				want.WriteString(os)
				rest = rest[len("OS"):]
			default:
				want.WriteByte(rest[0])
				rest = rest[1:]
			}
		}
		got := names.Expand(template, v1.Platform{OS: os, Architecture: arch, Variant: variant})
		if got != want.String() {
			t.Fatalf("%q for %s/%s/%s (renamed %q) is %q, want %q", template, os, arch, variant, renamed, got, &want)
		}
	})
}
