package spec

import (
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/spec/tagpattern"
)

func TestCheckDistinct(t *testing.T) {
	place, err := ParseRepository("r.example/app")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ tags, want string }{
		{"1.0-aarch64 1.0-arm64", "r.example/app:1.0-arm64 and r.example/app:1.0-aarch64 are both for linux/arm64"},
		{"1.0-arm64v8 1.0-arm64", "r.example/app:1.0-arm64 and r.example/app:1.0-arm64v8 are both for linux/arm64/v8"},
		{"1.0-armhf 1.0-arm", "r.example/app:1.0-arm and r.example/app:1.0-armhf are both for linux/arm/v7"},
		{"1.0-nanoserver-ltsc2022-amd64 1.0-windowsservercore-ltsc2022-amd64", "are both for windows/amd64"},
		{"1.0-nanoserver-1809-amd64 1.0-nanoserver-ltsc2019-amd64", "are both for windows/amd64"},
		{"1.0-amd64 1.0-amd64-v3", ""},
		{"1.0-nanoserver-ltsc2022-amd64 1.0-nanoserver-ltsc2019-amd64", ""},
	} {
		found, _ := tagpattern.Of("1.0").Find(strings.Fields(test.tags))
		err := checkDistinct(place, found)
		if len(found) != 2 || (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.tags, err)
		}
	}
}
